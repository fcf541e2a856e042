// SPDX-License-Identifier: Apache-2.0
public import Core

/// How a stored picture has to be turned to stand upright: the eight values of EXIF's tag 0x0112.
public enum Orientation: Int, Sendable, Hashable, CaseIterable {
    case upright = 1
    case mirrored = 2
    case upsideDown = 3
    case mirroredUpsideDown = 4
    /// Rows and columns exchanged.
    case transposed = 5
    /// To be turned a quarter clockwise.
    case quarterClockwise = 6
    /// Rows and columns exchanged and upside down.
    case transverse = 7
    /// To be turned a quarter anticlockwise.
    case quarterAnticlockwise = 8

    /// Whether width and height change places.
    public var swapsSides: Bool { rawValue >= 5 }

    /// The upright picture of a stored one in `gray8` or `bgr24`; frames of other formats and upright ones come back as
    /// they are.
    public func upright(_ frame: Frame) -> Frame {
        let header = frame.header
        guard self != .upright, header.format == .gray8 || header.format == .bgr24 else { return frame }
        let (width, height) = (header.width, header.height)
        let (outWidth, outHeight) = swapsSides ? (height, width) : (width, height)
        let bytes = header.format == .gray8 ? 1 : 3
        // The stored pixel of the upright picture's first one, and the way to the next column and row.
        let (right, down) = (bytes, bytes * width)
        let (start, column, row): (Int, Int, Int) =
            switch self {
            case .upright: (0, right, down)
            case .mirrored: ((width - 1) * right, -right, down)
            case .upsideDown: ((width - 1) * right + (height - 1) * down, -right, -down)
            case .mirroredUpsideDown: ((height - 1) * down, right, -down)
            case .transposed: (0, down, right)
            case .quarterClockwise: ((height - 1) * down, -down, right)
            case .transverse: ((width - 1) * right + (height - 1) * down, -down, -right)
            case .quarterAnticlockwise: ((width - 1) * right, down, -right)
            }
        let draft = FramePool.standalone(header.reshaped(width: outWidth, height: outHeight, format: header.format))
        frame.withUnsafeBytes { source in
            draft.withUnsafeMutableBytes { target in
                var place = 0
                for y in 0..<outHeight {
                    var from = start + y * row
                    for _ in 0..<outWidth {
                        for byte in 0..<bytes { target[place + byte] = source[from + byte] }
                        place += bytes
                        from += column
                    }
                }
            }
        }
        return draft.seal()
    }
}
