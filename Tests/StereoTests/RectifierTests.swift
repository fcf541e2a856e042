// SPDX-License-Identifier: Apache-2.0
import Core
import Stereo
import Testing

struct RectifierTests {
    /// The gen1 mono cameras without their flaws.
    private static let ideal = StereoCalibration.ideal(
        width: 1280, height: 800, horizontalFieldOfViewDegrees: 71.86, baselineMillimetres: 75)

    private static func distance(_ a: Matrix3, _ b: [Double]) -> Double {
        zip(a.rows, b).map { abs($0 - $1) }.max()!
    }

    @Test func chessboardCornersLieInTheSameRowsAfterwards() throws {
        let fixture = try LensFixture("chessboard-corners")
        let corners = try #require(fixture.corners)
        let rectifier = try Rectifier(calibration: fixture.calibration(withRectification: false), width: 640, height: 480)
        let errors = corners.map { corner in
            let left = rectifier.rectifiedPoint(SIMD2(corner[0], corner[1]), side: .left)
            let right = rectifier.rectifiedPoint(SIMD2(corner[2], corner[3]), side: .right)
            #expect(left.x > right.x, "a disparity is positive")
            return abs(left.y - right.y)
        }.sorted()
        let before = corners.map { abs($0[1] - $0[3]) }
        #expect(errors.count == 540)
        #expect(before.reduce(0, +) / 540 > 7)
        #expect(errors.reduce(0, +) / 540 <= 0.20, "\(errors.reduce(0, +) / 540)")
        #expect(errors[513] <= 0.45, "95th percentile \(errors[513])")
        #expect(!rectifier.isIdentity)
    }

    @Test func theRotationsAreThoseOfOpenCV() throws {
        let board = try LensFixture("chessboard-corners")
        let boardRectifier = try Rectifier(calibration: board.calibration(withRectification: false), width: 640, height: 480)
        #expect(Self.distance(boardRectifier.leftRotation, board.leftRectification) < 1e-6)
        #expect(Self.distance(boardRectifier.rightRotation, board.rightRectification) < 1e-6)
        let device = try LensFixture("rational-lens-maps")
        let deviceRectifier = try Rectifier(calibration: device.calibration(withRectification: false), width: 1280, height: 800)
        #expect(Self.distance(deviceRectifier.leftRotation, try #require(device.opencvLeftRectification)) < 1e-6)
        #expect(Self.distance(deviceRectifier.rightRotation, try #require(device.opencvRightRectification)) < 1e-6)
        #expect(abs(deviceRectifier.baselineMillimetres - 73.808) < 0.01)
    }

