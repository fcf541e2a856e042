// SPDX-License-Identifier: Apache-2.0
import Core
import Dispatch
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
        try Self.expectSame(try StereoSettings(disparities: 128, filter: .init(speckleSize: 6)), scene.left, scene.right)
    }

    private static let settings: [StereoSettings] = [
        try! StereoSettings(filter: .init(leftRightCheck: false, uniqueness: 0, medianKernel: 0, speckleSize: 0)),
        try! StereoSettings(filter: .init(leftRightCheck: false, medianKernel: 5)),
        try! StereoSettings(subpixelBits: 0, filter: .init(uniqueness: 0, medianKernel: 7)),
        try! StereoSettings(
            filter: .init(uniqueness: 40, confidenceThreshold: 215, medianKernel: 0, speckleSize: 20, speckleRange: 2)),
        try! StereoSettings(filter: .init(uniqueness: 100)),
        try! StereoSettings(kernel: .sevenBySeven, subpixelBits: 3, filter: .init(medianKernel: 3)),
        try! StereoSettings(kernel: .nineBySeven, subpixelBits: 5),
        try! StereoSettings(kernel: .nineBySeven, prefilter: true, paths: 5, filter: .init(uniqueness: 10)),
        try! StereoSettings(prefilter: true, paths: 5, filter: .init(medianKernel: 0)),
        try! StereoSettings(disparities: 64, extended: true, subpixelBits: 5),
        try! StereoSettings(
            disparities: 192, extended: true, kernel: .nineBySeven, subpixelBits: 5, filter: .init(medianKernel: 7)),
    ]

    @Test(arguments: settings)
    func everyBuildGivesThePlainMatchersBytesForEverySetting(_ settings: StereoSettings) throws {
        let scene = Self.scene(width: 151, height: 41, seed: 5)
        try Self.expectSame(settings, scene.left, scene.right)
    }

    /// From 128 rows on pictures are worked on in four bands.
    @Test(arguments: [127, 128, 131])
    func everyBuildGivesThePlainMatchersBytesInBands(_ height: Int) throws {
        let scene = Self.scene(width: 100, height: height, seed: 6)
        try Self.expectSame(try StereoSettings(disparities: 64, paths: 5), scene.left, scene.right)
        try Self.expectSame(try StereoSettings(disparities: 64, extended: true), scene.left, scene.right)
    }

    @Test func theOrderAndNumberOfThreadsOfTheBandsChangeNothing() throws {
        let scene = Self.scene(width: 200, height: 300, seed: 7)
        let matcher = try StereoMatcher(width: 200, height: 300, settings: try StereoSettings(extended: true))
        let inOrder = try matcher.map(left: scene.left, right: scene.right)
        let backwards = try matcher.map(left: scene.left, right: scene.right) { count, band in
            (0..<count).reversed().forEach(band)
        }
        #expect(backwards == inOrder)
        for threads in 1...4 {
            let atOnce = try matcher.map(left: scene.left, right: scene.right) { count, band in
                DispatchQueue.concurrentPerform(iterations: threads) { thread in
                    for index in stride(from: thread, to: count, by: threads) { band(index) }
                }
            }
            #expect(atOnce == inOrder, "\(threads) threads")
        }
    }

    @Test func settingsChangedBetweenFramesActAsIfTheMatcherWereNew() throws {
        let scene = Self.scene(width: 150, height: 140, seed: 8)
        let matcher = try StereoMatcher(width: 150, height: 140, settings: try StereoSettings())
        for settings in Self.settings + Self.settings.reversed() {
            matcher.apply(settings)
            let fresh = try StereoMatcher(width: 150, height: 140, settings: settings)
            let expected = try fresh.map(left: scene.left, right: scene.right)
            #expect(matcher.settings == settings)
            #expect(try matcher.map(left: scene.left, right: scene.right) == expected, "\(settings)")
        }
    }

    @Test(.enabled(if: SharedData.isRequired))
    func everyBuildGivesThePlainMatchersBytesOnARealPair() throws {
        let scene = try Scene(name: "mb2003_cones")
        try Self.expectSame(try StereoSettings(disparities: 64, filter: .init(medianKernel: 5)), scene.left, scene.right)
    }
}
