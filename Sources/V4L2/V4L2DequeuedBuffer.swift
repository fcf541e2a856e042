// SPDX-License-Identifier: Apache-2.0

/// One picture in a driver's buffer, lent until the buffer is given back.
package struct V4L2DequeuedBuffer {
    /// Number of the buffer.
    package var index: Int
    /// What the driver filled.
    package var bytes: UnsafeRawBufferPointer
    /// Nanoseconds on the host's monotonic clock; nil when the driver's clock is another.
    package var stamp: Int64?
    /// The driver's count of pictures, lost ones included.
    package var number: UInt32
}

/// Why a picture cannot be used.
package enum V4L2BufferFault: Sendable, Hashable {
    /// The driver marks it as damaged.
    case flagged
    case empty
    /// The buffer has too few bytes.
    case short(Int, needed: Int)
    /// It cannot be decoded.
    case torn(String)

    package var description: String {
        switch self {
        case .flagged: "the driver marks its pictures as damaged"
        case .empty: "its pictures are empty"
        case .short(let bytes, let needed): "its pictures have \(bytes) of \(needed) bytes"
        case .torn(let reason): reason
        }
    }
}
