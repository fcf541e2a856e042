// SPDX-License-Identifier: Apache-2.0
import CZlib

/// Bytes as gzip files hold them (RFC 1952), by zlib.
package enum Gzip {
    /// zlib's code for "maximum window, with a gzip header".
    private static let windowBits: Int32 = 15 + 16

    /// The compressed bytes; nil when zlib has no memory left.
    package static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        guard
            deflateInit2_(
                &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        guard let length = UInt32(exactly: bytes.count) else { return nil }
        var input = bytes
        return input.withUnsafeMutableBufferPointer { source -> [UInt8]? in
            stream.next_in = source.baseAddress
            stream.avail_in = length
            let room = Int(deflateBound(&stream, UInt(length)))
            var isWhole = false
            let output = [UInt8](unsafeUninitializedCapacity: room) { target, count in
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(room)
                isWhole = deflate(&stream, Z_FINISH) == Z_STREAM_END
                count = room - Int(stream.avail_out)
            }
            return isWhole ? output : nil
        }
    }
}
