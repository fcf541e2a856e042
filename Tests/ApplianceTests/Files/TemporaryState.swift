// SPDX-License-Identifier: Apache-2.0
import Appliance
import Foundation

/// A state directory for the time of a test.
final class TemporaryState {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("state-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// As a daemon that starts now has it.
    var storage: StateStorage { StateStorage(StateDirectory(path: path)) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ bytes: [UInt8], _ name: String) throws {
        let url = URL(fileURLWithPath: file(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func bytes(_ name: String) -> [UInt8]? { FileManager.default.contents(atPath: file(name)).map(Array.init) }

    func names(_ folder: String = "") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: file(folder))) ?? []).sorted()
    }

    /// Puts a file in the directory's place, below which not even root can write, and back.
    func breakDisk() throws {
        try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
        try Data().write(to: URL(fileURLWithPath: path))
    }

    func repairDisk() throws {
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
    }
}
