// SPDX-License-Identifier: Apache-2.0
package import Core

/// gen1's 56 bytes after each payload: which exposure it comes from and how it is laid out.
package struct FrameMetadata: Sendable, Hashable {
    package static let byteCount = 56
    private static let magic: UInt32 = 0xCAFE_F00D

    /// gen1's numbers for what the bytes are.
    package enum Kind: UInt32, Sendable {
        case gray = 15
        case bitStream = 21
    }

    package enum Category: UInt32, Sendable {
        case video = 0
        case still = 1
        case preview = 2
    }

    package var kind: Kind
    package var category: Category
    package var instance: CameraInstance
    package var width: Int
    package var height: Int
    /// Bytes of a row.
    package var stride: Int
    package var bytesPerPixel: Int
    package var sequence: Int
    package var captured: Timestamp
    /// Bytes of the payload before it.
    package var payloadBytes: Int

    /// For a picture.
    package init(_ header: FrameHeader, category: Category, payloadBytes: Int) {
        kind = header.format == .i420 ? .bitStream : .gray
        self.category = category
        instance = header.instance
        (width, height) = (header.width, header.height)
        stride = header.format.rowBytes(width: header.width)
        bytesPerPixel =
            switch header.format {
            case .depth16, .disparity16: 2
            case .bgr24, .bgrPlanar: 3
            default: 1
            }
        (sequence, captured) = (header.sequence, header.captured)
        self.payloadBytes = payloadBytes
    }

    /// For results, text and files.
    package init(instance: CameraInstance, category: Category, sequence: Int, captured: Timestamp, payloadBytes: Int) {
        (kind, self.category, self.instance) = (.bitStream, category, instance)
        (width, height, stride, bytesPerPixel) = (0, 0, 0, 1)
        (self.sequence, self.captured, self.payloadBytes) = (sequence, captured, payloadBytes)
    }

    package var bytes: [UInt8] {
        var writer = ByteWriter(capacity: Self.byteCount)
        writer.append(kind.rawValue)
        for value in [height, width, stride, bytesPerPixel] { writer.append(UInt32(clamping: value)) }
        writer.append(category.rawValue)
        writer.append(UInt32(instance.rawValue))
        writer.append(Int32(truncatingIfNeeded: sequence))
        let nanoseconds = max(0, captured.nanoseconds)
        writer.append(UInt64(nanoseconds / 1_000_000_000))
        writer.append(UInt64(nanoseconds % 1_000_000_000))
        writer.append(UInt32(clamping: payloadBytes))
        writer.append(Self.magic)
        return writer.bytes
    }
}
