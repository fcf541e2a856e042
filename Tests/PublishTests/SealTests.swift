// SPDX-License-Identifier: Apache-2.0
import Publish
import TestSupport
import Testing

private let seal = DatagramSeal(key: Array("0123456789abcdef".utf8))

/// The specification's test vector.
private let vector: [UInt8] = bytes(
    "4450544801030000000000010000000100010000cafef00d85011a3b9aca001980e801818b07010f18e61903e81907d019753019ea60387c1828190726")

private func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex)
    return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
}

@Test func theTrailerIsTheOnePythonsHmacMakes() {
    // hmac.new(b"0123456789abcdef", vector with bit 7 of the flags, hashlib.sha256).digest()[:16]
    let sealed = seal.sealed(vector)
    #expect(Array(sealed.suffix(16)) == bytes("270b07741281b14d7778ec86a5aa3ebb"))
    #expect(sealed[7] == 0x80)
    #expect(sealed.count == vector.count + 16)
}

@Test func whatWasSealedOpensWithTheSameKeyOnly() throws {
    var expected = vector
    expected[7] |= WireHeader.authenticated
    #expect(seal.opened(seal.sealed(vector)) == expected)
    #expect(DatagramSeal(key: Array("0123456789abcdeg".utf8)).opened(seal.sealed(vector)) == nil)
    #expect(seal.opened(vector) == nil)
}

@Test func everyChangedBitAndEveryCutIsNoticed() {
    let sealed = seal.sealed(vector)
    for index in sealed.indices {
        for bit in 0..<8 {
            var changed = sealed
            changed[index] ^= 1 << UInt8(bit)
            #expect(seal.opened(changed) == nil)
        }
    }
    for length in 0..<sealed.count { #expect(seal.opened(Array(sealed.prefix(length))) == nil) }
}

@Test func aSequenceNumberIsTakenOnceAlsoWhereTheyWrap() {
    var window = ReplayWindow()
    // The last but one is 63 places behind the newest, the last 64: whether that one was seen is not known any more.
    let numbers: [UInt32] = [.max - 1, 3, .max, 1, .max - 1, .max, 1, 3, 2, 100, 37, 36]
    let taken = numbers.map { window.accepts($0) }
    #expect(taken == [true, true, true, true, false, false, false, false, true, true, true, false])
}

@Test func everyNumberOfAShuffledStreamIsTakenOnce() {
    var random = SeededRandom(4)
    var window = ReplayWindow()
    var taken = 0
    for block in 0..<200 {
        let numbers = (0..<32).map { UInt32(block * 32 + $0) &- 500 }
        for number in (numbers + numbers).shuffled(using: &random) where window.accepts(number) { taken += 1 }
    }
    #expect(taken == 200 * 32)
}

@Test func aReplayedKeepAliveOrByeChangesNothingWhereThereIsAKey() throws {
    let table = TestTable(refusesReplays: true)
    let id = try #require(table.subscribe(local(1), at: seconds(0)))
    func send(_ message: ClientMessage, _ sequence: UInt32, at time: Double) -> LeaseTable.Action {
        table.receive(message.datagram(session: 77, sequence: sequence), from: local(1), at: seconds(time))
    }
    _ = send(.keepAlive(seen: 0, lost: 0), 5, at: 4)
    _ = send(.keepAlive(seen: 0, lost: 0), 5, at: 8)
    #expect(table.counters["refused_replay"] == 1)
    #expect(table.expire(at: seconds(9)) == [id], "the second one must not have kept it alive")

    let again = try #require(table.subscribe(local(1), at: seconds(20)))
    #expect(send(.bye, 9, at: 20) == .ended(id: again))
}
