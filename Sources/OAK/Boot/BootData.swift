// SPDX-License-Identifier: Apache-2.0

/// What is sent to boot a camera, a header and an image, in pieces, without a second copy of an image of 27 MB.
struct BootData {
    private let header: [UInt8]
    private let image: [UInt8]

    init(_ header: BootHeader, _ firmware: FirmwareImage) {
        (self.header, image) = (header.bytes, firmware.bytes)
    }

    var count: Int { header.count + image.count }

    /// Hands over every piece in order; the last may be shorter. Bytes are borrowed for the call. Only the first piece is copied.
    /// - Parameter size: larger than the header.
    func forEachPiece<Failure: Error>(
        of size: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        let start = min(image.count, size - header.count)
        let first = header + image[..<start]
        try first.withUnsafeBufferPointer { bytes throws(Failure) in try body(UnsafeRawBufferPointer(bytes)) }
        try image.withUnsafeBufferPointer { bytes throws(Failure) in
            let bytes = UnsafeRawBufferPointer(bytes)
            for at in stride(from: start, to: bytes.count, by: size) {
                try body(UnsafeRawBufferPointer(rebasing: bytes[at..<min(at + size, bytes.count)]))
            }
        }
    }
}
