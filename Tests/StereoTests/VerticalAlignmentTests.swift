// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Foundation
import Stereo
import TestSupport
import Testing

struct VerticalAlignmentTests {
    /// A textured scene of two depths, the left picture lower by `offset` + `roll` · (x/width − 1/2) rows, other exposure.
    private func pair(offset: Double, roll: Double = 0, noise: Double = 2, contrast: Double = 1) -> (Frame, Frame) {
        let (width, height) = (640, 400)
        var dice = SeededRandom(9)
        let waves = (0..<50).map { _ in
            (
                Double.random(in: 0.05...1.1, using: &dice), Double.random(in: -0.9...0.9, using: &dice),
                Double.random(in: 0...6.28, using: &dice)
            )
        }
        func scene(_ x: Double, _ y: Double) -> Double {
            128 + contrast * 10 * waves.reduce(0) { $0 + sin($1.0 * x + $1.1 * y + $1.2) }
        }
        func picture(gain: Double, _ place: (Double, Double) -> (Double, Double)) -> Frame {
            Picture(width: width, height: height) { x, y in
                let (u, v) = place(Double(x), Double(y))
                let grain = noise * (Double.random(in: -1.7...1.7, using: &dice))
                return UInt8(min(255, max(0, gain * scene(u, v) + grain)))
            }.frame
        }
        let right = picture(gain: 1) { ($0, $1) }
        let left = picture(gain: 0.8) { x, y in
            let disparity = y < 200 ? 12.3 : 31.6
            return (x - disparity, y - offset - roll * ((x - disparity) / 640 - 0.5))
        }
        return (left, right)
    }

    @Test(arguments: [0, 0.3, -0.3, 1, 2, -2.4]) func aShiftIsMeasuredToAFewHundredths(offset: Double) throws {
        let (left, right) = pair(offset: offset)
        let found = try #require(try VerticalAlignment.measure(left: left, right: right))
        #expect(abs(found.offset - offset) < 0.04, "\(found)")
        #expect(abs(found.roll) < 0.08 && found.count > 60 && found.spread < 0.3, "\(found)")
        #expect(abs(found.worst - abs(offset)) < 0.08)
    }

    @Test(arguments: [1.0, -3.0]) func aRolledCameraIsSeenAlthoughTheMiddleIsRight(roll: Double) throws {
        let (left, right) = pair(offset: 0, roll: roll)
        let found = try #require(try VerticalAlignment.measure(left: left, right: right))
        #expect(abs(found.offset) < 0.06 && abs(found.roll - roll) < 0.15, "\(found)")
        #expect(found.worst > abs(roll) * 0.4)
    }

    @Test func picturesThatSayNothingGiveNoFigure() throws {
        let flat = Picture(width: 640, height: 400) { _, _ in 90 }.frame
        #expect(try VerticalAlignment.measure(left: flat, right: flat) == nil)
        let noise = Picture.dots(width: 640, height: 400, seed: 1).frame,
            other = Picture.dots(width: 640, height: 400, seed: 2).frame
        #expect(try VerticalAlignment.measure(left: noise, right: other) == nil)
        // Stripes match anywhere along themselves.
        let stripes = Picture(width: 640, height: 400) { x, _ in UInt8(128 + 100 * sin(Double(x) / 3)) }.frame
        #expect(try VerticalAlignment.measure(left: stripes, right: stripes) == nil)
        let tiny = Picture(width: 64, height: 16) { x, y in UInt8((x * 7 + y * 13) & 255) }.frame
        #expect(try VerticalAlignment.measure(left: tiny, right: tiny) == nil)
    }

    @Test func picturesOfTwoSizesAreRefused() {
        let (small, large) = (
            Picture.dots(width: 64, height: 40, seed: 1).frame, Picture.dots(width: 65, height: 40, seed: 1).frame
        )
        #expect(throws: StereoError.self) { try VerticalAlignment.measure(left: small, right: large) }
        #expect(throws: StereoError.self) { try VerticalAlignment.measure(left: small, right: small, disparities: 8) }
    }

    /// Real, rectified by ground truth: the seven scenes, where a shifted picture has to be told from a right one.
    @Test(
        .enabled(if: SharedData.isRequired),
        arguments: ["mb2003_cones", "mb2003_teddy", "mb2005_art", "mb2005_books", "mb2005_dolls", "mb2014_motorcycle"])
    func realRectifiedScenesAreLevelAndShiftedOnesAreNot(name: String) throws {
        let scene = try Scene(name: name)
        let level = try #require(try VerticalAlignment.measure(left: scene.left.frame, right: scene.right.frame))
        #expect(level.worst < 0.3, "\(level)")
        let shifted = Picture(width: scene.left.width, height: scene.left.height) { x, y in
            scene.left.pixels[max(0, y - 1) * scene.left.width + x]
        }
        let found = try #require(try VerticalAlignment.measure(left: shifted.frame, right: scene.right.frame))
        #expect(abs(found.offset - level.offset - 1) < 0.1, "\(found) \(level)")
    }

    /// A board near the cameras repeats itself: every square looks like the next. Its pairs, rectified by OpenCV's
    /// calibration, must read as level or as nothing.
    @Test(.enabled(if: SharedData.isRequired), arguments: 0..<10) func repeatingBoardsRaiseNoAlarm(index: Int) throws {
        let fixture = try LensFixture("chessboard-corners")
        let rectifier = try Rectifier(calibration: fixture.calibration(withRectification: false), width: 640, height: 480)
        func rectified(_ letter: String, _ side: StereoSide) throws -> Frame {
            let bytes = try SharedData.bytes("stereo/chessboard/chessboard\(index)\(letter).png")
            let frame = try ImageDecoder().decode(bytes, as: .gray8, header: header(1, 1, .gray8))
            let draft = FramePool.standalone(frame.header)
            try rectifier.rectify(frame, side: side, into: draft)
            return draft.seal()
        }
        let left = try rectified("L", .left), right = try rectified("R", .right)
        for disparities in [96, 192] {
            let found = try VerticalAlignment.measure(left: left, right: right, disparities: disparities)
            #expect((found?.worst ?? 0) < 0.5, "\(String(describing: found))")
        }
    }
}
