// SPDX-License-Identifier: Apache-2.0
import API
import Core
import Testing

@Suite("Deadlines and places of connections")
struct ConnectionTests {
    private func at(_ seconds: Int64) -> Timestamp { Timestamp(nanoseconds: seconds * 1_000_000_000) }

    private func clock() -> ConnectionClock {
        ConnectionClock(limits: .init(idle: 30_000_000_000, request: 20_000_000_000, stall: 10_000_000_000), now: at(0))
    }

    @Test("Dripped bytes do not renew the deadline of a request")
    func drippedRequest() {
        var clock = clock()
        for second in 1...20 {
            clock.bytesArrived(at: at(Int64(second)))
            if second == 5 { clock.requestBegan() }
            #expect(clock.judge(taken: 0, waiting: 0, at: at(Int64(second))) == .keep)
        }
        #expect(clock.judge(taken: 0, waiting: 0, at: at(21)) == .slowRequest)
    }

    @Test("A connection is idle from the end of its last answer, never while one is being made")
    func idleness() {
        var clock = clock()
        #expect(clock.judge(taken: 0, waiting: 0, at: at(29)) == .keep)
        clock.bytesArrived(at: at(29))
        clock.requestBegan()
        clock.requestCompleted()
        #expect(clock.idle == nil)
        #expect(clock.judge(taken: 0, waiting: 0, at: at(500)) == .keep)
        clock.answerCompleted(at: at(500))
        #expect(clock.idle == at(500))
        #expect(clock.judge(taken: 0, waiting: 0, at: at(529)) == .keep)
        #expect(clock.judge(taken: 0, waiting: 0, at: at(530)) == .idle)
    }

    @Test("A reader is stalled when bytes wait and none is taken; any progress counts")
    func stalling() {
        var clock = clock()
        clock.bytesArrived(at: at(0))
        clock.requestBegan()
        clock.requestCompleted()
        #expect(clock.judge(taken: 100, waiting: 50, at: at(1)) == .keep)
        #expect(clock.judge(taken: 101, waiting: 500, at: at(9)) == .keep)
        #expect(clock.judge(taken: 101, waiting: 900, at: at(18)) == .keep)
        #expect(clock.judge(taken: 101, waiting: 900, at: at(19)) == .stalled)
        #expect(clock.judge(taken: 1001, waiting: 0, at: at(20)) == .keep)
    }

    @Test("One address may hold only so many; its longest idle connection makes room, another's never")
    func perAddress() {
        var table = ConnectionTable(limits: .init(total: 10, reservedForLoopback: 2, perAddress: 2))
        #expect(table.admit(1, address: "10.0.0.1", now: at(1)) == .admitted)
        #expect(table.admit(2, address: "10.0.0.1", now: at(2)) == .admitted)
        #expect(table.admit(3, address: "10.0.0.2", now: at(0)) == .admitted)
        table.setIdle(1, since: nil)
        #expect(table.admit(4, address: "10.0.0.1", now: at(4)) == .inPlaceOf(2))
        table.setIdle(4, since: nil)
        #expect(table.admit(5, address: "10.0.0.1", now: at(5)) == .refused)
        table.remove(4)
        #expect(table.admit(6, address: "10.0.0.1", now: at(6)) == .admitted)
    }

    @Test("Holders on the network can never lock out programs on the box")
    func loopback() {
        var table = ConnectionTable(limits: .init(total: 6, reservedForLoopback: 2, perAddress: 100))
        for id in 0..<4 {
            #expect(table.admit(id, address: "10.0.0.\(id)", now: at(1)) == .admitted)
            table.setIdle(id, since: nil)
        }
        #expect(table.admit(4, address: "10.0.0.9", now: at(2)) == .refused)
        #expect(table.admit(5, address: "127.0.0.1", now: at(2)) == .admitted)
        #expect(table.admit(6, address: "::1", now: at(2)) == .admitted)
        table.setIdle(2, since: at(3))
        #expect(table.admit(7, address: "10.0.0.9", now: at(4)) == .inPlaceOf(2))
        #expect(table.count == 6)
    }

    @Test("Among many the address with the most connections gives way")
    func crowd() {
        var table = ConnectionTable(limits: .init(total: 4, reservedForLoopback: 0, perAddress: 100))
        #expect(table.admit(0, address: "10.0.0.1", now: at(0)) == .admitted)
        for id in 1...3 { #expect(table.admit(id, address: "10.0.0.2", now: at(Int64(id))) == .admitted) }
        #expect(table.admit(4, address: "10.0.0.3", now: at(9)) == .inPlaceOf(1))
    }
}
