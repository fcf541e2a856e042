// SPDX-License-Identifier: Apache-2.0
import Core
import Testing

/// A stage that waits is well; one that does not come back is not.
struct HeartbeatTests {
    private func time(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: Int64(seconds * 1e9)) }
    private let second: Int64 = 1_000_000_000

    @Test func whoWaitsForWorkIsWellHoweverLong() {
        let heartbeat = Heartbeat("stereo")
        #expect(heartbeat.overdue(at: time(1e6), limit: second) == nil)
        heartbeat.begins(at: time(1))
        heartbeat.rests()
        #expect(heartbeat.overdue(at: time(1e6), limit: second) == nil)
    }

    @Test func workThatTakesTooLongIsOverdueByTheExcess() {
        let heartbeat = Heartbeat("stereo")
        heartbeat.begins(at: time(10))
        #expect(heartbeat.overdue(at: time(11), limit: second) == nil)
        #expect(heartbeat.overdue(at: time(13), limit: second) == 2 * second)
        heartbeat.begins(at: time(13))
        #expect(heartbeat.overdue(at: time(13.5), limit: second) == nil)
    }

    @Test func aStageWithGraceMayTakeThatMuchLonger() {
        let heartbeat = Heartbeat("opening", grace: 5 * second)
        heartbeat.begins(at: time(0))
        #expect(heartbeat.overdue(at: time(6), limit: second) == nil)
        #expect(heartbeat.overdue(at: time(6.5), limit: second) == second / 2)
    }

    @Test func theStageRestsAfterWorkThatFails() {
        struct Broken: Error {}
        let heartbeat = Heartbeat("network")
        #expect(throws: Broken.self) {
            try heartbeat.during { () throws(Broken) in
                #expect(heartbeat.overdue(at: .now().advanced(byNanoseconds: 2 * second), limit: second) != nil)
                throw Broken()
            }
        }
        #expect(heartbeat.overdue(at: time(1e9), limit: second) == nil)
    }
}
