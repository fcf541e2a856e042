// SPDX-License-Identifier: Apache-2.0

/// Writes the boxes of an MP4 file: each is its length, a name of four letters, and what is in it. Big-endian.
final class MP4Boxes {
    private(set) var bytes: [UInt8] = []

    /// The matrix that leaves a picture where it is.
    static let identity: [UInt32] = [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000]

    init(capacity: Int = 1024) {
        bytes.reserveCapacity(capacity)
    }

    /// A box with what `content` writes into it.
    func box(_ name: String, _ content: (MP4Boxes) -> Void) {
        let start = bytes.count
        word(0)
        text(name)
        content(self)
        let length = UInt32(truncatingIfNeeded: bytes.count - start)
        for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index)) }
    }

    /// A box that begins with a version and 24 flags.
    func full(_ name: String, version: UInt8 = 0, flags: UInt32 = 0, _ content: (MP4Boxes) -> Void) {
        box(name) { box in
            box.word(UInt32(version) << 24 | flags)
            content(box)
        }
    }

    func byte(_ value: UInt8) { bytes.append(value) }

    func half(_ value: UInt16) { bytes += [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }

    func word(_ value: UInt32) {
        for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    func words(_ values: UInt32...) { for value in values { word(value) } }

    func words(_ values: [UInt32]) { for value in values { word(value) } }

    func text(_ text: String) { bytes += Array(text.utf8) }

    func zeros(_ count: Int) { bytes.append(contentsOf: repeatElement(0, count: count)) }

    func append(_ slice: ArraySlice<UInt8>) { bytes.append(contentsOf: slice) }
}
