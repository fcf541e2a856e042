// SPDX-License-Identifier: Apache-2.0
import Core
import Fusion
import Testing

@Suite struct TrackerTests {
    private func at(_ frame: Int, framesPerSecond: Int = 20) -> Timestamp {
        Timestamp(nanoseconds: Int64(frame) * 1_000_000_000 / Int64(framesPerSecond))
    }

    private func person(_ x: Float, _ y: Float = 0.5, confidence: Float = 0.9, label: Int = 0) -> Detection {
        DepthScene.detection(x - 0.05, y - 0.15, x + 0.05, y + 0.15, confidence: confidence, label: label)
    }

    @Test func aLifeRunsFromNewOverTrackedAndLostToThreeFarewells() throws {
        var tracker = Tracker(try TrackerSettings(coastSeconds: 0.2))
        var states: [[String]] = []
        for frame in 0..<12 {
            states.append(tracker.update(frame < 3 ? [person(0.3)] : [], at: at(frame)).map { "\($0.id) \($0.state.name)" })
        }
        let expected = ["NEW", "TRACKED", "TRACKED", "LOST", "LOST", "LOST", "LOST", "REMOVED", "REMOVED", "REMOVED"]
        #expect(states == expected.map { ["1 \($0)"] } + [[], []])
    }

    @Test func idsAreNeverUsedAgain() throws {
        var tracker = Tracker(try TrackerSettings(coastSeconds: 0.1))
        var announced: [Int] = []
        for frame in 0..<200 {
            let seen = frame % 20 < 8 ? [person(0.1 + Float(frame / 20) * 0.08)] : []
            for track in tracker.update(seen, at: at(frame)) where track.state == .new { announced.append(track.id) }
        }
        #expect(announced == Array(1...10))
    }

    @Test func aConfidentObjectShowsInItsFirstFrameAndADoubtfulOneInItsSecond() {
        var tracker = Tracker()
        #expect(tracker.update([person(0.2, confidence: 0.85), person(0.7, confidence: 0.6)], at: at(0)).map(\.state) == [.new])
        #expect(tracker.update([person(0.2), person(0.7, confidence: 0.6)], at: at(1)).map(\.state) == [.tracked, .new])
    }

    @Test func aDoubtfulFlickerNeverShowsAndSpendsNoID() {
        var tracker = Tracker()
        #expect(tracker.update([person(0.7, confidence: 0.6)], at: at(0)).isEmpty)
        #expect(tracker.update([], at: at(1)).isEmpty)
        #expect(tracker.update([person(0.2)], at: at(2)).map(\.id) == [1])
    }

    @Test func weakDetectionsKeepAnObjectButNeverBeginOne() {
        var tracker = Tracker()
        _ = tracker.update([person(0.2)], at: at(0))
        for frame in 1..<30 {
            let tracks = tracker.update([person(0.2, confidence: 0.2), person(0.8, confidence: 0.2)], at: at(frame))
            #expect(tracks.map(\.id) == [1] && tracks[0].state == .tracked)
        }
    }

    @Test func crossingObjectsKeepTheirIDs() {
        var tracker = Tracker()
        var final: [Track] = []
        for frame in 0..<60 {
            let x = 0.1 + Float(frame) * 0.8 / 59
            // While they cover each other only the front one is seen.
            let hidden = abs(x - 0.5) < 0.04
            final = tracker.update(hidden ? [person(x)] : [person(x), person(1 - x)], at: at(frame))
        }
        #expect(final.map(\.id) == [1, 2])
        #expect(final[0].detection.box.centerX > 0.8 && final[1].detection.box.centerX < 0.2)
    }

    @Test func anObjectIsFoundAgainAfterAnOcclusionWhereItsMotionLeads() {
        var tracker = Tracker()
        var ids: Set<Int> = []
        for frame in 0..<60 {
            let hidden = (25..<45).contains(frame)
            let tracks = tracker.update(hidden ? [] : [person(0.1 + Float(frame) * 0.01)], at: at(frame))
            ids.formUnion(tracks.map(\.id))
            if frame == 44 {
                #expect(tracks[0].state == .lost)
                #expect(abs(tracks[0].detection.box.centerX - 0.54) < 0.03, "the box moves on while unseen")
            }
        }
        #expect(ids == [1])
    }

