// SPDX-License-Identifier: Apache-2.0
import Core
import Publish
import TestSupport
import Testing

private func keepAlive(_ table: TestTable, _ endpoint: Endpoint, seen: UInt32, lost: Int, at now: Timestamp) {
    _ = table.receive(ClientMessage.keepAlive(seen: seen, lost: lost).datagram(session: 77), from: endpoint, at: now)
}

@Test func aSubscriberWithACookieGetsALease() {
    let table = TestTable()
    let id = table.subscribe(local(1), at: seconds(0))
    #expect(id != nil)
    #expect(table.leases.count == 1)
}

@Test func aLeaseEndsAfterFiveSecondsUnlessItIsKeptAlive() throws {
    let table = TestTable()
    let id = try #require(table.subscribe(local(1), at: seconds(0)))
    #expect(table.expire(at: seconds(4.9)).isEmpty)
    keepAlive(table, local(1), seen: 0, lost: 0, at: seconds(4.9))
    #expect(table.expire(at: seconds(9.8)).isEmpty)
    #expect(table.expire(at: seconds(9.9)) == [id])
    #expect(table.leases.isEmpty)
}

@Test func aCookieOfAnotherAddressPortOrNonceIsMetWithSilence() throws {
    let table = TestTable()
    let cookie = try #require(table.cookie(for: local(1), at: seconds(0)))
    let request = ClientMessage.subscribe(cookie: cookie, nonce: nonce, SubscribeRequest()).datagram()
    #expect(table.receive(request, from: local(2), at: seconds(0)) == .nothing)
    #expect(table.receive(request, from: local(1, 9), at: seconds(0)) == .nothing)
    let other = ClientMessage.subscribe(cookie: cookie, nonce: [9, 9, 9, 9, 9, 9, 9, 9], SubscribeRequest()).datagram()
    #expect(table.receive(other, from: local(1), at: seconds(0)) == .nothing)
    #expect(table.counters["refused_cookie"] == 3)
    #expect(table.receive(request, from: local(1), at: seconds(0)) == .bind(id: 1))
}

@Test(arguments: [(30.0, true), (61.0, true), (119.0, true), (121.0, false), (500.0, false)])
func aCookieOutlivesOneChangeOfTheSecretButNotTwo(age: Double, accepted: Bool) {
    var jar = LeaseCookies.make()
    let cookie = jar.cookie(for: local(1), nonce: nonce, at: seconds(0))
    // Others keep the jar turning.
    for minute in stride(from: 60.0, through: age, by: 60) { _ = jar.cookie(for: local(2), nonce: nonce, at: seconds(minute)) }
    let taken = jar.accepts(cookie, from: local(1), nonce: nonce, at: seconds(age))
    #expect(taken == accepted)
}

private enum LeaseCookies {
    static func make() -> CookieSigner {
        let made = Counter()
        return CookieSigner(at: seconds(0)) {
            made.add()
            return [UInt8](repeating: UInt8(made.current), count: 32)
        }
    }
}

@Test func subscribingAgainFromTheSamePortChangesTheLease() throws {
    let table = TestTable()
    let id = try #require(table.subscribe(local(1), at: seconds(0)))
    var request = SubscribeRequest()
    request.rate = 5
    #expect(table.subscribe(local(1), request, at: seconds(1)) == id)
    #expect(table.leases[id]?.request.rate == 5)
    #expect(table.expire(at: seconds(5.5)).isEmpty)
}

@Test func aSubscriberWhoseAddressChangesNeedsANewLease() throws {
    let table = TestTable()
    let id = try #require(table.subscribe(local(1, 1), at: seconds(0)))
    keepAlive(table, local(1, 2), seen: 0, lost: 0, at: seconds(4))
    #expect(table.counters["unknown_subscriber"] == 1)
    #expect(table.expire(at: seconds(5)) == [id])
}

