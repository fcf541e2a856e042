// SPDX-License-Identifier: Apache-2.0
import Core
import Fusion
import Testing

@Suite struct DepthFusionTests {
    private func locate(
        _ detection: Detection, in frame: Frame, settings: FusionSettings = .standard, mapping: DepthMapping = .sameView
    ) -> Detection {
        var fusion = DepthFusion(settings: settings, mapping: mapping, depthModel: DepthScene.model)
        var detections = [detection]
        fusion.locate(&detections, depth: frame)
        return detections[0]
    }

    @Test func thePositionFollowsFromTheBoxesCentreAndTheIntrinsics() throws {
        let frame = DepthScene.frame { _, _ in 2500 }
        for (left, top) in [(0.0, 0.0), (0.1, 0.7), (0.45, 0.45), (0.8, 0.2)] as [(Float, Float)] {
            let found = locate(DepthScene.detection(left, top, left + 0.2, top + 0.3), in: frame)
            let position = try #require(found.position)
            let u = Double(left + 0.1) * 640 - 0.5
            let v = Double(top + 0.15) * 400 - 0.5
            #expect(position.z == 2500)
            #expect(abs(Double(position.x) - (u - 319.5) * 2500 / 441) < 0.1)
            #expect(abs(Double(position.y) + (v - 199.5) * 2500 / 441) < 0.1)
        }
    }

    @Test func rightIsPositiveAndUpIsPositive() throws {
        let frame = DepthScene.frame { _, _ in 1000 }
        let position = try #require(locate(DepthScene.detection(0.7, 0.1, 0.9, 0.3), in: frame).position)
        #expect(position.x > 0 && position.y > 0)
    }

    @Test func onlyTheCentralPartOfTheBoxIsRead() throws {
        // A box of 80×80 pixels: the central half is 40×40.
        let frame = DepthScene.frame { x, y in (300..<340).contains(x) && (180..<220).contains(y) ? 1000 : 9000 }
        let box = DepthScene.detection(280 / 640, 160 / 400, 360 / 640, 240 / 400)
        let found = locate(box, in: frame)
        #expect(found.position?.z == 1000)
        #expect(found.evidence == RangeEvidence(pixels: 1600, standardErrorMillimetres: 0))
        let whole = try FusionSettings(paddingFactor: 1, statistic: .mean)
        #expect(locate(box, in: frame, settings: whole).position?.z == 7000)
        let fusion = DepthFusion(mapping: .sameView, depthModel: DepthScene.model)
        #expect(fusion.region(of: box, width: 640, height: 400) == DepthRegion(x: 300, y: 180, width: 40, height: 40))
    }

    @Test func theLimitsAreStrictAndUnknownNeverCounts() throws {
        let settings = try FusionSettings(paddingFactor: 1, depthLimitMillimetres: 65_535, lowerLimitMillimetres: 100)
        let box = DepthScene.detection(0, 0, 1, 1)
        for (value, counts) in [(100, false), (101, true), (65_534, true), (65_535, false), (0, false)] as [(UInt16, Bool)] {
            let found = locate(box, in: DepthScene.frame { _, _ in value }, settings: settings)
            #expect((found.position != nil) == counts, "\(value) mm")
            #expect((found.evidence != nil) == counts)
        }
        let half = DepthScene.frame { x, _ in x % 2 == 0 ? Depth.unknown : 3000 }
        let found = locate(box, in: half, settings: settings)
        #expect(found.position?.z == 3000)
        #expect(found.evidence?.pixels == 640 * 400 / 2)
    }

    @Test func eachStatisticSaysWhatItsNameSays() throws {
        // Of each hundred pixels 10 are 1000, 50 are 2000 or 2004, 40 are 4000.
        let frame = DepthScene.frame { x, y in
            switch (x * 7 + y * 13) % 100 {
            case 0..<10: 1000
            case 10..<35: 2000
            case 35..<60: 2004
            default: 4000
            }
        }
        for (statistic, expected) in [
            (.minimum, 1000), (.maximum, 4000), (.median, 2004), (.mean, 2701), (.mode, 2002),
        ] as [(DepthStatistic, Float)] {
            let settings = try FusionSettings(paddingFactor: 1, statistic: statistic)
            let found = locate(DepthScene.detection(0, 0, 1, 1), in: frame, settings: settings)
            #expect(abs((found.position?.z ?? 0) - expected) < 0.6, "\(statistic)")
        }
    }

