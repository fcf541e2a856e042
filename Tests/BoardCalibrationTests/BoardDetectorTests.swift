// SPDX-License-Identifier: Apache-2.0
import BoardCalibration
import Core
import TestSupport
import Testing

/// Rendered boards, whose corners are known to the last digit.
struct BoardDetectorTests {
    private static let camera = CameraModel(
        width: 640, height: 400, fx: 441, fy: 441, cx: 319.5, cy: 199.5, distortion: [-0.05, 0.03, 0.0005, -0.0003, 0])

    private func distances(_ found: [SIMD2<Double>], _ true: [SIMD2<Double>]) -> [Double] {
        zip(found, `true`).map { (($0 - $1) * ($0 - $1)).sum().squareRoot() }.sorted()
    }

    /// Held straight, turned in every way, tilted, near, far, off the middle.
    @Test(arguments: [
        (0.0, 0.0, 0.0, SIMD3(0.0, 0, 450)), (0, 0, 37, SIMD3(20, 10, 520)), (0, 0, 90, SIMD3(0, 0, 650)),
        (0, 0, 180, SIMD3(0, 0, 450)), (0, 0, -115, SIMD3(-40, 0, 700)), (45, 0, 0, SIMD3(0, 0, 450)),
        (-40, 30, 12, SIMD3(0, 0, 480)), (0, 50, -8, SIMD3(60, -20, 500)), (20, -45, 200, SIMD3(-50, 30, 520)),
        (10, 10, 5, SIMD3(0, 0, 330)), (5, -12, 3, SIMD3(-200, 100, 900)), (15, 20, -30, SIMD3(100, -60, 1000)),
    ])
    func everyCornerIsFoundInOrderWithinATwentiethOfAPixel(x: Double, y: Double, z: Double, middle: SIMD3<Double>) throws {
        var board = RenderedBoard(camera: Self.camera, rotation: RenderedBoard.turned(x, y, z), middle: middle)
        board.noise = 2
        let pattern = try BoardPattern(columns: 9, rows: 6, squareMillimetres: 25)
        let found = try BoardDetector(pattern).corners(in: board.frame())
        let errors = distances(found, board.corners)
        #expect(errors[27] < 0.05 && errors[53] < 0.2, "median \(errors[27]), worst \(errors[53])")
    }

    @Test func aLargePictureAndAWeakOneAreReadToo() throws {
        let camera = CameraModel(width: 1280, height: 800, fx: 883, fy: 883, cx: 639.5, cy: 399.5)
        let pattern = try BoardPattern(columns: 7, rows: 5, squareMillimetres: 40)
        var board = RenderedBoard(
            camera: camera, columns: 7, rows: 5, square: 40, rotation: RenderedBoard.turned(20, -25, 10),
            middle: SIMD3(30, 0, 480))
        (board.dark, board.bright, board.noise) = (70, 110, 2)
        let errors = distances(try BoardDetector(pattern).corners(in: board.frame()), board.corners)
        // 7x5 looks the same turned by 180°; held upright it is read from the upper left.
        #expect(errors[17] < 0.1, "median \(errors[17])")
    }

    @Test func aBoardThatIsCutOffIsCalledPartial() throws {
        let pattern = try BoardPattern(columns: 9, rows: 6, squareMillimetres: 25)
        let board = RenderedBoard(camera: Self.camera, rotation: RenderedBoard.turned(5, 5, 0), middle: SIMD3(260, 0, 450))
        let error = #expect(throws: BoardCalibrationError.self) { try BoardDetector(pattern).corners(in: board.frame()) }
        guard case .partial(_, _, let corners, of: 54) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect((12..<54).contains(corners))
    }

    @Test func anotherBoardIsCalledAnotherBoard() throws {
        let board = RenderedBoard(camera: Self.camera, rotation: RenderedBoard.turned(5, 5, 3), middle: SIMD3(0, 0, 450))
        for (columns, rows) in [(8, 6), (9, 5), (5, 5), (3, 3)] {
            let pattern = try BoardPattern(columns: columns, rows: rows, squareMillimetres: 25)
            #expect(throws: BoardCalibrationError.larger(columns: 9, rows: 6)) {
                try BoardDetector(pattern).corners(in: board.frame())
            }
        }
        let larger = try BoardPattern(columns: 10, rows: 7, squareMillimetres: 25)
        #expect(throws: BoardCalibrationError.partial(columns: 9, rows: 6, corners: 54, of: 70)) {
            try BoardDetector(larger).corners(in: board.frame())
        }
    }

    @Test func picturesWithoutABoardAreRefused() throws {
        let pattern = try BoardPattern(columns: 9, rows: 6, squareMillimetres: 25)
        let detector = BoardDetector(pattern)
        var random = SeededRandom(5)
        for value in [{ _ in UInt8(90) }, { (_: Int) in UInt8.random(in: 0...255, using: &random) }] as [(Int) -> UInt8] {
            let draft = FramePool.standalone(header(320, 240))
            draft.withUnsafeMutableBytes { for index in 0..<320 * 240 { $0[index] = value(index) } }
            let frame = draft.seal()
            #expect(throws: BoardCalibrationError.self) { try detector.corners(in: frame) }
        }
        let tiny = FramePool.standalone(header(20, 20)).seal()
        #expect(throws: BoardCalibrationError.picture("it is 20x20; each side must have 64 to 8192 pixels")) {
            try detector.corners(in: tiny)
        }
    }

    @Test func boardsThatCannotBeAreRefused() {
        #expect(throws: BoardCalibrationError.self) { try BoardPattern(columns: 2, rows: 6, squareMillimetres: 25) }
        #expect(throws: BoardCalibrationError.self) { try BoardPattern(columns: 9, rows: 41, squareMillimetres: 25) }
        #expect(throws: BoardCalibrationError.self) { try BoardPattern(columns: 9, rows: 6, squareMillimetres: .nan) }
    }
}