@Test func anAddressMayHoldEightSubscriptionsAndTheBoxThirtyTwo() throws {
    let table = TestTable()
    for port in UInt16(1)...8 { #expect(table.subscribe(local(port), at: seconds(Double(port))) != nil) }
    _ = table.expire(at: seconds(4))
    let cookie = try #require(table.cookie(for: local(9), at: seconds(4)))
    let ninth = ClientMessage.subscribe(cookie: cookie, nonce: nonce, SubscribeRequest()).datagram()
    guard case .reply(let reply) = table.receive(ninth, from: local(9), at: seconds(4)) else {
        Issue.record("another answer")
        return
    }
    #expect(try WireHeader(reading: reply).type == .refuse)

    let crowd = TestTable()
    for host in UInt8(1)...32 { #expect(crowd.subscribe(local(1, host), at: seconds(1)) != nil) }
    #expect(crowd.subscribe(local(1, 33), at: seconds(1)) == nil)
    #expect(crowd.counters["refused_full"] == 1)
}

@Test func byeEndsALeaseAndAWrongByeIsMetWithSilence() throws {
    let table = TestTable()
    let id = try #require(table.subscribe(local(1), at: seconds(0)))
    #expect(table.receive(ClientMessage.bye.datagram(session: 78), from: local(1), at: seconds(1)) == .nothing)
    #expect(table.receive(ClientMessage.bye.datagram(session: 77), from: local(2), at: seconds(1)) == .nothing)
    #expect(table.leases.count == 1)
    #expect(table.receive(ClientMessage.bye.datagram(session: 77), from: local(1), at: seconds(1)) == .ended(id: id))
    #expect(table.leases.isEmpty)
}

@Test func onlyAllowedAddressesAreAnswered() {
    let table = TestTable()
    let hello = ClientMessage.hello(nonce: nonce).datagram()
    let outside = Endpoint(address: IPAddress(v4: 0x0808_0808), port: 5)
    #expect(table.receive(hello, from: outside, at: seconds(0)) == .nothing)
    #expect(table.counters["refused_address"] == 1)
}

@Test(arguments: [
    (UInt32(0x7F00_0001), true), (0x0A01_0203, true), (0xAC10_0001, true), (0xAC1F_FFFF, true), (0xAC20_0000, false),
    (0xC0A8_0105, true), (0xC0A9_0000, false), (0xA9FE_1234, true), (0x0101_0101, false),
])
func privateMeansLoopbackPrivateAndLinkLocal(address: UInt32, allowed: Bool) {
    #expect(AddressPolicy.privateOnly.allows(IPAddress(v4: address)) == allowed)
}

@Test func privateKnowsIPv6Too() {
    #expect(AddressPolicy.privateOnly.allows(IPAddress(high: 0, low: 1)))
    #expect(AddressPolicy.privateOnly.allows(IPAddress(high: 0xFD12_0000_0000_0001, low: 5)))
    #expect(AddressPolicy.privateOnly.allows(IPAddress(high: 0xFE80_0000_0000_0000, low: 5)))
    #expect(!AddressPolicy.privateOnly.allows(IPAddress(high: 0x2001_0DB8_0000_0000, low: 5)))
}

@Test func aFloodOfHellosFromOneAddressGetsTenAnswersASecond() {
    let table = TestTable()
    var answers = 0
    let hello = ClientMessage.hello(nonce: nonce).datagram()
    for index in 0..<10_000
    where table.receive(hello, from: local(UInt16(index % 50)), at: seconds(Double(index) / 1000)) != .nothing {
        answers += 1
    }
    #expect((100...120).contains(answers))
}

@Test func aFloodFromManyAddressesGetsAHundredAnswersASecondAndBoundedMemory() {
    var budget = GreetingBudget(at: seconds(0))
    var answers = 0
    for index in 0..<100_000 {
        let address = IPAddress(v4: 0x0A00_0000 + UInt32(index))
        if budget.allows(address, at: seconds(Double(index) / 10_000)) { answers += 1 }
        #expect(budget.remembered <= GreetingBudget.capacity)
    }
    #expect((500...1110).contains(answers))
}

@Test func noStrangerGetsMoreBytesThanItSent() {
    var random = SeededRandom(5)
    let table = TestTable()
    var received = 0
    var sent = 0
    for round in 0..<100_000 {
        var datagram = random.bytes(Int.random(in: 0...100, using: &random))
        let valid = [ClientMessage.hello(nonce: nonce).datagram(), ClientMessage.ping(time: 5).datagram()][round % 2]
        if round % 3 > 0 { datagram = valid + datagram }
        if round % 9 == 1 { datagram = Array(valid.prefix(63)) }
        received += datagram.count
        let endpoint = local(UInt16.random(in: 1...9, using: &random), UInt8.random(in: 0...255, using: &random))
        if case .reply(let reply) = table.receive(datagram, from: endpoint, at: seconds(Double(round) / 200)) {
            sent += reply.count
            #expect(reply.count <= datagram.count)
        }
    }
    #expect(sent > 100_000)
    #expect(sent <= received)
}

@Test func aStrangersPongDoesNotTellTheSession() throws {
    let table = TestTable()
    let ping = ClientMessage.ping(time: 4).datagram()
    guard case .reply(let stranger) = table.receive(ping, from: local(1), at: seconds(0)) else {
        Issue.record("another answer")
        return
    }
    #expect(try WireHeader(reading: stranger).session == 0)
    _ = table.subscribe(local(1), at: seconds(0))
    guard case .reply(let friend) = table.receive(ping, from: local(1), at: seconds(0)) else {
        Issue.record("another answer")
        return
    }
    #expect(try WireHeader(reading: friend).session == 77)
}

@Test func theSequenceWrapsAndReportsAcrossTheWrapAreUnderstood() throws {
    let table = TestTable(firstSequence: .max - 1)
    let id = try #require(table.subscribe(local(1), at: seconds(0)))
    #expect((0..<3).map { _ in table.nextSequence(id) } == [.max, 0, 1])
    keepAlive(table, local(1), seen: 1, lost: 1, at: seconds(1))
    #expect(table.counters["reported_lost"] == 1)
}

@Test func heavyLossHalvesTheRateAndItRecoversSlowly() throws {
    let table = TestTable()
    let id = try #require(table.subscribe(local(1), at: seconds(0)))
    for _ in 0..<100 { _ = table.nextSequence(id) }
    keepAlive(table, local(1), seen: 100, lost: 20, at: seconds(2))
    #expect(table.leases[id]?.ceiling == 200)
    for _ in 0..<100 { _ = table.nextSequence(id) }
    keepAlive(table, local(1), seen: 200, lost: 21, at: seconds(4))
    // 100 datagrams in 2 s are 50/s; half of that.
    #expect(table.leases[id]?.ceiling == 25)
    keepAlive(table, local(1), seen: 200, lost: 0, at: seconds(5))
    #expect(abs((table.leases[id]?.ceiling ?? 0) - 27.5) < 1e-9)
    for second in 6..<60 { keepAlive(table, local(1), seen: 200, lost: 0, at: seconds(Double(second))) }
    #expect(table.leases[id]?.ceiling == 200)
}

@Test func aReportOfMoreThanWasSentIsNotBelieved() throws {
    let table = TestTable()
    let id = try #require(table.subscribe(local(1), at: seconds(0)))
    _ = table.nextSequence(id)
    keepAlive(table, local(1), seen: 1000, lost: 999, at: seconds(1))
    keepAlive(table, local(1), seen: 1, lost: 999, at: seconds(1))
    #expect(table.counters["reported_lost"] == 1)
}

@Test func aSubscriberGetsItsRateAndNeverMoreThanTwoHundredASecond() throws {
    var request = SubscribeRequest()
    request.rate = 10
    let table = TestTable()
    let slow = try #require(table.subscribe(local(1), request, at: seconds(0)))
    let fast = try #require(table.subscribe(local(2), at: seconds(0)))
    var passed = (slow: 0, fast: 0)
    for frame in 0..<10_000 {
        let now = seconds(Double(frame) / 1000)
        if table.mayStart(slow, stream: 1, datagrams: 1, at: now) { passed.slow += 1 }
        if table.mayStart(fast, stream: 1, datagrams: 2, at: now) { passed.fast += 2 }
    }
    #expect((99...102).contains(passed.slow))
    #expect((1990...2025).contains(passed.fast))
}

@Test func aSocketThatStaysFullForAWholeLeaseEndsIt() throws {
    let table = TestTable()
    let id = try #require(table.subscribe(local(1), at: seconds(0)))
    for second in 0...4 {
        table.noteSend(id, taken: false, at: seconds(Double(second)))
        keepAlive(table, local(1), seen: 0, lost: 0, at: seconds(Double(second)))
    }
    #expect(table.expire(at: seconds(4.9)).isEmpty)
    #expect(table.expire(at: seconds(5)) == [id])
}

@Test func targetsFromTheSettingsNeverExpire() {
    let table = TestTable()
    let id = table.addFixed(SubscribeRequest(), at: seconds(0))
    #expect(table.expire(at: seconds(1e6)).isEmpty)
    #expect(table.leases[id] != nil)
}