    @Test func theStandardErrorShrinksWithTheRootOfThePixels() throws {
        // Even values 1900...2099: quartiles at 1950 and 2050. Forty pixels count as one.
        let frame = DepthScene.frame { x, y in UInt16(1900 + (x * 31 + y * 17) % 200) }
        let settings = try FusionSettings(paddingFactor: 1)
        let evidence = try #require(locate(DepthScene.detection(0, 0, 1, 1), in: frame, settings: settings).evidence)
        let expected = 100 / 1.349 / (256_000 / 40.0).squareRoot()
        #expect(abs(Double(evidence.standardErrorMillimetres) - expected) < 0.01)
        // With a baseline the matcher's own error is added: 0.11 px at 2 m are 2000²/(441·75)·0.11 mm.
        var fusion = DepthFusion(settings: settings, mapping: .sameView, depthModel: DepthScene.model, baselineMillimetres: 75)
        var detections = [DepthScene.detection(0, 0, 1, 1)]
        fusion.locate(&detections, depth: frame)
        let whole = Double(try #require(detections[0].evidence).standardErrorMillimetres)
        let common = 2000.0 * 2000 / (441 * 75) * 0.11
        #expect(abs(whole - (expected * expected + common * common).squareRoot()) < 0.05)
    }

    @Test func onlyConfidentDetectionsGetCoordinates() {
        let frame = DepthScene.frame { _, _ in 1500 }
        #expect(locate(DepthScene.detection(0, 0, 1, 1, confidence: 0.5), in: frame).position != nil)
        #expect(locate(DepthScene.detection(0, 0, 1, 1, confidence: 0.49), in: frame).position == nil)
        #expect(locate(DepthScene.detection(0, 0, 1, 1, confidence: .nan), in: frame).position == nil)
        var stale = DepthScene.detection(0, 0, 1, 1, confidence: 0.1)
        stale.position = PositionMillimetres(x: 1, y: 2, z: 3)
        #expect(locate(stale, in: frame).position == nil)
    }

    @Test func boxesThatMissThePictureAreLeftWithoutAPosition() {
        let frame = DepthScene.frame { _, _ in 1500 }
        let bad: [(Float, Float, Float, Float)] = [
            (.nan, .nan, .nan, .nan), (0.5, 0.5, 0.5, 0.5), (0.6, 0.6, 0.4, 0.4), (1.5, 0, 2, 1), (-2, 0, -1, 1),
            (0, .nan, 1, .nan),
        ]
        for box in bad { #expect(locate(DepthScene.detection(box.0, box.1, box.2, box.3), in: frame).position == nil) }
        #expect(locate(DepthScene.detection(-.infinity, -.infinity, .infinity, .infinity), in: frame).position != nil)
        #expect(locate(DepthScene.detection(0.5, 0.5, 0.50001, 0.50001), in: frame).evidence?.pixels == 1)
        #expect(locate(DepthScene.detection(0, 0, 1, 1), in: DepthScene.frame(format: .gray8) { _, _ in 0 }).position == nil)
    }

    @Test func aDepthPictureOfHalfTheSizeGivesTheSamePosition() throws {
        let box = DepthScene.detection(0.6, 0.2, 0.8, 0.4)
        let full = try #require(locate(box, in: DepthScene.frame { _, _ in 2000 }).position)
        let half = try #require(locate(box, in: DepthScene.frame(width: 320, height: 200) { _, _ in 2000 }).position)
        #expect(abs(full.x - half.x) < 0.01 && abs(full.y - half.y) < 0.01)
    }

    @Test func gen1MapsTheDocumentedExample() throws {
        let square = try NetworkToDepth.derived(
            colorFieldOfViewDegrees: 68.7938, monoFieldOfViewDegrees: 71.86, keepAspect: true)
        #expect(square == NetworkToDepth(offsetX: 299, offsetY: 59, width: 681, height: 681))
        let whole = try NetworkToDepth.derived(
            colorFieldOfViewDegrees: 68.7938, monoFieldOfViewDegrees: 71.86, keepAspect: false)
        #expect(whole.offsetX == 35 && whole.width == 1209)
        #expect(throws: FusionError.self) {
            try NetworkToDepth.derived(colorFieldOfViewDegrees: .nan, monoFieldOfViewDegrees: 71.86, keepAspect: true)
        }
    }

    @Test func gen1ReadsWhereItsMapPoints() throws {
        let model = CameraModel.ideal(width: 1280, height: 720, horizontalFieldOfViewDegrees: 71.86)
        let map = NetworkToDepth(offsetX: 299, offsetY: 59, width: 681, height: 681)
        var fusion = DepthFusion(settings: .gen1, mapping: .gen1(map), depthModel: model)
        let box = DepthScene.detection(0, 0, 0.5, 0.5)
        // Central 30 % of a box of 340.5 pixels at (299, 59): 418.175...520.325 and 178.175...280.325.
        #expect(fusion.region(of: box, width: 1280, height: 720) == DepthRegion(x: 418, y: 178, width: 102, height: 102))
        var detections = [box]
        fusion.locate(
            &detections,
            depth: DepthScene.frame(width: 1280, height: 720) { x, y in
                (418..<520).contains(x) && (178..<280).contains(y) ? 1234 : 5000
            })
        #expect(detections[0].position?.z == 1234)
    }

    @Test func settingsOutOfRangeAreRefusedByName() {
        let tries: [(String, () throws -> FusionSettings)] = [
            ("paddingFactor", { try FusionSettings(paddingFactor: 1.1) }),
            ("paddingFactor", { try FusionSettings(paddingFactor: .nan) }),
            ("depthLimitMillimetres", { try FusionSettings(depthLimitMillimetres: 0) }),
            ("lowerLimitMillimetres", { try FusionSettings(depthLimitMillimetres: 500, lowerLimitMillimetres: 500) }),
            ("confidenceThreshold", { try FusionSettings(confidenceThreshold: -0.1) }),
        ]
        for (field, make) in tries {
            let error = #expect(throws: FusionError.self) { try make() }
            #expect(error?.description.hasPrefix("\(field) is ") == true)
        }
    }
}
