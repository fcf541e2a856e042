// SPDX-License-Identifier: Apache-2.0
public import Core

/// How a disparity picture is shown: nearer is lighter.
public enum DisparityRendering {
    /// gen1's largest disparity, which becomes white.
    private static let largest = 95

    /// A `disparity8` picture as `gray8`, its 0...95 pixels spread over 0...255; other pictures as they are.
    public static func gray(_ frame: Frame) -> Frame {
        guard frame.header.format == .disparity8 else { return frame }
        let header = frame.header
        let draft = FramePool.standalone(header.reshaped(width: header.width, height: header.height, format: .gray8))
        draft.withUnsafeMutableBytes { target in
            frame.withUnsafeBytes { source in
                for index in source.indices { target[index] = UInt8(min(255, Int(source[index]) * 255 / largest)) }
            }
        }
        return draft.seal()
    }
}
