// SPDX-License-Identifier: Apache-2.0
import Core
import Stereo
import Testing

/// Everything the room refuses, and that the message says what would be right.
struct RefusalTests {
    private func expectRefusal(of name: String, _ make: () throws(StereoError) -> StereoSettings) {
        let error = #expect(throws: StereoError.self) { try make() }
        #expect(error?.description.contains("stereo setting \(name) is") == true, "\(String(describing: error))")
    }

    @Test func aSettingOutsideItsRangeIsNamed() {
        expectRefusal(of: "disparities") { () throws(StereoError) in try StereoSettings(disparities: 80) }
        expectRefusal(of: "uniqueness") { () throws(StereoError) in try StereoSettings(filter: .init(uniqueness: 101)) }
        expectRefusal(of: "uniqueness") { () throws(StereoError) in try StereoSettings(filter: .init(uniqueness: -1)) }
        expectRefusal(of: "confidenceThreshold") { () throws(StereoError) in
            try StereoSettings(filter: .init(confidenceThreshold: 256))
        }
        expectRefusal(of: "medianKernel") { () throws(StereoError) in try StereoSettings(filter: .init(medianKernel: 4)) }
        expectRefusal(of: "medianKernel") { () throws(StereoError) in try StereoSettings(filter: .init(medianKernel: 9)) }
        expectRefusal(of: "paths") { () throws(StereoError) in try StereoSettings(paths: 4) }
        expectRefusal(of: "subpixelBits") { () throws(StereoError) in try StereoSettings(subpixelBits: 6) }
        expectRefusal(of: "speckleSize") { () throws(StereoError) in try StereoSettings(filter: .init(speckleSize: 65536)) }
        expectRefusal(of: "speckleRange") { () throws(StereoError) in try StereoSettings(filter: .init(speckleRange: 0)) }
        expectRefusal(of: "speckleRange") { () throws(StereoError) in try StereoSettings(filter: .init(speckleRange: .max)) }
    }

    @Test func theDefaultsAreTheDocumentedOnes() throws {
        let settings = try StereoSettings()
        #expect(settings.disparities == 96 && settings.filter.leftRightCheck && settings.filter.uniqueness == 8)
        #expect(settings.kernel == .fiveByFive && !settings.prefilter && settings.paths == 3 && !settings.extended)
        #expect(settings.subpixelBits == 4 && settings.unitsPerPixel == 16)
        #expect(settings.filter.confidenceThreshold == 0 && settings.filter.medianKernel == 5)
        #expect(settings.filter.speckleSize == 100 && settings.filter.speckleRange == 1)
    }

    @Test(arguments: [(63, 100), (2049, 100), (100, 15), (100, 2049), (-1, -1), (.max, .max)])
    func aMatcherForAnImpossibleSizeIsRefused(_ width: Int, _ height: Int) throws {
        let settings = try StereoSettings()
        #expect(throws: StereoError.pictureSize(width: width, height: height, allowed: "64...2048 by 16...2048 pixels")) {
            try StereoMatcher(width: width, height: height, settings: settings)
        }
    }

    @Test func picturesOfAnotherSizeOrFormatAreNamed() throws {
        let matcher = try StereoMatcher(width: 64, height: 16, settings: try StereoSettings())
        let good = Picture.dots(width: 64, height: 16, seed: 1).frame
        let small = Picture.dots(width: 63, height: 16, seed: 1).frame
        let color = FramePool.standalone(header(64, 16, .bgr24)).seal()
        #expect(throws: StereoError.format(picture: "right", expected: .gray8, found: .bgr24)) {
            try matcher.match(left: good, right: color, into: FramePool.standalone(header(64, 16, .disparity16)))
        }
        #expect(
            throws: StereoError.size(picture: "left", expectedWidth: 64, expectedHeight: 16, foundWidth: 63, foundHeight: 16)
        ) {
            try matcher.match(left: small, right: good, into: FramePool.standalone(header(64, 16, .disparity16)))
        }
        #expect(throws: StereoError.format(picture: "disparity", expected: .disparity16, found: .depth16)) {
            try matcher.match(left: good, right: good, into: FramePool.standalone(header(64, 16, .depth16)))
        }
        #expect(throws: StereoError.self) {
            try matcher.match(left: good, right: good, into: FramePool.standalone(header(64, 15, .disparity16)))
        }
    }

    @Test func depthAndColourRefuseOtherPictures() throws {
        let disparity = disparityFrame(width: 4, height: 2, Array(repeating: 16, count: 8))
        let gray = Picture.dots(width: 4, height: 2, seed: 1).frame
        let converter = try DepthConverter(focalPixels: 400, baselineMillimetres: 75)
        #expect(throws: StereoError.format(picture: "disparity", expected: .disparity16, found: .gray8)) {
            try converter.convert(disparity: gray, into: FramePool.standalone(header(4, 2, .depth16)))
        }
        #expect(throws: StereoError.size(picture: "depth", expectedWidth: 4, expectedHeight: 2, foundWidth: 2, foundHeight: 2)) {
            try converter.convert(disparity: disparity, into: FramePool.standalone(header(2, 2, .depth16)))
        }
        #expect(throws: StereoError.format(picture: "bgr24", expected: .bgr24, found: .gray8)) {
            try DisparityPicture.color(disparity, into: FramePool.standalone(header(4, 2, .gray8)))
        }
        #expect(throws: StereoError.format(picture: "disparity8", expected: .disparity8, found: .gray8)) {
            try DisparityPicture.bytes(disparity, into: FramePool.standalone(header(4, 2, .gray8)))
        }
        for bad in [0, -1, .infinity, .nan] as [Double] {
            #expect(throws: StereoError.self) { try DepthConverter(focalPixels: bad, baselineMillimetres: 75) }
            #expect(throws: StereoError.self) { try DepthConverter(focalPixels: 400, baselineMillimetres: bad) }
        }
    }
}
