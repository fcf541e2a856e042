// SPDX-License-Identifier: Apache-2.0
import Core
import Pipeline
import Testing

struct StreamHubTests {
    private let hub: StreamHub

    init() throws {
        hub = StreamHub(camera: try #require(CameraID("test")))
    }

    private func packet(_ sequence: Int, milliseconds: Int = 0) -> StreamPacket {
        StreamPacket(.json("{}"), sequence: sequence, captured: Timestamp(nanoseconds: Int64(milliseconds) * 1_000_000))
    }

    @Test func aSlowSubscriberGetsTheNewestAndTheOthersEverything() {
        hub.offer([.metaout: nil])
        let slow = hub.subscribe(.metaout)
        let patient = hub.subscribe(.metaout, capacity: 4)
        for sequence in 1...3 { hub.publish(packet(sequence), on: .metaout) }
        #expect(slow.mailbox.poll()?.sequence == 3)
        #expect((0..<3).map { _ in patient.mailbox.poll()?.sequence } == [1, 2, 3])
        #expect(hub.statistics.first?.dropped == 2)
    }

    @Test func aStreamIsWantedWhileSomebodyListens() {
        hub.offer([.depth: nil])
        #expect(!hub.isWanted(.depth, at: .now()))
        let subscription = hub.subscribe(.depth)
        #expect(hub.isWanted(.depth, at: .now()))
        #expect(!hub.isWanted(.left, at: .now()))
        subscription.cancel()
        #expect(!hub.isWanted(.depth, at: .now()))
        #expect(subscription.mailbox.poll() == nil)
    }

    @Test func whoeverListensIsToldOfAGapAndGoesOnListening() {
        let told = Mailbox<StreamGap>(capacity: 4, onFull: .dropNewest)
        hub.offer([.metaout: nil, .depth: nil])
        let subscription = hub.subscribe(.metaout)
        let other = hub.subscribe(.depth)
        let gone = hub.subscribe(.metaout)
        for listener in [subscription, other, gone] { listener.setOnGap { told.offer($0) } }
        gone.cancel()
        hub.publish(packet(1), on: .metaout)
        let gap = StreamGap(camera: "test", state: .lost, why: "unplugged")
        hub.interrupt(gap)
        #expect([told.poll(), told.poll(), told.poll()] == [gap, gap, nil])
        #expect(hub.offered.isEmpty && hub.latest(.metaout) == nil)
        hub.offer([.metaout: nil])
        hub.publish(packet(2), on: .metaout)
        #expect(subscription.mailbox.poll()?.sequence == 2)
    }

    @Test func subscribersStayWhenTheGraphChanges() {
        let subscription = hub.subscribe(.metaout)
        hub.publish(packet(1), on: .metaout)
        #expect(subscription.mailbox.poll() == nil)
        hub.offer([.metaout: nil])
        hub.publish(packet(2), on: .metaout)
        #expect(subscription.mailbox.poll()?.sequence == 2)
        hub.offer([:])
        hub.publish(packet(3), on: .metaout)
        #expect(subscription.mailbox.poll() == nil)
        #expect(hub.latest(.metaout) == nil)
    }

    @Test func theRateLimitHoldsOverASecond() {
        hub.offer([.metaout: 10])
        let subscription = hub.subscribe(.metaout, capacity: 100)
        for frame in 0..<30 { hub.publish(packet(frame, milliseconds: frame * 1000 / 30), on: .metaout) }
        #expect((9...11).contains(subscription.mailbox.statistics.accepted))
    }

    @Test func aRateAboveTheCamerasLetsEverythingThrough() {
        hub.offer([.metaout: 31])
        let subscription = hub.subscribe(.metaout, capacity: 100)
        for frame in 0..<30 { hub.publish(packet(frame, milliseconds: frame * 1000 / 30), on: .metaout) }
        #expect(subscription.mailbox.statistics.accepted == 30)
    }

    @Test func theNewestResultIsKeptForThoseWhoAsk() {
        hub.offer([.metaout: nil])
        hub.publish(packet(9), on: .metaout)
        #expect(hub.latest(.metaout)?.sequence == 9)
    }

    @Test func closingEndsEverySubscription() async {
        let subscription = hub.subscribe(.left)
        hub.close()
        #expect(await subscription.mailbox.receive() == nil)
    }
}
