// SPDX-License-Identifier: Apache-2.0
import CImage
import Core

/// PNG through libpng.
enum PNGDecoder {
    /// Decodes a picture that has passed the gate.
    static func decode(
        _ bytes: UnsafeRawBufferPointer, _ info: ImageInfo, to target: UnsafeMutableRawBufferPointer, as layout: ci_layout
    ) -> CodecError? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CI_MESSAGE_SIZE)) { message in
            guard let text = message.baseAddress else { return .damaged("PNG") }
            let result = ci_png_decode(
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, UInt32(info.width), UInt32(info.height),
                layout, target.baseAddress?.assumingMemoryBound(to: UInt8.self), text)
            return result == 0 ? nil : .damaged(String(cString: text))
        }
    }
}
