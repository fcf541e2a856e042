// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Fusion
import Stereo
import TestSupport

/// A real scene with ground truth and the depth picture made of it. The truth belongs to the left picture, the matcher's
/// depth to the right one: both pictures are mirrored and exchanged. All at 640×400 and
/// 96 disparities, as in the project's other figures.
struct MiddleburyScene {
    /// With the disparity of infinity at the picture's own size (`doffs` of Middlebury), where it is known.
    static let all: [(name: String, infinity: Double)] = [
        ("mb2003_cones", 0.0), ("mb2003_teddy", 0), ("mb2005_art", 200.0 / 3), ("mb2005_books", 200.0 / 3),
        ("mb2005_dolls", 200.0 / 3), ("mb2006_wood2", 0), ("mb2014_motorcycle", 31.086),
    ]
    /// Distances are relative here; these make whole millimetres fine enough.
    static let baseline = 400.0
    private static let focal = 750.0
    private static let (width, height) = (640, 400)
    private static let disparities = 96

    let model: CameraModel
    let depth: Frame
    /// Millimetres, 0 = unknown.
    private let truth: [Double]
    private let isSeen: [Bool]

    init(_ name: String, infinity: Double) throws {
        let left = try Self.picture(name, "left"), right = try Self.picture(name, "right")
        let (width, height) = (Self.width, Self.height)
        let raw = try Self.frame(name, "disp_left_x256", .disparity16)
        let scale = Double(width) / Double(raw.header.width)
        let disparity = raw.withUnsafeUInt16 { values in
            (0..<width * height).map { index -> Double in
                let column = (width - 1 - index % width) * raw.header.width / width
                let value = Double(values[index / width * raw.header.height / height * raw.header.width + column]) / 256 * scale
                return value < Double(Self.disparities - 1) ? value : 0
            }
        }
        model = CameraModel(
            width: width, height: height, fx: Self.focal, fy: Self.focal, cx: Double(width) / 2, cy: Double(height) / 2)
        let matcher = try StereoMatcher(width: width, height: height, settings: StereoSettings(disparities: Self.disparities))
        let map = FramePool.standalone(Self.header(width, height, .disparity16))
        // Mirrored, the right picture is the left one.
        try matcher.match(left: right, right: left, into: map)
        func distance(_ disparity: Double) -> Double {
            disparity > 0 ? Self.focal * Self.baseline / (disparity + infinity * scale) : 0
        }
        truth = disparity.map(distance)
        isSeen = Self.seen(disparity)
        let converted = FramePool.standalone(Self.header(width, height, .depth16))
        map.seal().withUnsafeUInt16 { found in
            converted.withUnsafeMutableUInt16 { target in
                for index in found.indices { target[index] = UInt16(distance(Double(found[index]) / 16)) }
            }
        }
        depth = converted.seal()
    }

    /// Whether the other camera sees a pixel too: the truth warped into its picture, nearer things in front.
    private static func seen(_ disparity: [Double]) -> [Bool] {
        var result = [Bool](repeating: false, count: disparity.count)
        for row in 0..<height {
            var front = [Double](repeating: 0, count: width + 2)
            func target(_ x: Int) -> Int? {
                let value = disparity[row * width + x]
                let target = x + Int(value.rounded())
                return value > 0 && target < width ? target : nil
            }
            for x in 0..<width {
                guard let target = target(x) else { continue }
                for column in target...target + 2 { front[column] = max(front[column], disparity[row * width + x]) }
            }
            for x in 0..<width {
                if let target = target(x) { result[row * width + x] = disparity[row * width + x] >= front[target + 1] - 1.5 }
            }
        }
        return result
    }

    private static func frame(_ name: String, _ file: String, _ format: PixelFormat) throws -> Frame {
        try ImageDecoder().decode(
            try SharedData.bytes("stereo/scenes/\(name)/\(file).png"), as: format, header: header(1, 1, format))
    }

    /// A picture mirrored and brought to 640×400 by its four nearest pixels.
    private static func picture(_ name: String, _ file: String) throws -> Frame {
        let source = try frame(name, file, .gray8)
        let (w, h) = (source.header.width, source.header.height)
        let draft = FramePool.standalone(header(width, height, .gray8))
        source.withUnsafeBytes { pixels in
            draft.withUnsafeMutableBytes { target in
                for y in 0..<height {
                    let v = max(0, min(Double(h) - 1.001, (Double(y) + 0.5) * Double(h) / Double(height) - 0.5))
                    for x in 0..<width {
                        let u = max(0, min(Double(w) - 1.001, (Double(width - 1 - x) + 0.5) * Double(w) / Double(width) - 0.5))
                        let at = Int(v) * w + Int(u)
                        let (a, b) = (u - Double(Int(u)), v - Double(Int(v)))
                        let top = Double(pixels[at]) * (1 - a) + Double(pixels[at + 1]) * a
                        let bottom = Double(pixels[at + w]) * (1 - a) + Double(pixels[at + w + 1]) * a
                        target[y * width + x] = UInt8((top * (1 - b) + bottom * b).rounded())
                    }
                }
            }
        }
        return draft.seal()
    }

    /// A random box whose central half both cameras see and lies on one distance, and that distance; nil when the draw is
    /// none.
    func region(_ dice: inout SeededRandom) -> (box: NormalizedBox, truth: Double)? {
        let (width, height) = (Self.width, Self.height)
        let (w, h) = (Int.random(in: 32...160, using: &dice), Int.random(in: 32...160, using: &dice))
        let (x, y) = (Int.random(in: 0..<width - w, using: &dice), Int.random(in: 0..<height - h, using: &dice))
        var values: [Double] = []
        for row in y + h / 4..<y + h - h / 4 {
            for column in x + w / 4..<x + w - w / 4 where isSeen[row * width + column] {
                values.append(truth[row * width + column])
            }
        }
        guard values.count * 10 >= (w - w / 4 * 2) * (h - h / 4 * 2) * 9 else { return nil }
        values.sort()
        let (low, high) = (values[values.count / 10], values[values.count * 9 / 10])
        let middle = values[values.count / 2]
        guard high - low < 0.08 * middle else { return nil }
        let box = NormalizedBox(
            xMin: Float(x) / Float(width), yMin: Float(y) / Float(height), xMax: Float(x + w) / Float(width),
            yMax: Float(y + h) / Float(height))
        return (box, middle)
    }

    private static func header(_ width: Int, _ height: Int, _ format: PixelFormat) -> FrameHeader {
        FrameHeader(
            camera: CameraID("test")!, instance: .right, sequence: 0, captured: Timestamp(nanoseconds: 0), width: width,
            height: height, format: format)
    }
}
