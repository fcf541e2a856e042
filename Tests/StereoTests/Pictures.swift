// SPDX-License-Identifier: Apache-2.0
import Core
import Stereo
import TestSupport

/// Grey pictures as plain values.
struct Picture {
    let width: Int
    let height: Int
    var pixels: [UInt8]

    init(width: Int, height: Int, _ value: (_ x: Int, _ y: Int) -> UInt8) {
        self.width = width
        self.height = height
        pixels = (0..<width * height).map { value($0 % width, $0 / width) }
    }

    init(_ frame: Frame) {
        width = frame.header.width
        height = frame.header.height
        pixels = frame.withUnsafeBytes { Array($0) }
    }

    static func dots(width: Int, height: Int, seed: UInt64) -> Picture {
        var dice = SeededRandom(seed)
        return Picture(width: width, height: height) { _, _ in UInt8.random(in: 0...255, using: &dice) }
    }

    /// The left picture of a scene whose right picture is this one, at a disparity that may differ from row to row.
    func seenFromLeft(seed: UInt64, disparity: (_ y: Int) -> Int) -> Picture {
        var dice = SeededRandom(seed)
        return Picture(width: width, height: height) { x, y in
            let source = x - disparity(y)
            let unseen = UInt8.random(in: 0...255, using: &dice)
            return source >= 0 ? pixels[y * width + source] : unseen
        }
    }

    var mirrored: Picture {
        Picture(width: width, height: height) { x, y in pixels[y * width + width - 1 - x] }
    }

    /// The pixel at (x, y), or the nearest one of the picture.
    func clamped(_ x: Int, _ y: Int) -> UInt8 {
        pixels[min(max(y, 0), height - 1) * width + min(max(x, 0), width - 1)]
    }

    /// Filtered with the 3×3 binomial.
    var softened: Picture {
        Picture(width: width, height: height) { x, y in
            var sum = 8
            for (dy, rowWeight) in [(-1, 1), (0, 2), (1, 1)] {
                for (dx, weight) in [(-1, 1), (0, 2), (1, 1)] { sum += Int(clamped(x + dx, y + dy)) * rowWeight * weight }
            }
            return UInt8(sum / 16)
        }
    }

    /// Half the size: means of four.
    var halved: Picture {
        Picture(width: width / 2, height: height / 2) { x, y in
            let sum = [(0, 0), (1, 0), (0, 1), (1, 1)].reduce(2) { $0 + Int(clamped(2 * x + $1.0, 2 * y + $1.1)) }
            return UInt8(sum / 4)
        }
    }

    /// Another size, as OpenCV makes it: means over areas when it gets narrower, bilinear otherwise.
    func scaled(width: Int, height: Int) -> Picture {
        typealias Taps = [(at: Int, weight: Double)]
        func taps(_ target: Int, from source: Int, to size: Int, areas: Bool) -> Taps {
            let scale = Double(source) / Double(size)
            guard areas else {
                let place = (Double(target) + 0.5) * scale - 0.5, first = place.rounded(.down)
                let inside = { (index: Double) in Int(min(max(index, 0), Double(source - 1))) }
                return [(inside(first), 1 - (place - first)), (inside(first + 1), place - first)]
            }
            let (from, until) = (Double(target) * scale, min(Double(target + 1) * scale, Double(source)))
            return (Int(from)..<min(source, Int(until.rounded(.up)))).map { index in
                (index, (min(until, Double(index + 1)) - max(from, Double(index))) / scale)
            }
        }
        let areas = width < self.width
        let columns = (0..<width).map { taps($0, from: self.width, to: width, areas: areas) }
        let rows = (0..<height).map { taps($0, from: self.height, to: height, areas: areas) }
        return Picture(width: width, height: height) { x, y in
            var sum = 0.5
            for row in rows[y] {
                for column in columns[x] { sum += row.weight * column.weight * Double(pixels[row.at * self.width + column.at]) }
            }
            return UInt8(min(255, sum))
        }
    }

    var frame: Frame {
        let draft = FramePool.standalone(header(width, height, .gray8))
        draft.withUnsafeMutableBytes { $0.copyBytes(from: pixels) }
        return draft.seal()
    }
}

func header(_ width: Int, _ height: Int, _ format: PixelFormat) -> FrameHeader {
    FrameHeader(
        camera: CameraID("test")!, instance: .right, sequence: 1, captured: Timestamp(nanoseconds: 0), width: width,
        height: height, format: format)
}

func disparityFrame(width: Int, height: Int, _ values: [UInt16]) -> Frame {
    let draft = FramePool.standalone(header(width, height, .disparity16))
    draft.withUnsafeMutableUInt16 { target in
        for index in values.indices { target[index] = values[index] }
    }
    return draft.seal()
}

extension StereoMatcher {
    /// The disparity map as an array of sixteenths of a pixel.
    func map(
        left: Picture, right: Picture, concurrently: Concurrently = { count, band in (0..<count).forEach(band) }
    ) throws -> [UInt16] {
        let draft = FramePool.standalone(header(width, height, .disparity16))
        try match(left: left.frame, right: right.frame, into: draft, concurrently: concurrently)
        return draft.seal().withUnsafeUInt16 { Array($0) }
    }
}
