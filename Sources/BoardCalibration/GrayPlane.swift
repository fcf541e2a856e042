// SPDX-License-Identifier: Apache-2.0
import Core

/// A grey picture in floating point, for measuring fractions of a pixel.
struct GrayPlane {
    let width: Int
    let height: Int
    private(set) var pixels: [Float]

    /// - Throws: `BoardCalibrationError.picture` unless the frame is `gray8` and of a size a board can be seen in.
    init(_ frame: Frame) throws(BoardCalibrationError) {
        let header = frame.header
        guard header.format == .gray8 else { throw .picture("it is \(header.format.rawValue); use gray8") }
        guard (64...8192).contains(header.width), (64...8192).contains(header.height) else {
            throw .picture("it is \(header.width)x\(header.height); each side must have 64 to 8192 pixels")
        }
        width = header.width
        height = header.height
        pixels = frame.withUnsafeBytes { $0.map { Float($0) } }
    }

    private init(width: Int, height: Int, pixels: [Float]) {
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Half the size: each pixel the mean of four.
    var halved: GrayPlane {
        let (w, h) = (width / 2, height / 2)
        var result = [Float](repeating: 0, count: w * h)
        pixels.withUnsafeBufferPointer { source in
            for y in 0..<h {
                for x in 0..<w {
                    let at = 2 * y * width + 2 * x
                    result[y * w + x] = (source[at] + source[at + 1] + source[at + width] + source[at + width + 1]) / 4
                }
            }
        }
        return GrayPlane(width: w, height: h, pixels: result)
    }

    /// Smoothed by the binomial window 1 4 6 4 1 both ways (a Gaussian of 1 pixel); edges repeat.
    var smoothed: GrayPlane {
        GrayPlane(
            width: width, height: height,
            pixels: GrayPlane.blur(GrayPlane.blur(pixels, width, height, .across), width, height, .down))
    }

    private enum Direction { case across, down }

    private static func blur(_ pixels: [Float], _ width: Int, _ height: Int, _ direction: Direction) -> [Float] {
        var result = [Float](repeating: 0, count: pixels.count)
        let step = direction == .across ? 1 : width
        let last = (direction == .across ? width : height) - 1
        pixels.withUnsafeBufferPointer { source in
            for y in 0..<height {
                for x in 0..<width {
                    let at = y * width + x
                    let place = direction == .across ? x : y
                    let back1 = at - min(1, place) * step, back2 = at - min(2, place) * step
                    let next1 = at + min(1, last - place) * step, next2 = at + min(2, last - place) * step
                    result[at] = (source[back2] + source[next2] + 4 * (source[back1] + source[next1]) + 6 * source[at]) / 16
                }
            }
        }
        return result
    }

    /// The grey value between pixels; nil outside.
    @inline(__always)
    func sample(_ point: SIMD2<Double>) -> Float? {
        guard point.x >= 0, point.y >= 0, point.x < Double(width - 1), point.y < Double(height - 1) else { return nil }
        let (x, y) = (Int(point.x), Int(point.y))
        let (a, b) = (Float(point.x - Double(x)), Float(point.y - Double(y)))
        let at = y * width + x
        let top = pixels[at] + a * (pixels[at + 1] - pixels[at])
        let bottom = pixels[at + width] + a * (pixels[at + width + 1] - pixels[at + width])
        return top + b * (bottom - top)
    }
}
