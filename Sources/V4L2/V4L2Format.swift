// SPDX-License-Identifier: Apache-2.0

/// The forms of pictures depthd takes from a camera.
public enum V4L2Format: String, Sendable, Hashable, CaseIterable {
    /// One byte of luminance.
    case grey = "GREY"
    /// Sixteen bits of luminance, little-endian; how many of them mean something the camera does not say.
    case y16 = "Y16"
    /// Y0 U Y1 V.
    case yuyv = "YUYV"
    /// A plane of Y, then one of U V pairs for two by two pixels.
    case nv12 = "NV12"
    /// One JPEG for each picture.
    case mjpeg = "MJPEG"

    /// The format with a four-character code of the kernel's; nil for one depthd does not take.
    package init?(code: UInt32) {
        guard let format = V4L2Format.allCases.first(where: { $0.code == code || ($0 == .mjpeg && code == fourCC("JPEG")) })
        else {
            return nil
        }
        self = format
    }

    /// The kernel's code.
    package var code: UInt32 {
        switch self {
        case .grey: fourCC("GREY")
        case .y16: fourCC("Y16 ")
        case .yuyv: fourCC("YUYV")
        case .nv12: fourCC("NV12")
        case .mjpeg: fourCC("MJPG")
        }
    }

    /// Bytes of one row of the first plane without padding; 0 for JPEG, which has no rows.
    package func rowBytes(width: Int) -> Int {
        switch self {
        case .grey, .nv12: width
        case .y16, .yuyv: width * 2
        case .mjpeg: 0
        }
    }

    /// Bytes of a picture whose rows begin `stride` bytes apart: the last row need not be padded.
    package func byteCount(width: Int, height: Int, stride: Int) -> Int {
        switch self {
        case .grey, .y16, .yuyv: stride * (height - 1) + rowBytes(width: width)
        case .nv12: stride * (height + height / 2 - 1) + width
        case .mjpeg: 1
        }
    }

    /// Width and height are multiples of these.
    package var granularity: (columns: Int, rows: Int) {
        switch self {
        case .grey, .y16, .mjpeg: (1, 1)
        case .yuyv: (2, 1)
        case .nv12: (2, 2)
        }
    }

    /// From the cheapest to turn into grey, or into colour, to the dearest.
    package static func byCost(color: Bool) -> [V4L2Format] {
        color ? [.yuyv, .nv12, .mjpeg, .grey, .y16] : [.grey, .nv12, .yuyv, .y16, .mjpeg]
    }
}

/// Four letters, the first in the lowest byte.
package func fourCC(_ text: StaticString) -> UInt32 {
    precondition(text.utf8CodeUnitCount == 4)
    return text.withUTF8Buffer { UInt32($0[0]) | UInt32($0[1]) << 8 | UInt32($0[2]) << 16 | UInt32($0[3]) << 24 }
}

/// A code as its letters, without unprintable characters.
func codeText(_ code: UInt32) -> String {
    let bytes = (0..<4).map { UInt8(truncatingIfNeeded: code >> (8 * $0)) }
    let text = String(decoding: bytes.map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    return text.last == " " ? String(text.reversed().drop { $0 == " " }.reversed()) : text
}
