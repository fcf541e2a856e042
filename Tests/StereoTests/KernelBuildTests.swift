// SPDX-License-Identifier: Apache-2.0
import Core
import Stereo
import TestSupport
import Testing

/// Every build of the kernels gives exactly what the plain matcher gives.
struct KernelBuildTests {
    /// A scene with a step in depth, noise in both pictures and some flat ground.
    private static func scene(width: Int, height: Int, seed: UInt64) -> (left: Picture, right: Picture) {
        var right = Picture.dots(width: width, height: height, seed: seed)
        for index in right.pixels.indices where index % width < width / 5 { right.pixels[index] = 90 }
        var left = right.seenFromLeft(seed: seed + 1) { $0 < height / 2 ? 7 : 31 }
        var dice = SeededRandom(seed + 2)
        for index in left.pixels.indices where Int.random(in: 0..<4, using: &dice) == 0 {
            left.pixels[index] = UInt8.random(in: 0...255, using: &dice)
        }
        return (left, right)
    }

    private static func expectSame(_ settings: StereoSettings, _ left: Picture, _ right: Picture) throws {
        let plain = PlainMatcher(settings: settings, left: left, right: right).map()
        for build in KernelBuild.runnable {
            let matcher = try StereoMatcher(width: left.width, height: left.height, settings: settings, build: build)
            let map = try matcher.map(left: left, right: right)
            #expect(map == plain, "\(build), \(settings)")
            #expect(try matcher.map(left: left, right: right) == plain, "\(build), second frame")
        }
    }

    @Test(arguments: [64, 96, 128, 192])
    func everyBuildGivesThePlainMatchersBytesForEveryDisparityRange(_ disparities: Int) throws {
        let scene = Self.scene(width: 211, height: 33, seed: UInt64(disparities))
        try Self.expectSame(try StereoSettings(disparities: disparities), scene.left, scene.right)
    }

    @Test(arguments: [64, 65, 79, 96, 97, 127, 130])
    func everyBuildGivesThePlainMatchersBytesForOddWidths(_ width: Int) throws {
        let scene = Self.scene(width: width, height: 21, seed: UInt64(width))
        try Self.expectSame(try StereoSettings(disparities: 128, speckleSize: 6), scene.left, scene.right)
    }

    @Test func everyBuildGivesThePlainMatchersBytesForEverySetting() throws {
        let scene = Self.scene(width: 150, height: 40, seed: 5)
        let all = [
            try StereoSettings(leftRightCheck: false, uniqueness: 0, medianKernel: 0, speckleSize: 0),
            try StereoSettings(leftRightCheck: false, medianKernel: 5),
            try StereoSettings(uniqueness: 0, medianKernel: 7, subpixel: false),
            try StereoSettings(uniqueness: 40, confidenceThreshold: 215, medianKernel: 0, speckleSize: 20, speckleRange: 1),
            try StereoSettings(uniqueness: 100),
        ]
        for settings in all { try Self.expectSame(settings, scene.left, scene.right) }
    }

    @Test(.enabled(if: SharedData.isRequired))
    func everyBuildGivesThePlainMatchersBytesOnARealPair() throws {
        let scene = try Scene(name: "mb2003_cones")
        try Self.expectSame(try StereoSettings(disparities: 64, medianKernel: 5), scene.left, scene.right)
    }
}
