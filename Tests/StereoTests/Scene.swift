// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Stereo
import TestSupport

/// A stereo pair with ground truth from the shared data at 640×400, turned so that the truth's camera (the left one) is the
/// matcher's reference: both pictures mirrored and exchanged. Sizes, scaling and scores follow the shared `score.py`.
struct Scene {
    static let (width, height) = (640, 400)

    var left: Picture
    var right: Picture
    /// Pixels, 0 = unknown, in the turned left-hand picture's place: a value for each pixel of `right`.
    let truth: [Float]

    /// - Parameter spoiled: changes the left and the right camera's picture before they are turned.
    init(name: String, spoiled: (inout Picture, inout Picture) -> Void = { _, _ in }) throws {
        let decoder = ImageDecoder()
        func frame(_ file: String, _ format: PixelFormat) throws -> Frame {
            let bytes = try SharedData.bytes("stereo/scenes/\(name)/\(file).png")
            return try decoder.decode(bytes, as: format, header: header(1, 1, format))
        }
        let original = Picture(try frame("left", .gray8))
        var pair = (
            left: original.scaled(width: Self.width, height: Self.height),
            right: Picture(try frame("right", .gray8)).scaled(width: Self.width, height: Self.height)
        )
        spoiled(&pair.left, &pair.right)
        left = pair.right.mirrored
        right = pair.left.mirrored
        let raw = try frame("disp_left_x256", .disparity16).withUnsafeUInt16 { Array($0) }
        let scale = Float(Self.width) / Float(original.width)
        truth = (0..<Self.width * Self.height).map { index in
            let (x, y) = (Self.width - 1 - index % Self.width, index / Self.width)
            return Float(raw[y * original.height / Self.height * original.width + x * original.width / Self.width]) / 256 * scale
        }
    }

    /// Whether each pixel is seen by both cameras: the truth warped into the other picture with a z-buffer, three pixels
    /// wide so that stretched surfaces leave no cracks (the rule of the shared `score.py`).
    private var isSeen: [Bool] {
        let (width, height) = (right.width, right.height)
        var seen = [Bool](repeating: false, count: truth.count)
        for y in 0..<height {
            var front = [Float](repeating: 0, count: width)
            func target(_ x: Int) -> Int? {
                let disparity = truth[y * width + x]
                let target = Int((Float(x) + disparity).rounded(.toNearestOrEven))
                return disparity > 0 && target < width ? target : nil
            }
            for x in 0..<width {
                guard let target = target(x) else { continue }
                for column in max(0, target - 1)...min(width - 1, target + 1) {
                    front[column] = max(front[column], truth[y * width + x])
                }
            }
            for x in 0..<width {
                if let target = target(x) { seen[y * width + x] = truth[y * width + x] >= front[target] - 1.5 }
            }
        }
        return seen
    }

    /// How good a map of `right` is, where the truth lies in a range; by itself in the one searched.
    func score(_ map: [UInt16], _ settings: StereoSettings, truth range: Range<Float>? = nil) -> Score {
        let (seen, units) = (isSeen, Float(settings.unitsPerPixel))
        let range = range ?? 0..<Float(settings.disparities - 1)
        let judged = map.indices.filter { seen[$0] && range.contains(truth[$0]) }
        let errors = judged.filter { map[$0] != 0 }.map { Float(map[$0]) / units - truth[$0] }
        let hidden = map.indices.filter { truth[$0] > 0 && !seen[$0] }
        let filled = hidden.count { map[$0] != 0 && abs(Float(map[$0]) / units - truth[$0]) > 2 }
        func percent(_ part: Int, _ whole: Int) -> Double { 100 * Double(part) / Double(max(1, whole)) }
        let inliers = errors.filter { abs($0) <= 2 }
        let bad = errors.count { abs($0) > 2 }
        return Score(
            density: percent(errors.count, judged.count), bad2: percent(bad, errors.count),
            bad2OrUnknown: percent(bad + judged.count - errors.count, judged.count),
            bad1: percent(errors.count { abs($0) > 1 }, errors.count), hiddenFilled: percent(filled, hidden.count),
            bias: Double(inliers.reduce(0, +)) / Double(max(1, inliers.count)), inliers: inliers.count,
            inlierError: Double(inliers.reduce(0) { $0 + abs($1) }) / Double(max(1, inliers.count)))
    }
}

/// Percentages of the pixels that both cameras see, but for `hiddenFilled`, of those that one sees.
struct Score {
    var density: Double
    /// Known, but off by more than 2 px.
    var bad2: Double
    /// The same with unknown pixels counted as bad.
    var bad2OrUnknown: Double
    var bad1: Double
    /// Filled with a value off by more than 2 px.
    var hiddenFilled: Double
    /// Mean signed error of pixels within 2 px, px.
    var bias: Double
    var inliers: Int
    /// Mean error of pixels within 2 px, px.
    var inlierError: Double
}
