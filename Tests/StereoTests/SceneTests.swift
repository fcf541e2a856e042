// SPDX-License-Identifier: Apache-2.0
import Core
import Stereo
import TestSupport
import Testing

/// Accuracy on the Middlebury scenes of the shared data, at the size they come in.
@Suite(.enabled(if: SharedData.isRequired)) struct SceneTests {
    private static let scenes: [(name: String, disparities: Int)] = [
        ("mb2003_cones", 64), ("mb2003_teddy", 64), ("mb2005_art", 96), ("mb2005_books", 96), ("mb2005_dolls", 96),
        ("mb2006_wood2", 128), ("mb2014_motorcycle", 96),
    ]

    private static func score(_ name: String, _ disparities: Int) throws -> Score {
        let scene = try Scene(name: name)
        let settings = try StereoSettings(disparities: disparities)
        let matcher = try StereoMatcher(width: scene.right.width, height: scene.right.height, settings: settings)
        return scene.score(try matcher.map(left: scene.left, right: scene.right), disparities: disparities)
    }

    @Test func theSevenScenesReachTheBars() throws {
        let scores = try Self.scenes.map { try Self.score($0.name, $0.disparities) }
        func mean(_ value: (Score) -> Double) -> Double { scores.reduce(0) { $0 + value($1) } / Double(scores.count) }
        #expect(mean(\.density) >= 95, "\(mean(\.density))")
        #expect(mean(\.bad2) <= 3, "\(mean(\.bad2))")
        #expect(mean(\.bad1) <= 6.5, "\(mean(\.bad1))")
        #expect(mean(\.hiddenFilled) <= 15, "\(mean(\.hiddenFilled))")
        for (scene, score) in zip(Self.scenes, scores) {
            #expect(score.density >= 90 && score.bad2 <= 6, "\(scene.name): \(score)")
        }
    }

    /// At 2 m (441 px focal length, 75 mm) the disparity is 16.5 px: 0.1 px would be 0.6 %.
    @Test func fractionsOfAPixelAreTrueOnTheMotorcycle() throws {
        let score = try Self.score("mb2014_motorcycle", 96)
        #expect(abs(score.bias) <= 0.05, "\(score)")
        #expect(score.inlierError <= 0.22, "\(score)")
        #expect(score.density >= 95 && score.bad2 <= 2.5, "\(score)")
    }
}
