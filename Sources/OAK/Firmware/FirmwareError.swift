// SPDX-License-Identifier: Apache-2.0

/// Why no firmware was imported, in words for the owner. Each names what was given and what to do.
public enum FirmwareError: Error, Hashable, CustomStringConvertible {
    /// Nothing was given at all.
    case empty(file: String)
    /// The input is larger than any wheel.
    case tooLarge(file: String, maximum: Int)
    /// A zip archive that ends early or contradicts itself.
    case damagedArchive(file: String, reason: String)
    /// A zip archive without an extension module.
    case noModule(file: String)
    /// No image in it.
    case noImage(file: String)
    /// Only images of the bootloader, which belong into a camera's flash; depthd writes no flash.
    case bootloaderOnly(file: String)
    /// The compressed images end early or are damaged.
    case damagedStream(file: String, reason: String)
    /// What is in the place of an image does not read as one, from an offset on.
    case damagedImage(file: String, problem: FirmwareImage.Problem)
    /// An image of another release than depthd speaks to.
    case unknownImage(file: String, program: String, sha256: String)

    /// How to get an image that works; the same on every machine except for the wheel's platform.
    public static let remedy = "fetch firmware that depthd knows with: \(KnownFirmware.downloadCommand)"

    public var description: String { description(forcing: "use --force") }

    /// - Parameter way: how whoever reads this imports an image of an unknown release, as "use --force".
    public func description(forcing way: String) -> String {
        switch self {
        case .empty(let file): "\(file) is empty; \(Self.remedy)"
        case .tooLarge(let file, let maximum):
            "\(file) is larger than \(maximum >> 20) MiB, and no wheel of depthai is; \(Self.remedy)"
        case .damagedArchive(let file, let reason): "\(file) is a damaged zip archive (\(reason)); \(Self.remedy)"
        case .noModule(let file): "\(file) is a zip archive without an extension module (*.so); \(Self.remedy)"
        case .noImage(let file):
            "\(file) holds no camera firmware: it is no wheel of depthai 2, no extension module of one and no image (*.cmd); "
                + Self.remedy
        case .bootloaderOnly(let file): "\(file) holds bootloaders only, which depthd does not need; \(Self.remedy)"
        case .damagedStream(let file, let reason): "the firmware in \(file) cannot be decompressed: \(reason); \(Self.remedy)"
        case .damagedImage(let file, let problem): "the image in \(file) is damaged: \(problem); \(Self.remedy)"
        case .unknownImage(let file, let program, let sha256):
            "the image in \(file)\(program.isEmpty ? "" : " (\(program))") has the SHA-256 \(sha256), which is not that of depthai "
                + "\(KnownFirmware.releases): another release speaks another protocol; \(Self.remedy), or \(way) to try it"
        }
    }
}
