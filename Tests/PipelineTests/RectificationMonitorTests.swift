// SPDX-License-Identifier: Apache-2.0
import Core
import Pipeline
import TestSupport
import Testing

/// Whether the owner learns that the rows of the two cameras no longer meet.
struct RectificationMonitorTests {
    private static let (width, height, disparity) = (320, 200, 14)

    /// A pair of one moment whose left picture shows everything `rows` lower; without texture when `isBlank`.
    private func pair(seconds: Double, rows: Int, isBlank: Bool = false) throws -> StereoPair {
        let (width, height) = (Self.width, Self.height)
        var dice = SeededRandom(4)
        var noise = (0..<width * height).map { _ in isBlank ? 90 : Int.random(in: 0...255, using: &dice) }
        for step in [1, width] {
            let source = noise
            for index in step..<noise.count - step {
                noise[index] = (source[index - step] + 2 * source[index] + source[index + step]) / 4
            }
        }
        func frame(_ instance: CameraInstance, _ dx: Int, _ dy: Int) throws -> Frame {
            let header = FrameHeader(
                camera: try #require(CameraID("test")), instance: instance, sequence: Int(seconds * 10),
                captured: Timestamp(nanoseconds: Int64(seconds * 1e9)), width: width, height: height, format: .gray8)
            let draft = FramePool.standalone(header)
            draft.withUnsafeMutableBytes { pixels in
                for y in 0..<height {
                    for x in 0..<width {
                        pixels[y * width + x] = UInt8(noise[max(0, min(height - 1, y - dy)) * width + max(0, x - dx)])
                    }
                }
            }
            return draft.seal()
        }
        var pairer = StereoPairer(framesPerSecond: 30)
        _ = pairer.add(try frame(.left, Self.disparity, rows))
        return try #require(pairer.add(try frame(.right, 0, 0)))
    }

    @Test func threeLooksThatAgreeRaiseTheAlarmAndGoodOnesEndIt() throws {
        let watch = RectificationMonitor()
        #expect(watch.misalignmentPixels == nil && watch.warning == nil)
        for (look, seconds) in [5.0, 6.1, 7.2].enumerated() {
            #expect(watch.warning == nil, "after \(look) looks")
            try watch.look(at: pair(seconds: seconds, rows: 2), disparities: 64)
            #expect(abs(try #require(watch.misalignmentPixels) - 2) < 0.1)
        }
        let warning = try #require(watch.warning)
        #expect(warning.contains("by 2.0 px") && warning.contains("depthd calibrate"))
        // Between two looks nothing is measured.
        try watch.look(at: pair(seconds: 8, rows: 0), disparities: 64)
        #expect(watch.warning == warning)
        try watch.look(at: pair(seconds: 18, rows: 0), disparities: 64)
        #expect(watch.warning == warning, "one look proves nothing")
        try watch.look(at: pair(seconds: 28.5, rows: 0), disparities: 64)
        #expect(watch.warning == nil)
        #expect(try #require(watch.misalignmentPixels) < 0.1)
    }

    @Test func aSceneWithoutTextureSaysNothing() throws {
        let watch = RectificationMonitor()
        for second in 0..<5 { try watch.look(at: pair(seconds: Double(second), rows: 2, isBlank: true), disparities: 64) }
        #expect(watch.misalignmentPixels == nil && watch.warning == nil)
    }

    @Test func aClockThatRunsBackDoesNotEndTheWatch() throws {
        let watch = RectificationMonitor()
        try watch.look(at: pair(seconds: 500, rows: 0), disparities: 64)
        for seconds in [1.0, 2.1] { try watch.look(at: pair(seconds: seconds, rows: 2), disparities: 64) }
        #expect(try #require(watch.misalignmentPixels) > 1.9)
    }
}
