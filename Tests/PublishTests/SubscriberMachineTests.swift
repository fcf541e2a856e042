// SPDX-License-Identifier: Apache-2.0
import Core
import Publish
import Testing

/// A machine that has been granted `a/metaout` as stream 1 in session 5, at second 0.
private func subscribed() -> SubscriberMachine {
    var machine = SubscriberMachine(SubscribeRequest(), at: seconds(0)) { nonce }
    _ = machine.tick(at: seconds(0))
    let challenge = ControlMessage.challenge(cookie: [UInt8](repeating: 1, count: 16), nonce: nonce)
    _ = machine.receive(challenge.datagram(session: 0), at: seconds(0))
    _ = machine.tick(at: seconds(0))
    let stream = ControlMessage.Acceptance.Stream(name: "a/metaout", id: 1, schema: 9)
    let accept = ControlMessage.accept(.init(streams: [stream], leaseMilliseconds: 5000))
    _ = machine.receive(accept.datagram(session: 5), at: seconds(0))
    return machine
}

private func result(_ sequence: UInt32, session: UInt32 = 5) -> [UInt8] {
    var header = WireHeader(.result)
    header.session = session
    header.sequence = sequence
    header.stream = 1
    let head = ResultHead(frame: 1, captureNanoseconds: 1, ageMicroseconds: 1, total: 0)
    return header.datagram(ResultBody(head: head, objects: []).encoded)
}

private func types(_ output: SubscriberMachine.Output) -> [UInt8] { output.datagrams.map { $0[5] } }

@Test func aSubscriberSaysHelloUntilItIsAnswered() {
    var machine = SubscriberMachine(SubscribeRequest(), at: seconds(0)) { nonce }
    var hellos = 0
    for tick in 0..<100 { hellos += machine.tick(at: seconds(Double(tick) / 10)).datagrams.count }
    #expect((6...9).contains(hellos))
}

@Test func aSubscriberKeepsItsLeaseAliveAndReportsLoss() throws {
    var machine = subscribed()
    for sequence: UInt32 in [1, 2, 5, 6] { _ = machine.receive(result(sequence), at: seconds(1)) }
    let output = machine.tick(at: seconds(1.7))
    let datagram = try #require(output.datagrams.first)
    #expect(try ClientMessage(try WireHeader(reading: datagram), reading: datagram) == .keepAlive(seen: 6, lost: 2))
}

@Test func aLateDatagramIsNoLoss() {
    var machine = subscribed()
    for sequence: UInt32 in [.max, 1, 0, 2] { _ = machine.receive(result(sequence), at: seconds(1)) }
    #expect(machine.totalLost == 0)
}

@Test func resultsOfAnotherSessionAreIgnored() {
    var machine = subscribed()
    let output = machine.receive(result(1, session: 6), at: seconds(1))
    #expect(output.messages.isEmpty)
}

@Test func aSilentBoxIsPingedAndAStrangersPongMeansBeginAgain() {
    var machine = subscribed()
    let asked = machine.tick(at: seconds(1.7))
    #expect(types(asked) == [7, 9])
    let answered = machine.receive(ControlMessage.pong(time: 1, now: 2).datagram(session: 0), at: seconds(1.8))
    #expect(answered.messages.count == 1)
    let next = machine.tick(at: seconds(1.8))
    #expect(types(next) == [1])
}

@Test func silenceForAWholeLeaseMeansBeginAgain() {
    var machine = subscribed()
    let last = machine.tick(at: seconds(5.1))
    #expect(types(last) == [1])
}

@Test func aRefusalForAStreamIsFinalAndOneForRoomIsNot() {
    for (code, isFinal) in [(RefusalCode.stream, true), (.full, false)] {
        var machine = SubscriberMachine(SubscribeRequest(), at: seconds(0)) { nonce }
        _ = machine.receive(ControlMessage.challenge(cookie: nonce + nonce, nonce: nonce).datagram(session: 0), at: seconds(0))
        let output = machine.receive(ControlMessage.refuse(code: code.rawValue, text: "no").datagram(session: 5), at: seconds(0))
        #expect((output.failure != nil) == isFinal)
    }
}
