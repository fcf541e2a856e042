// SPDX-License-Identifier: Apache-2.0

/// A release of the firmware whose protocol depthd speaks. The protocol has no version number of its own, so the image's hash
/// stands for it.
public struct KnownFirmware: Sendable, Hashable {
    /// The release of the host library that brings it.
    public let release: String
    /// Of the device image: lower-case hexadecimal digits.
    public let sha256: String

    /// The one to prefer first. Wheels for different processors hold the same image.
    public static let all = [
        KnownFirmware(release: "2.30.0.0", sha256: "0a4c8afd031371c85d758b69c1478ebab085f4d7f1ff86246a130ad62eafc1a4"),
        KnownFirmware(release: "2.33.0.0", sha256: "f925b96e8f037648074ff0f8416d14faae61353e58f004d66987011a1678b038"),
    ]

    /// The row of an image; nil for one depthd does not know.
    public static func row(sha256: String) -> KnownFirmware? { all.first { $0.sha256 == sha256 } }

    /// In words: `2.30.0.0 or 2.33.0.0`.
    static let releases = all.map(\.release).joined(separator: " or ")

    #if arch(arm64)
        private static let platform = "manylinux_2_28_aarch64"
    #else
        private static let platform = "manylinux_2_28_x86_64"
    #endif

    /// What fetches a wheel with an image that is known, whatever Python this machine has.
    public static let downloadCommand =
        "pip download depthai==\(all[0].release) --no-deps --only-binary=:all: --platform \(platform) --python-version 3.11 "
        + "--implementation cp --abi cp311"
}
