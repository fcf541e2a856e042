// SPDX-License-Identifier: Apache-2.0
package import Core

/// Parts of pictures, for networks that look at what another network found.
package enum LinkPicture {
    /// The part of a `gray8` or `bgr24` picture below a box (fractions of the picture); nil where it is smaller than 2 pixels
    /// a side, or for other formats.
    package static func part(of frame: Frame, below box: NormalizedBox, from pool: FramePool) -> Frame? {
        let header = frame.header
        guard [.gray8, .bgr24].contains(header.format) else { return nil }
        let inside = box.clamped
        let (left, top) = (Int(inside.xMin * Float(header.width)), Int(inside.yMin * Float(header.height)))
        let right = min(header.width, Int((inside.xMax * Float(header.width)).rounded(.up)))
        let bottom = min(header.height, Int((inside.yMax * Float(header.height)).rounded(.up)))
        guard right - left >= 2, bottom - top >= 2,
            let draft = pool.draft(header.reshaped(width: right - left, height: bottom - top, format: header.format))
        else { return nil }
        let (step, pitch) = (header.format == .bgr24 ? 3 : 1, header.format.rowBytes(width: header.width))
        let length = (right - left) * step
        draft.withUnsafeMutableBytes { target in
            frame.withUnsafeBytes { source in
                for row in 0..<(bottom - top) {
                    let begin = (top + row) * pitch + left * step
                    UnsafeMutableRawBufferPointer(rebasing: target[(row * length)..<((row + 1) * length)])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[begin..<(begin + length)]))
                }
            }
        }
        return draft.seal()
    }
}
