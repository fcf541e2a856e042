// SPDX-License-Identifier: Apache-2.0
import Core
import Stereo
import Testing

struct DepthTests {
    @Test func gen1sCheckHoldsFourCentimetresAndSixtyPixelsAre588Millimetres() throws {
        let camera = CameraModel.ideal(width: 1280, height: 800, horizontalFieldOfViewDegrees: 71.86)
        let converter = try DepthConverter(focalPixels: camera.fx, baselineMillimetres: 40)
        #expect(converter.millimetres(disparity: 60 * 16) == 588)
    }

    @Test func sixteenthsOfAPixelCount() throws {
        let converter = try DepthConverter(focalPixels: 440, baselineMillimetres: 75)
        let values: [UInt16] = [0, 1, 8, 9, 264, 265, 3071, .max]
        let draft = FramePool.standalone(header(4, 2, .depth16))
        try converter.convert(disparity: disparityFrame(width: 4, height: 2, values), into: draft)
        // 33000 px·mm: 33000 · 16 / 8 = 66000 is over the scale, / 9 = 58666.7, / 264 = 2000, / 265 = 1992.5.
        let depth = draft.seal().withUnsafeUInt16 { Array($0) }
        #expect(depth == [Depth.unknown, Depth.unknown, Depth.unknown, 58666, 2000, 1992, 171, 8])
    }

    @Test func theDisparityStreamHasRoundedPixelsAndKeepsKnownApartFromUnknown() throws {
        let values: [UInt16] = [0, 1, 7, 24, 23, 95 * 16, 192 * 16, .max]
        let draft = FramePool.standalone(header(4, 2, .disparity8))
        try DisparityPicture.bytes(disparityFrame(width: 4, height: 2, values), into: draft)
        #expect(draft.seal().withUnsafeBytes { Array($0) } == [0, 1, 1, 2, 1, 95, 192, 255])
    }

    @Test func theColoursAreThoseOfGen1() throws {
        // Blue, green, red of the corners of the table in the gen1 sources.
        let expected: [(UInt16, [UInt8])] = [
            (0, [0, 0, 0]), (1, [110, 0, 0]), (15, [250, 0, 0]), (16, [255, 0, 0]), (17, [255, 10, 0]), (41, [255, 250, 0]),
            (42, [255, 255, 0]), (43, [245, 255, 10]), (67, [5, 255, 250]), (68, [0, 245, 255]), (92, [0, 5, 255]),
            (93, [0, 0, 245]), (95, [0, 0, 225]), (96, [0, 0, 225]), (4000, [0, 0, 225]),
        ]
        let draft = FramePool.standalone(header(expected.count, 1, .bgr24))
        let disparity = disparityFrame(width: expected.count, height: 1, expected.map { $0.0 * 16 })
        try DisparityPicture.color(disparity, into: draft)
        #expect(draft.seal().withUnsafeBytes { Array($0) } == expected.flatMap { $0.1 })
    }
}
