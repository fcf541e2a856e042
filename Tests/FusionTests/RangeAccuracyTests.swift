// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Foundation
import Fusion
import Stereo
import TestSupport
import Testing

/// From pictures to millimetres: the matcher and the fusion together, against distances that are known.
struct RangeAccuracyTests {
    private struct Reading {
        /// Signed, as a part of the true distance.
        var error: Double
        /// The stated standard error, the same way.
        var stated: Double
    }

    private static func readings(_ distance: Double, scale: Int, draws: Int = 6) throws -> [Reading] {
        try [RenderedStereo.Shape.person, .box].flatMap { shape in
            try (0..<draws).map { draw in
                let scene = try RenderedStereo(shape, distance: distance, scale: scale, draw: draw)
                var fusion = DepthFusion(
                    mapping: .sameView, depthModel: scene.model, baselineMillimetres: RenderedStereo.baseline)
                var detections = [Detection(label: 0, confidence: 0.9, box: scene.box)]
                fusion.locate(&detections, depth: scene.depth)
                let z = Double(try #require(detections[0].position).z)
                let stated = Double(try #require(detections[0].evidence).standardErrorMillimetres)
                return Reading(error: (z - distance) / distance, stated: stated / distance)
            }
        }
    }

    @Test(arguments: [(1000.0, 0.01), (1370, 0.01), (2000, 0.01), (3000, 0.02), (4000, 0.02), (5000, 0.035), (7000, 0.035)])
    func at640x400PersonsAndBoxesAreMeasuredWithin(distance: Double, limit: Double) throws {
        let errors = try Self.readings(distance, scale: 1).map { abs($0.error) }
        #expect((errors.max() ?? 1) <= limit, "\(distance) mm: \(errors)")
    }

    @Test(arguments: [(1000.0, 0.01), (2000, 0.01), (4000, 0.01), (5000, 0.02), (7000, 0.02)])
    func at1280x800PersonsAndBoxesAreMeasuredWithin(distance: Double, limit: Double) throws {
        let errors = try Self.readings(distance, scale: 2, draws: 3).map { abs($0.error) }
        #expect((errors.max() ?? 1) <= limit, "\(distance) mm: \(errors)")
    }

    /// Two thirds of the errors are within the stated one, nearly all within twice as much; nor is it overstated.
    @Test func theStatedErrorCoversTheTrueOne() throws {
        var ratios: [Double] = []
        for distance in [1200.0, 1900, 2700, 3600, 4700, 6100] {
            let readings = try Self.readings(distance, scale: 1, draws: 6)
            ratios += readings.map { abs($0.error) / $0.stated }
        }
        let within1 = Double(ratios.count { $0 <= 1 }) / Double(ratios.count)
        let within2 = Double(ratios.count { $0 <= 2 }) / Double(ratios.count)
        #expect((0.6...0.95).contains(within1), "\(within1) within one standard error")
        #expect(within2 >= 0.93, "\(within2) within two")
    }

    /// 420 regions of seven Middlebury scenes in which the truth has one distance (10 to 90 % within 8 %).
    @Test(.enabled(if: SharedData.isRequired)) func coherentRegionsOfRealScenesAreMeasured() throws {
        var errors: [Double] = []
        var ratios: [Double] = []
        var empty = 0
        for (index, (name, infinity)) in MiddleburyScene.all.enumerated() {
            let scene = try MiddleburyScene(name, infinity: infinity)
            var dice = SeededRandom(UInt64(40 + index))
            var found = 0
            while found < 60 {
                guard let (box, truth) = scene.region(&dice) else { continue }
                found += 1
                var fusion = DepthFusion(
                    settings: try FusionSettings(depthLimitMillimetres: 65_535), mapping: .sameView, depthModel: scene.model,
                    baselineMillimetres: MiddleburyScene.baseline)
                var detections = [Detection(label: 0, confidence: 0.9, box: box)]
                fusion.locate(&detections, depth: scene.depth)
                guard let position = detections[0].position, let evidence = detections[0].evidence else {
                    empty += 1
                    continue
                }
                let error = abs(Double(position.z) - truth) / truth
                errors.append(error)
                // The other scenes' truth is itself rounded to a third or a quarter of a pixel.
                if name == "mb2014_motorcycle" { ratios.append(error * truth / Double(evidence.standardErrorMillimetres)) }
            }
        }
        errors.sort()
        let (median, percentile95) = (errors[errors.count / 2], errors[errors.count * 95 / 100])
        let within2 = Double(ratios.count { $0 <= 2 }) / Double(ratios.count)
        #expect(errors.count == 420 && empty == 0)
        #expect(median <= 0.0025 && percentile95 <= 0.012, "median \(median), 95 % \(percentile95)")
        #expect(within2 >= 0.93, "\(within2) within two standard errors")
    }
}