    @Test func labelsAreNotMixed() {
        var tracker = Tracker()
        _ = tracker.update([person(0.4, label: 1)], at: at(0))
        let tracks = tracker.update([person(0.4, label: 2)], at: at(1))
        #expect(tracks.map(\.state) == [.lost, .new])
        #expect(tracks.map(\.detection.label) == [1, 2])
    }

    @Test func neverMoreThanTheMaximumIsAliveAndTheBestComeFirst() throws {
        var tracker = Tracker(try TrackerSettings(maximumTracks: 3))
        let crowd = (0..<8).map { person(0.05 + Float($0) * 0.12, confidence: 0.82 + Float($0) * 0.02) }
        let tracks = tracker.update(crowd, at: at(0))
        #expect(tracks.map(\.detection).map { Int(($0.confidence * 100).rounded()) } == [96, 94, 92])
        // Someone seen takes the place of someone lost.
        let later = tracker.update(Array(crowd[0..<2]), at: at(1))
        #expect(later.count { $0.state == .removed } == 2 && later.count { $0.state != .removed } == 3)
        var none = Tracker(try TrackerSettings(maximumTracks: 0))
        #expect(none.update(crowd, at: at(0)).isEmpty)
    }

    @Test func twoHundredObjectsAreFollowedWhenAskedForAndTwentyOtherwise() throws {
        func crowd(_ frame: Int) -> [Detection] {
            (0..<200).map { number in
                let x = 0.03 + Float(number % 20) * 0.049 + Float(frame) * 0.0005, y = 0.05 + Float(number / 20) * 0.1
                return DepthScene.detection(x - 0.02, y - 0.04, x + 0.02, y + 0.04)
            }
        }
        var many = Tracker(try TrackerSettings(maximumTracks: 200))
        var usual = Tracker()
        for frame in 0..<20 {
            let tracks = many.update(crowd(frame), at: at(frame))
            #expect(Set(tracks.map(\.id)) == Set(1...200) && tracks.allSatisfy { $0.state == (frame == 0 ? .new : .tracked) })
            #expect(usual.update(crowd(frame), at: at(frame)).count == 20)
        }
        #expect(throws: FusionError.self) { try TrackerSettings(maximumTracks: 201) }
    }

    /// A detector names an object otherwise for a frame, and back: the object's id goes on.
    @Test func aFrameUnderAnotherLabelDoesNotEndATrack() {
        var tracker = Tracker()
        for frame in 0..<10 { _ = tracker.update([person(0.4, label: 1)], at: at(frame)) }
        _ = tracker.update([person(0.4, confidence: 0.6, label: 2)], at: at(10))
        let tracks = tracker.update([person(0.4, label: 1)], at: at(11))
        #expect(tracks.map(\.id) == [1] && tracks[0].state == .tracked && tracks[0].detection.label == 1)
    }

