// SPDX-License-Identifier: Apache-2.0
public import Core
public import Stereo

/// Shows how well a pair is rectified: both pictures side by side after rectification, with rows drawn through both and
/// every corner marked. Where the corners of both lie on the same row, depth can be found.
public enum PairPicture {
    /// Row errors are drawn this many times as long as they are, as a line from the right corner.
    public static let magnification = 40.0
    private static let rowSpacing = 24
    private static let good = 0.25, fair = 0.5

    private static let green = [UInt8](arrayLiteral: 80, 220, 80), yellow = [UInt8](arrayLiteral: 40, 210, 240)
    private static let red = [UInt8](arrayLiteral: 60, 60, 255), row = [UInt8](arrayLiteral: 150, 120, 60)

    /// Draws a pair.
    /// - Parameters:
    ///   - left: `gray8` of the calibration's size.
    ///   - right: the same.
    /// - Returns: `bgr24`, twice as wide. Corners are green up to 0.25 px of row error, yellow up to 0.5 px, else red.
    /// - Throws: `StereoError` for pictures of another size.
    public static func draw(left: Frame, right: Frame, figures: PairFigures, calibration: StereoCalibration) throws(StereoError)
        -> Frame
    {
        let rectifier = try Rectifier(calibration: calibration, width: calibration.left.width, height: calibration.left.height)
        var canvas = Canvas(width: 2 * rectifier.width, height: rectifier.height)
        for (frame, side, offset) in [(left, StereoSide.left, 0), (right, .right, rectifier.width)] {
            let draft = FramePool.standalone(
                frame.header.reshaped(width: rectifier.width, height: rectifier.height, format: .gray8))
            try rectifier.rectify(frame, side: side, into: draft)
            canvas.paste(draft.seal(), at: offset)
        }
        for y in stride(from: rowSpacing / 2, to: rectifier.height, by: rowSpacing) {
            canvas.line(from: SIMD2(0, Double(y)), to: SIMD2(Double(canvas.width - 1), Double(y)), row)
        }
        for (number, error) in figures.rowErrors.enumerated() {
            let color = abs(error) <= good ? green : abs(error) <= fair ? yellow : red
            let inLeft = rectifier.rectifiedPoint(figures.pair.left[number], side: .left)
            let inRight = rectifier.rectifiedPoint(figures.pair.right[number], side: .right) + SIMD2(Double(rectifier.width), 0)
            for corner in [inLeft, inRight] {
                canvas.line(from: corner - SIMD2(4, 0), to: corner + SIMD2(4, 0), color)
                canvas.line(from: corner - SIMD2(0, 4), to: corner + SIMD2(0, 4), color)
            }
            canvas.line(from: inRight, to: inRight + SIMD2(0, error * magnification), red)
        }
        return canvas.frame(like: left.header)
    }

    /// A colour picture being drawn on.
    private struct Canvas {
        let width: Int
        let height: Int
        private var pixels: [UInt8]

        init(width: Int, height: Int) {
            self.width = width
            self.height = height
            pixels = Array(repeating: 0, count: width * height * 3)
        }

        mutating func paste(_ gray: Frame, at offset: Int) {
            gray.withUnsafeBytes { bytes in
                for y in 0..<gray.header.height {
                    for x in 0..<gray.header.width {
                        let value = bytes[y * gray.header.width + x]
                        let at = (y * width + offset + x) * 3
                        (pixels[at], pixels[at + 1], pixels[at + 2]) = (value, value, value)
                    }
                }
            }
        }

        /// A line one pixel wide; what lies outside is left out.
        mutating func line(from start: SIMD2<Double>, to end: SIMD2<Double>, _ color: [UInt8]) {
            let way = end - start
            guard way.x.isFinite, way.y.isFinite else { return }
            let steps = Int(min(20_000, max(abs(way.x), abs(way.y))).rounded(.up))
            for step in 0...max(1, steps) {
                let point = start + way * (Double(step) / Double(max(1, steps)))
                guard point.x > -0.5, point.y > -0.5, point.x < Double(width) - 0.5, point.y < Double(height) - 0.5 else {
                    continue
                }
                let at = (Int(point.y.rounded()) * width + Int(point.x.rounded())) * 3
                for channel in 0..<3 { pixels[at + channel] = color[channel] }
            }
        }

        func frame(like header: FrameHeader) -> Frame {
            let draft = FramePool.standalone(header.reshaped(width: width, height: height, format: .bgr24))
            draft.withUnsafeMutableBytes { $0.copyBytes(from: pixels) }
            return draft.seal()
        }
    }
}
