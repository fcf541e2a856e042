// SPDX-License-Identifier: Apache-2.0
import Core
import Inference
import Logging
import Pipeline
import TestSupport
import Testing

/// What is heard of the first picture that a newly attached network is shown.
@Suite(.timeLimit(.minutes(1)))
struct FirstResultTests {
    private let hub: StreamHub
    private let branches: AttachedNetworks

    init() throws {
        hub = StreamHub(camera: try #require(CameraID("test")))
        hub.offer([.left: nil])
        branches = AttachedNetworks(hub: hub, monitor: StageMonitor(logger: Logger(label: "test")))
    }

    private func publish() {
        let draft = FramePool.standalone(
            FrameHeader(camera: hub.camera, instance: .left, sequence: 1, captured: .now(), width: 8, height: 8, format: .gray8))
        draft.withUnsafeMutableBytes { _ = $0.initializeMemory(as: UInt8.self, repeating: 128) }
        hub.publish(StreamPacket(draft.seal()), on: .left)
    }

    @Test func aNetworkMayTakeAsLongAsItTakesOnceItHasAPicture() async throws {
        let (begun, released) = (Mailbox<Void>(capacity: 1, onFull: .dropNewest), Mailbox<Void>(capacity: 1, onFull: .dropNewest))
        let slow = try ToldEngine.network {
            begun.offer(())
            _ = released.next()
        }
        let start = FirstResult()
        try await Blocking.run {
            branches.attach(slow, at: .left, start: start)
            publish()
            _ = begun.next()
        }
        // No time at all is left for the picture, which is there.
        async let outcome = Blocking.run { start.outcome(pictureWithin: 0) }
        released.offer(())
        #expect(try await outcome == .result)
        try await Blocking.run { branches.stop() }
    }

    @Test func withoutAPictureTheWaitEnds() async throws {
        let (start, network) = (FirstResult(), try ToldEngine.network())
        let outcome = try await Blocking.run {
            branches.attach(network, at: .left, start: start)
            return start.outcome(pictureWithin: 1_000_000)
        }
        #expect(outcome == .noPicture)
        try await Blocking.run { branches.stop() }
    }

    @Test func aNetworkThatFailsAtTheFirstPictureSaysWhy() async throws {
        let broken = try ToldEngine.network { () throws(InferenceError) in throw .picture(reason: "it is upside down") }
        let start = FirstResult()
        let outcome = try await Blocking.run {
            branches.attach(broken, at: .left, start: start)
            publish()
            return start.outcome(pictureWithin: 10_000_000_000)
        }
        guard case .failure(let problem) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(problem.contains("it is upside down"))
        try await Blocking.run { branches.stop() }
    }

    @Test func whoWaitsHearsOfThePictureThatAnotherBranchGets() async throws {
        let (start, network) = (FirstResult(), try ToldEngine.network())
        let outcome = try await Blocking.run {
            branches.attach(network, at: .left, start: start)
            // Distances come, so the network's branch ends and another begins.
            branches.setActive([.disparity: true])
            publish()
            return start.outcome(pictureWithin: 10_000_000_000)
        }
        #expect(outcome == .result)
        try await Blocking.run { branches.stop() }
    }
}