    @Test func everyIDIsNewOnceAndThenNeverAgain() {
        var tracker = Tracker()
        var random = UInt64(5)
        var born: Set<Int> = [], removed: Set<Int> = []
        for frame in 0..<600 {
            var seen: [Detection] = []
            for index in 0..<12 {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                guard random >> 60 > 3 else { continue }
                let phase = Float(frame) * 0.01 * Float(1 + index % 3) + Float(index)
                seen.append(person(0.5 + 0.45 * (phase - phase.rounded()), 0.2 + 0.05 * Float(index), label: index % 2))
            }
            for track in tracker.update(seen, at: at(frame)) {
                if track.state == .new { #expect(born.insert(track.id).inserted) } else { #expect(born.contains(track.id)) }
                if track.state == .removed { removed.insert(track.id) } else { #expect(!removed.contains(track.id)) }
            }
        }
        #expect(born == Set(1...born.count) && born.count > 12)
    }

    @Test func thePositionIsSmoothedAndAGlimpseOfTheBackgroundIsPassedOver() throws {
        var tracker = Tracker()
        var noise = UInt64(3)
        var (raw, smoothed) = (Float(0), Float(0))
        for frame in 0..<80 {
            noise = noise &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let jitter = Float(Int(noise >> 33) % 101 - 50)
            var seen = person(0.5)
            seen.position = PositionMillimetres(x: 0, y: 0, z: frame == 70 ? 8000 : 3000 + jitter)
            seen.evidence = RangeEvidence(pixels: 100, standardErrorMillimetres: 5)
            let track = try #require(tracker.update([seen], at: at(frame)).first)
            if frame > 40, frame != 70 {
                raw += abs(jitter)
                smoothed += abs((track.detection.position?.z ?? 0) - 3000)
            }
            if frame == 70 { #expect(abs((track.detection.position?.z ?? 0) - 3000) < 60) }
            #expect((track.detection.evidence == nil) == (frame == 70))
        }
        #expect(smoothed < 0.8 * raw)
        let blind = try #require(tracker.update([person(0.5)], at: at(80)).first)
        #expect(blind.detection.position != nil && blind.detection.evidence == nil)
        var last = blind
        for frame in 81..<100 { last = try #require(tracker.update([person(0.5)], at: at(frame)).first) }
        #expect(last.detection.position == nil, "a position without depth behind it ends after half a second")
    }

    @Test func degenerateInputIsHandled() {
        var tracker = Tracker()
        let bad: [Float] = [.nan, .infinity, -.infinity, 0, 1, -1, 2, 1e30, 0.5]
        var frame = 0
        for a in bad {
            for b in bad {
                let mess = [
                    DepthScene.detection(a, b, b, a), DepthScene.detection(b, a, a, 0.7),
                    DepthScene.detection(0.5, 0.5, 0.5, 0.5),
                    DepthScene.detection(0.2, 0.2, 0.4, 0.4, confidence: a), person(0.8),
                ]
                let tracks = tracker.update(mess, at: at(frame))
                for track in tracks { #expect(track.detection.box.area.isFinite && track.detection.box.area <= 1) }
                frame += 1
            }
        }
        let thousands = (0..<5000).map { person(Float($0 % 97) / 97, Float($0 % 89) / 89, confidence: 0.9) }
        for _ in 0..<3 {
            let tracks = tracker.update(thousands, at: at(frame))
            #expect(tracks.count { $0.state != .removed } <= 20)
            frame += 1
        }
    }

    @Test func timeThatStandsStillOrRunsBackIsHandledAndALongPauseEndsEveryTrack() {
        var tracker = Tracker()
        _ = tracker.update([person(0.5)], at: at(100))
        #expect(tracker.update([person(0.5)], at: at(100)).map(\.id) == [1])
        #expect(tracker.update([person(0.5)], at: at(50)).map(\.state) == [.tracked])
        let after = tracker.update([person(0.5)], at: at(100_000))
        #expect(after.map(\.state) == [.removed, .new] && after.map(\.id) == [1, 2])
        #expect(tracker.update([person(0.5)], at: Timestamp(nanoseconds: .max)).contains { $0.state == .new })
        _ = tracker.update([person(0.5)], at: Timestamp(nanoseconds: .min))
    }

    @Test func settingsOutOfRangeAreRefusedByName() {
        let tries: [(String, () throws -> TrackerSettings)] = [
            ("maximumTracks", { try TrackerSettings(maximumTracks: -1) }),
            ("confidenceThreshold", { try TrackerSettings(confidenceThreshold: 1.5) }),
            ("sustainThreshold", { try TrackerSettings(confidenceThreshold: 0.3, sustainThreshold: 0.4) }),
            ("coastSeconds", { try TrackerSettings(coastSeconds: .infinity) }),
            ("birthHits", { try TrackerSettings(birthHits: 0) }),
            ("overlapThreshold", { try TrackerSettings(overlapThreshold: .nan) }),
        ]
        for (field, make) in tries {
            let error = #expect(throws: FusionError.self) { try make() }
            #expect(error?.description.hasPrefix("\(field) is ") == true)
        }
    }
}