    /// Fourteen coefficients of a real device (rational) and of a made-up one (thin prism; tilt on the left only).
    @Test(arguments: ["rational-lens-maps", "tilted-lens-maps"])
    func rectifiedPixelsComeFromWhereOpenCVTakesThem(_ name: String) throws {
        let fixture = try LensFixture(name)
        let rectifier = try Rectifier(
            calibration: fixture.calibration(withRectification: true), width: fixture.width, height: fixture.height)
        #expect(rectifier.rectifiedModel.fx == fixture.right.fx && rectifier.rectifiedModel.cy == fixture.right.cy)
        for (side, map) in [(StereoSide.left, fixture.leftMap), (.right, fixture.rightMap)] {
            for sample in try #require(map) {
                let raw = try #require(rectifier.rawPoint(SIMD2(sample[0], sample[1]), side: side))
                #expect(abs(raw.x - sample[2]) < 0.002 && abs(raw.y - sample[3]) < 0.002, "\(side) \(sample) \(raw)")
                // The device's lens model folds at the picture's edge, so only this direction of the round trip is certain.
                let again = try #require(rectifier.rawPoint(rectifier.rectifiedPoint(raw, side: side), side: side))
                #expect(abs(again.x - raw.x) < 1e-3 && abs(again.y - raw.y) < 1e-3, "\(side) \(sample) \(again)")
            }
        }
    }

    @Test func theComputedViewIsFilledByBothPicturesAndNotMuchSmaller() throws {
        for (name, width, height) in [("chessboard-corners", 640, 480), ("rational-lens-maps", 1280, 800)] {
            let fixture = try LensFixture(name)
            let rectifier = try Rectifier(
                calibration: fixture.calibration(withRectification: false), width: width, height: height)
            #expect(rectifier.rectifiedModel.fx == rectifier.rectifiedModel.fy)
            #expect((0.9...1.3).contains(rectifier.rectifiedModel.fx / fixture.right.fy), "\(rectifier.rectifiedModel)")
            for side in StereoSide.allCases {
                for x in stride(from: 0, to: width, by: 13) {
                    for y in [0, height / 2, height - 1] {
                        let raw = try #require(rectifier.rawPoint(SIMD2(Double(x), Double(y)), side: side))
                        #expect((-0.01...Double(width) - 0.99).contains(raw.x))
                        #expect((-0.01...Double(height) - 0.99).contains(raw.y))
                    }
                }
            }
        }
    }

    @Test func aRampIsResampledToTheCoordinatesItCameFrom() throws {
        let fixture = try LensFixture("tilted-lens-maps")
        let rectifier = try Rectifier(calibration: fixture.calibration(withRectification: true), width: 640, height: 400)
        let across = Picture(width: 640, height: 400) { x, _ in UInt8(x * 2 / 5) }
        let down = Picture(width: 640, height: 400) { _, y in UInt8(y / 2) }
        for (picture, slope, axis) in [(across, 0.4, 0), (down, 0.5, 1)] {
            let draft = FramePool.standalone(header(640, 400, .gray8))
            try rectifier.rectify(picture.frame, side: .right, into: draft)
            let pixels = draft.seal().withUnsafeBytes { Array($0) }
            for y in stride(from: 0, to: 400, by: 7) {
                for x in stride(from: 0, to: 640, by: 11) {
                    let raw = try #require(rectifier.rawPoint(SIMD2(Double(x), Double(y)), side: .right))
                    let limit = SIMD2(639.0, 399.0)
                    let source = min(max(raw[axis], 0), limit[axis])
                    // The ramp has steps of a whole grey value, so it can be off by one from the straight line.
                    #expect(abs(Double(pixels[y * 640 + x]) - slope * source) <= 1.01, "\(x) \(y) axis \(axis)")
                }
            }
        }
    }

    @Test func idealCamerasAreLeftAlone() throws {
        let ideal = Self.ideal
        for (width, height) in [(1280, 800), (640, 400), (1280, 720)] {
            let rectifier = try Rectifier(calibration: ideal, width: width, height: height)
            #expect(rectifier.isIdentity && rectifier.baselineMillimetres == 75)
            let picture = Picture.dots(width: width, height: height, seed: 3)
            let draft = FramePool.standalone(header(width, height, .gray8))
            try rectifier.rectify(picture.frame, side: .left, into: draft)
            #expect(Picture(draft.seal()).pixels == picture.pixels)
        }
    }

    @Test func aSmallerFrameHasAScaledCameraAndACropItsOwnRows() throws {
        let ideal = Self.ideal
        let half = try Rectifier(calibration: ideal, width: 640, height: 400).rectifiedModel
        #expect(abs(half.fx - ideal.right.fx / 2) < 1e-9 && half.cy == 199.5)
        // gen1: 720 rows from the top of 800 leave the optical centre at row 400 (399.5), from the middle 40 rows higher.
        #expect(try Rectifier(calibration: ideal, width: 1280, height: 720).rectifiedModel.cy == 399.5)
        #expect(try Rectifier(calibration: ideal, width: 1280, height: 720, crop: .center).rectifiedModel.cy == 359.5)
    }

    @Test func framesOfAnotherShapeAreRefused() throws {
        let ideal = Self.ideal
        for (width, height) in [(1280, 960), (640, 299), (640, 480)] {
            #expect(throws: StereoError.shape(width: width, height: height, calibratedWidth: 1280, calibratedHeight: 800)) {
                try Rectifier(calibration: ideal, width: width, height: height)
            }
        }
        for (width, height) in [(0, 0), (63, 400), (5000, 400), (640, .max)] {
            #expect(throws: StereoError.pictureSize(width: width, height: height, allowed: "64...4096 by 16...4096 pixels")) {
                try Rectifier(calibration: ideal, width: width, height: height)
            }
        }
    }

    @Test func impossibleCalibrationsAreRefusedByName() throws {
        let good = StereoCalibration.ideal(width: 640, height: 400, horizontalFieldOfViewDegrees: 70, baselineMillimetres: 75)
        func expectRefusal(_ field: String, _ change: (inout StereoCalibration) -> Void) {
            var calibration = good
            change(&calibration)
            let error = #expect(throws: StereoError.self) { try Rectifier(calibration: calibration, width: 640, height: 400) }
            #expect(error?.description.contains(field) == true, "\(String(describing: error))")
        }
        expectRefusal("left focal length") { $0.left.fx = 0 }
        expectRefusal("right") { $0.right.cx = .nan }
        expectRefusal("left distortion") { $0.left.distortion = [1, 2, 3] }
        expectRefusal("right") { $0.right.distortion = [.infinity, 0, 0, 0, 0] }
        expectRefusal("size") { $0.left.width = 0 }
        expectRefusal("rotation") { $0.rotation = Matrix3([Double](repeating: 0, count: 9)) }
        expectRefusal("rotation") { $0.rotation = Matrix3([-1, 0, 0, 0, -1, 0, 0, 0, 1]) }
        expectRefusal("left rectification") { $0.rectification?.left = Matrix3([Double](repeating: .nan, count: 9)) }
        expectRefusal("translation") { $0.translationMillimetres = .zero }
        expectRefusal("swapped") { $0.translationMillimetres = SIMD3(75, 0, 0) }
        expectRefusal("translation") { $0.translationMillimetres = SIMD3(0, -75, 0) }
        expectRefusal("no common view") {
            $0.rectification = nil
            $0.rotation = Matrix3([0.6, 0, 0.8, 0, 1, 0, -0.8, 0, 0.6])
        }
    }

    @Test func picturesOfAnotherSizeAreRefused() throws {
        let rectifier = try Rectifier(calibration: Self.ideal, width: 640, height: 400)
        #expect(
            throws: StereoError.size(picture: "raw", expectedWidth: 640, expectedHeight: 400, foundWidth: 64, foundHeight: 40)
        ) {
            let small = Picture.dots(width: 64, height: 40, seed: 1).frame
            try rectifier.rectify(small, side: .left, into: FramePool.standalone(header(640, 400, .gray8)))
        }
        #expect(throws: StereoError.format(picture: "rectified", expected: .gray8, found: .bgr24)) {
            let frame = Picture.dots(width: 640, height: 400, seed: 1).frame
            try rectifier.rectify(frame, side: .left, into: FramePool.standalone(header(640, 400, .bgr24)))
        }
    }
}
