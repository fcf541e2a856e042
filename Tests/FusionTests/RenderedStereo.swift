// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Stereo
import TestSupport

/// One object before a wall, as a rectified stereo pair sees it, with fractions of a pixel of disparity, and the depth
/// picture the matcher makes of it.
struct RenderedStereo {
    enum Shape { case person, box }

    let model: CameraModel
    static let baseline = 75.0
    /// What a detector reports: the object's outline, each edge off by up to 4 % of the box.
    let box: NormalizedBox
    let depth: Frame

    /// - Parameters:
    ///   - scale: 1 for 640×400, 2 for 1280×800.
    ///   - distance: of the object, millimetres; the wall stands 2.5 m behind it.
    init(_ shape: Shape, distance: Double, scale: Int, draw: Int) throws {
        let (width, height) = (640 * scale, 400 * scale)
        let focal = 441.5 * Double(scale)
        model = CameraModel(
            width: width, height: height, fx: focal, fy: focal, cx: Double(width - 1) / 2, cy: Double(height - 1) / 2)
        var dice = SeededRandom(UInt64(draw) &* 977 &+ UInt64(distance) &+ (shape == .person ? 1 : 2))
        let size = shape == .person ? SIMD2(500.0, 1700) : SIMD2(600.0, 500)
        let pixels = size * (focal / distance)
        let centre = SIMD2(
            Double(width) * Double.random(in: 0.35...0.6, using: &dice),
            Double(height) * Double.random(in: 0.45...0.55, using: &dice))
        let disparity = focal * Self.baseline / distance, wall = focal * Self.baseline / (distance + 2500)
        let textures = (Texture(width: width + 256, height: height, &dice), Texture(width: width + 256, height: height, &dice))
        func shows(_ x: Double, _ y: Double) -> Bool {
            Self.covers(shape, (SIMD2(x, y) - centre) / pixels + 0.5)
        }
        func picture(_ shift: (object: Double, wall: Double)) -> Frame {
            let draft = FramePool.standalone(Self.header(width, height, .gray8))
            draft.withUnsafeMutableBytes { target in
                for y in 0..<height {
                    for x in 0..<width {
                        let onObject = Double(x) - shift.object
                        let value =
                            shows(onObject, Double(y))
                            ? textures.0.value(onObject, y) : textures.1.value(Double(x) - shift.wall, y)
                        // The sum of four even numbers is nearly normal: standard deviation 2.
                        let noise = (0..<4).reduce(0.0) { sum, _ in sum + Double.random(in: -1...1, using: &dice) } * 1.732
                        target[y * width + x] = UInt8(min(255, max(0, value + noise)))
                    }
                }
            }
            return draft.seal()
        }
        let right = picture((0, 0)), left = picture((disparity, wall))
        let matcher = try StereoMatcher(width: width, height: height, settings: StereoSettings())
        let map = FramePool.standalone(Self.header(width, height, .disparity16))
        try matcher.match(left: left, right: right, into: map)
        let converted = FramePool.standalone(Self.header(width, height, .depth16))
        try DepthConverter(focalPixels: focal, baselineMillimetres: Self.baseline).convert(disparity: map.seal(), into: converted)
        depth = converted.seal()

        func jitter() -> Double { Double.random(in: -0.04...0.04, using: &dice) }
        let low = centre - pixels * (0.5 + SIMD2(jitter(), jitter())), high = centre + pixels * (0.5 + SIMD2(jitter(), jitter()))
        box = NormalizedBox(
            xMin: Float(low.x / Double(width)), yMin: Float(low.y / Double(height)), xMax: Float(high.x / Double(width)),
            yMax: Float(high.y / Double(height)))
    }

    /// Whether a place of the object's box (0...1) shows the object: all of a box, about half of a person's.
    private static func covers(_ shape: Shape, _ p: SIMD2<Double>) -> Bool {
        guard (0...1).contains(p.x), (0...1).contains(p.y) else { return false }
        guard shape == .person else { return true }
        let x = abs(p.x - 0.5)
        switch p.y {
        case ..<0.14: return x * x / 0.0324 + (p.y - 0.07) * (p.y - 0.07) / 0.0049 < 1
        case ..<0.2: return x < 0.1
        case ..<0.55: return x < 0.28 || (x > 0.36 && x < 0.48)
        default: return x > 0.04 && x < 0.26
        }
    }

    private static func header(_ width: Int, _ height: Int, _ format: PixelFormat) -> FrameHeader {
        FrameHeader(
            camera: CameraID("test")!, instance: .right, sequence: 0, captured: Timestamp(nanoseconds: 0), width: width,
            height: height, format: format)
    }

    /// Cloudy noise, read between its columns by Catmull and Rom's cubic.
    private struct Texture {
        private let width: Int
        private var values: [Double]
        private static let margin = 250

        init(width: Int, height: Int, _ dice: inout SeededRandom) {
            self.width = width
            values = (0..<width * height).map { _ in Double.random(in: -1...1, using: &dice) }
            for step in [1, width, 1, width] {
                let source = values
                for index in source.indices {
                    values[index] =
                        (source[max(0, index - step)] + 2 * source[index] + source[min(source.count - 1, index + step)]) / 4
                }
            }
            for index in values.indices { values[index] = 120 + 160 * values[index] }
        }

        func value(_ x: Double, _ y: Int) -> Double {
            let place = x + Double(Self.margin)
            let column = min(width - 3, max(1, Int(place.rounded(.down))))
            let t = min(1, max(0, place - Double(column)))
            let at = y * width + column
            let (a, b, c, d) = (values[at - 1], values[at], values[at + 1], values[at + 2])
            return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
        }
    }
}
