// SPDX-License-Identifier: Apache-2.0
import Core
import Cryptography

/// An image with what it is known by.
public struct IdentifiedFirmware: Sendable, Hashable {
    public let image: FirmwareImage
    /// Lower-case hexadecimal digits.
    public let sha256: String
    /// nil for an image depthd does not know.
    public let known: KnownFirmware?

    public init(_ image: FirmwareImage) {
        self.image = image
        sha256 = HexDigits.of(Digest.sha256.of(image.bytes))
        known = KnownFirmware.row(sha256: sha256)
    }

    /// Finds the image in a file, and refuses one depthd does not know.
    /// - Parameters:
    ///   - file: what errors call the input.
    ///   - force: takes an unknown image, too.
    public init(findingIn bytes: [UInt8], file: String, force: Bool = false) throws(FirmwareError) {
        self.init(try FirmwareFinder.image(in: bytes, file: file))
        guard force || known != nil else { throw .unknownImage(file: file, program: image.program, sha256: sha256) }
    }
}
