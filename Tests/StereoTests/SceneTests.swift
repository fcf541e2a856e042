// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Stereo
import TestSupport
import Testing

/// Accuracy on the Middlebury scenes of the shared data at 640×400 and 96 disparities, means over the seven.
@Suite(.enabled(if: SharedData.isRequired)) struct SceneTests {
    private static let scenes = [
        "mb2003_cones", "mb2003_teddy", "mb2005_art", "mb2005_books", "mb2005_dolls", "mb2006_wood2", "mb2014_motorcycle",
    ]

    private static func score(
        _ name: String, _ settings: StereoSettings, spoiled: (inout Picture, inout Picture) -> Void = { _, _ in }
    ) throws -> Score {
        let scene = try Scene(name: name, spoiled: spoiled)
        let matcher = try StereoMatcher(width: Scene.width, height: Scene.height, settings: settings)
        return scene.score(try matcher.map(left: scene.left, right: scene.right), settings)
    }

    private static func means(
        _ settings: StereoSettings, spoiled: (inout Picture, inout Picture) -> Void = { _, _ in }
    ) throws -> Score {
        let scores = try scenes.map { try score($0, settings, spoiled: spoiled) }
        func mean(_ value: (Score) -> Double) -> Double { scores.reduce(0) { $0 + value($1) } / Double(scores.count) }
        return Score(
            density: mean(\.density), bad2: mean(\.bad2), bad2OrUnknown: mean(\.bad2OrUnknown), bad1: mean(\.bad1),
            hiddenFilled: mean(\.hiddenFilled), bias: mean(\.bias), inliers: 0, inlierError: mean(\.inlierError))
    }

    @Test func theDefaultsReachTheBars() throws {
        let score = try Self.means(try StereoSettings())
        #expect(score.density >= 95, "\(score)")
        #expect(score.bad2 <= 2.7, "\(score)")
        #expect(score.bad2OrUnknown <= 7, "\(score)")
        #expect(score.hiddenFilled <= 13, "\(score)")
        #expect(score.bad1 <= 6.5, "\(score)")
    }

    /// At 2 m (441 px focal length, 75 mm) the disparity is 16.5 px: 0.1 px would be 0.6 %.
    @Test func fractionsOfAPixelAreTrueOnTheMotorcycle() throws {
        let score = try Self.score("mb2014_motorcycle", try StereoSettings())
        #expect(abs(score.bias) <= 0.05, "\(score)")
        #expect(score.inlierError <= 0.22, "\(score)")
        let finer = try Self.score("mb2014_motorcycle", try StereoSettings(subpixelBits: 5))
        #expect(finer.inlierError <= score.inlierError, "\(finer)")
        #expect(score.density >= 95 && score.bad2 <= 2 && score.bad1 <= 4, "\(score)")
    }

    @Test func theWidestWindowStandsNoise() throws {
        var seed: UInt64 = 1
        let score = try Self.means(try StereoSettings(kernel: .nineBySeven)) { left, right in
            left.addNoise(5, seed: seed)
            right.addNoise(5, seed: seed + 1)
            seed += 2
        }
        #expect(score.density >= 80, "\(score)")
        #expect(score.bad2 <= 10, "\(score)")
    }

    @Test func aDarkerRightCameraChangesLittle() throws {
        let score = try Self.means(try StereoSettings()) { _, right in
            right.pixels = right.pixels.map { UInt8((Double($0) * 0.8 + 10).rounded()) }
        }
        #expect(score.density >= 93, "\(score)")
        #expect(score.bad2 <= 3, "\(score)")
    }

    /// 6.07 % is what OpenCV's SGBM 3WAY with block 5 has on the same pictures.
    @Test func theWidestWindowAndThePrefilterStandARowBetweenTheCameras() throws {
        let score = try Self.means(try StereoSettings(kernel: .nineBySeven, prefilter: true)) { _, right in
            right = Picture(width: right.width, height: right.height) { [right] x, y in right.clamped(x, y - 1) }
        }
        #expect(score.bad2 <= 1.5 * 6.07, "\(score)")
        #expect(score.density >= 80, "\(score)")
    }

    /// What lies beyond the range of 64 px is found at half the size.
    @Test func theExtendedSearchFindsWhatIsNearerThanTheRange() throws {
        let scene = try Scene(name: "mb2005_art")
        func nearScore(_ extended: Bool) throws -> Score {
            let settings = try StereoSettings(disparities: 64, extended: extended)
            let matcher = try StereoMatcher(width: Scene.width, height: Scene.height, settings: settings)
            return scene.score(try matcher.map(left: scene.left, right: scene.right), settings, truth: 66..<126)
        }
        let (near, without) = (try nearScore(true), try nearScore(false))
        #expect(without.density * (100 - without.bad2) < 100, "\(without)")
        #expect(near.density >= 85 && near.bad2 <= 12, "\(near)")
    }
}

extension Picture {
    /// Adds normally distributed noise (Box and Muller 1958).
    fileprivate mutating func addNoise(_ deviation: Double, seed: UInt64) {
        var dice = SeededRandom(seed)
        for index in pixels.indices {
            let radius = (-2 * log(Double.random(in: Double.leastNonzeroMagnitude...1, using: &dice))).squareRoot()
            let noise = deviation * radius * cos(2 * .pi * Double.random(in: 0..<1, using: &dice))
            pixels[index] = UInt8(min(255, max(0, (Double(pixels[index]) + noise).rounded())))
        }
    }
}
