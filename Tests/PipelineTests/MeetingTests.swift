// SPDX-License-Identifier: Apache-2.0
import Core
import Pipeline
import Testing

/// Pictures meet their partners, detections meet their depth.
struct MeetingTests {
    private func frame(_ instance: CameraInstance, _ sequence: Int, milliseconds: Double) throws -> Frame {
        let header = FrameHeader(
            camera: try #require(CameraID("test")), instance: instance, sequence: sequence,
            captured: Timestamp(nanoseconds: Int64(milliseconds * 1e6)), width: 4, height: 4, format: .gray8)
        return FramePool.standalone(header).seal()
    }

    private func detections(_ sequence: Int) throws -> DetectionSet {
        let header = try frame(.color, sequence, milliseconds: Double(sequence) * 33).header
        return DetectionSet(origin: ResultOrigin(frame: header, timing: ResultTiming()), labels: [], detections: [])
    }

    private func depth(_ sequence: Int) throws -> DepthResult {
        DepthResult(frame: try frame(.right, sequence, milliseconds: Double(sequence) * 33), stereoNanoseconds: 1)
    }

    @Test func picturesOfOneMomentArePaired() throws {
        var pairer = StereoPairer(framesPerSecond: 30)
        #expect(try pairer.add(frame(.left, 1, milliseconds: 0)) == nil)
        let pair = try #require(try pairer.add(frame(.right, 5, milliseconds: 3)))
        #expect(pair.left.header.sequence == 1 && pair.right.header.sequence == 5)
        #expect(pairer.missed == 0)
    }

    @Test func aPictureWithoutPartnerIsCountedAndForgotten() throws {
        var pairer = StereoPairer(framesPerSecond: 30)
        #expect(try pairer.add(frame(.left, 1, milliseconds: 0)) == nil)
        #expect(try pairer.add(frame(.left, 2, milliseconds: 33)) == nil)
        #expect(try pairer.add(frame(.right, 2, milliseconds: 34)) != nil)
        #expect(pairer.missed == 1)
        for sequence in 3..<20 { #expect(try pairer.add(frame(.left, sequence, milliseconds: Double(sequence) * 33)) == nil) }
        #expect(pairer.missed == 1 + 13)
    }

    @Test func theNearestInTimeIsThePartner() throws {
        var pairer = StereoPairer(framesPerSecond: 30)
        _ = try pairer.add(frame(.left, 1, milliseconds: 0))
        _ = try pairer.add(frame(.left, 2, milliseconds: 14))
        #expect(try pairer.add(frame(.right, 2, milliseconds: 12))?.left.header.sequence == 2)
    }

    @Test func detectionsWaitForTheirOwnDepth() throws {
        var rendezvous = DepthRendezvous()
        #expect(try rendezvous.detections(detections(1), depthIsComing: true).isEmpty)
        let match = try #require(try rendezvous.depth(depth(1)))
        #expect(match.depth?.frame.header.sequence == 1)
    }

    @Test func depthThatIsAlreadyThereIsUsedAtOnce() throws {
        var rendezvous = DepthRendezvous()
        #expect(try rendezvous.depth(depth(1)) == nil)
        let match = try #require(try rendezvous.detections(detections(1), depthIsComing: true).first)
        #expect(match.depth?.frame.header.sequence == 1)
    }

    @Test func aBusyMatcherMakesDepthOlderNotResultsLate() throws {
        var rendezvous = DepthRendezvous()
        _ = try rendezvous.depth(depth(1))
        let match = try #require(try rendezvous.detections(detections(3), depthIsComing: false).first)
        #expect(match.depth?.frame.header.sequence == 1)
    }

    @Test func detectionsOvertakenByTheNextOnesAreNotLost() throws {
        var rendezvous = DepthRendezvous()
        #expect(try rendezvous.detections(detections(1), depthIsComing: true).isEmpty)
        let matches = try rendezvous.detections(detections(2), depthIsComing: false)
        #expect(matches.map(\.detections.origin.frame.sequence) == [1, 2])
        #expect(matches.allSatisfy { $0.depth == nil })
    }

    @Test func theDepthNearestInTimeIsChosen() throws {
        var rendezvous = DepthRendezvous()
        for sequence in [1, 4, 9] { _ = try rendezvous.depth(depth(sequence)) }
        let match = try #require(try rendezvous.detections(detections(5), depthIsComing: false).first)
        #expect(match.depth?.frame.header.sequence == 4)
    }
}
