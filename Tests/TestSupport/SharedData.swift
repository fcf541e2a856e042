// SPDX-License-Identifier: Apache-2.0
public import Foundation

/// Real input that the project does not carry: stereo scenes, photographs, networks with their goldens.
///
/// It is looked for in `$DEPTHD_SHARED_DATA`, then in `../shared/data` beside the checkout. On CI (`CI=true`) a test that
/// needs it fails when it is missing; elsewhere such tests are disabled and listed as skipped.
public enum SharedData {
    /// The folder, whether or not it exists.
    public static let root: URL = {
        if let path = ProcessInfo.processInfo.environment["DEPTHD_SHARED_DATA"] { return URL(fileURLWithPath: path) }
        return checkout.deletingLastPathComponent().appendingPathComponent("shared/data")
    }()

    /// The root of the project's own checkout.
    public static let checkout = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Condition for `@Test(.enabled(if: SharedData.isRequired))`: false only for a user without the data, never on CI.
    public static var isRequired: Bool {
        ProcessInfo.processInfo.environment["CI"] == "true" || FileManager.default.fileExists(atPath: root.path)
    }

    /// A file or folder in it.
    public static func url(_ path: String) -> URL { root.appendingPathComponent(path) }

    /// The bytes of a file in it; throws, and so fails the test, when it is missing.
    public static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: url(path))) }
}
