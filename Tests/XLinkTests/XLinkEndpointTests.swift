// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing
import XLink

/// Both ends against each other, without threads: headers wait in two queues until the test delivers them.
private struct Pair {
    struct End {
        var endpoint: XLinkEndpoint
        var inbox: [XLinkHeader] = []
        var opened: [UInt32: String] = [:]
        var unreleased: [(number: UInt32, count: Int)] = []
        var sentBytes: [String: Int] = [:]
        var receivedBytes: [String: Int] = [:]
    }

    var ends = [End(endpoint: XLinkEndpoint(.host)), End(endpoint: XLinkEndpoint(.device))]
    private var names: [UInt32: String] = [:]

    init() throws {
        send(ends[0].endpoint.ping(at: 0), from: 0)
        try deliverAll()
    }

    mutating func send(_ header: XLinkHeader?, from end: Int) {
        if let header { ends[1 - end].inbox.append(header) }
    }

    /// What an end makes of the oldest header that waits for it.
    mutating func deliver(to end: Int) throws {
        guard !ends[end].inbox.isEmpty else { return }
        let header = ends[end].inbox.removeFirst()
        let reception = try ends[end].endpoint.receive(header, at: 0)
        send(reception.reply, from: end)
        switch reception.event {
        case .opened(let number, let name):
            #expect(names.updateValue(name, forKey: number) ?? name == name)
            ends[end].opened[number] = name
        case .peerOpened(let number, let name, _):
            #expect(names.updateValue(name, forKey: number) ?? name == name)
        case .payload(let incoming):
            send(ends[end].endpoint.received(incoming, at: 0), from: end)
            ends[end].unreleased.append((incoming.stream, incoming.count))
            ends[end].receivedBytes[names[incoming.stream] ?? "?", default: 0] += incoming.count
        default: break
        }
    }

    mutating func deliverAll() throws {
        while ends.contains(where: { !$0.inbox.isEmpty }) {
            for end in 0...1 { try deliver(to: end) }
        }
    }

    mutating func open(_ name: String, writeSize: Int, by end: Int) throws {
        send(try ends[end].endpoint.open(name, writeSize: writeSize, at: 0), from: end)
    }

    mutating func write(_ count: Int, to number: UInt32, by end: Int) throws {
        guard let header = try ends[end].endpoint.write(count, to: number, at: 0) else { return }
        send(header, from: end)
        ends[end].sentBytes[ends[end].opened[number] ?? "?", default: 0] += count
    }

    mutating func release(_ index: Int, by end: Int) {
        let packet = ends[end].unreleased.remove(at: index)
        let header = ends[end].endpoint.release(packet.count, of: packet.number, at: 0)
        #expect(header != nil)
        send(header, from: end)
    }

    mutating func close(_ number: UInt32, by end: Int) throws {
        guard let header = try ends[end].endpoint.close(number, at: 0) else { return }
        send(header, from: end)
        ends[end].opened[number] = nil
    }
}

struct XLinkEndpointTests {
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func whateverTheOrderTheEndsAgree(seed: UInt64) throws {
        var random = SeededRandom(seed)
        var pair = try Pair()
        for _ in 0..<12_000 { try step(&pair, &random) }
        while true {
            try pair.deliverAll()
            guard let end = (0...1).first(where: { !pair.ends[$0].unreleased.isEmpty }) else { break }
            pair.release(0, by: end)
        }
        #expect(pair.ends[0].endpoint.streamCount == pair.ends[1].endpoint.streamCount)
        for end in 0...1 {
            #expect(pair.ends[end].endpoint.unreadBytes == 0)
            #expect(pair.ends[end].endpoint.requestCount == 0)
            #expect(pair.ends[end].sentBytes.values.reduce(0, +) > 100_000)
            #expect(pair.ends[end].sentBytes == pair.ends[1 - end].receivedBytes)
        }
    }

    private func step(_ pair: inout Pair, _ random: inout SeededRandom) throws {
        let end = Int.random(in: 0...1, using: &random)
        let number = pair.ends[end].opened.keys.sorted().randomElement(using: &random)
        switch Int.random(in: 0..<32, using: &random) {
        case 0..<16:
            try pair.deliver(to: end)
        case 16:
            let name = "stream \(Int.random(in: 0..<30, using: &random))"
            // Open already: nothing happens.
            try? pair.open(name, writeSize: Int.random(in: 1...4000, using: &random), by: end)
        case 17..<24:
            // Closed meanwhile, or larger than the stream takes: nothing happens.
            if let number { try? pair.write(Int.random(in: 0...1000, using: &random), to: number, by: end) }
        case 24..<31:
            let count = pair.ends[end].unreleased.count
            if count > 0 { pair.release(Int.random(in: 0..<count, using: &random), by: end) }
        default:
            if let number { try? pair.close(number, by: end) }
        }
    }

    @Test func theHostNumbersStreamsInTheirOrderAndNeverTwice() throws {
        var pair = try Pair()
        try pair.open("a", writeSize: 1, by: 1)
        try pair.deliverAll()
        try pair.open("b", writeSize: 1, by: 0)
        try pair.open("a", writeSize: 1, by: 0)
        try pair.deliverAll()
        #expect(pair.ends[0].opened == [0: "a", 1: "b"])
        #expect(pair.ends[1].opened == [0: "a"])
        for end in 0...1 { try pair.close(0, by: end) }
        try pair.deliverAll()
        #expect(pair.ends.map(\.endpoint.streamCount) == [1, 1])
        try pair.open("a", writeSize: 1, by: 1)
        try pair.deliverAll()
        #expect(pair.ends[1].opened == [2: "a"])
    }

    @Test func creditIsTheDeclaredSizeAnd64Packets() throws {
        var pair = try Pair()
        try pair.open("large", writeSize: 1000, by: 0)
        try pair.open("small", writeSize: 1000, by: 0)
        try pair.deliverAll()
        var host = pair.ends[0].endpoint
        // 1000 is rounded up to 1024.
        #expect(throws: XLinkError.packetTooLarge(stream: "large", bytes: 1025, limit: 1024)) {
            try host.write(1025, to: 0, at: 0)
        }
        #expect(try host.write(1000, to: 0, at: 0)?.size == 1000)
        #expect(try host.write(25, to: 0, at: 0) == nil)
        #expect(try host.write(24, to: 0, at: 0) != nil)
        for _ in 0..<64 { #expect(try host.write(0, to: 1, at: 0) != nil) }
        #expect(try host.write(0, to: 1, at: 0) == nil)
        // Not before everything is released.
        #expect(try host.close(1, at: 0) == nil)
    }

    @Test func anOpenStreamIsNotOpenedAgain() throws {
        var pair = try Pair()
        for end in 0...1 {
            try pair.open("a", writeSize: 1, by: end)
            #expect(throws: XLinkError.alreadyOpen("a")) { try pair.open("a", writeSize: 1, by: end) }
        }
        try pair.deliverAll()
        #expect(throws: XLinkError.alreadyOpen("a")) { try pair.open("a", writeSize: 1, by: 1) }
    }

    @Test func aLinkHas32Streams() throws {
        for end in 0...1 {
            var pair = try Pair()
            for index in 0..<32 { try pair.open("\(index)", writeSize: 1, by: end) }
            #expect(throws: XLinkError.tooManyStreams) { try pair.open("more", writeSize: 1, by: end) }
            try pair.deliverAll()
            #expect(pair.ends[1 - end].endpoint.streamCount == 32)
            #expect(throws: XLinkError.tooManyStreams) { try pair.open("more", writeSize: 1, by: end) }
        }
    }

    @Test(arguments: ["", String(repeating: "x", count: 52), "a\nb", "a\u{0}", "\u{FFFD}"])
    func suchNamesNameNoStream(name: String) throws {
        var pair = try Pair()
        #expect(throws: XLinkError.invalidName(name)) { try pair.open(name, writeSize: 1, by: 0) }
    }

    @Test func nothingIsOpenedBeforeTheFirstPing() {
        for role in [XLinkRole.host, .device] {
            var endpoint = XLinkEndpoint(role)
            #expect(throws: XLinkError.notConnected) { try endpoint.open("a", writeSize: 1, at: 0) }
        }
    }

    @Test func everyHeaderBearsItsTime() throws {
        var endpoint = XLinkEndpoint(.device)
        var ping = XLinkHeader(event: 7, type: 5)
        ping.sentSeconds = 99
        let pong = try #require(try endpoint.receive(ping, at: 3_000_000_005).reply)
        #expect((pong.sentSeconds, pong.sentNanoseconds) == (3, 5))
    }

    @Test func onlyPacketsThatAreUnreadAreReleased() throws {
        var pair = try Pair()
        try pair.open("a", writeSize: 64, by: 1)
        try pair.deliverAll()
        try pair.write(10, to: 0, by: 1)
        try pair.deliverAll()
        var host = pair.ends[0].endpoint
        #expect(host.release(11, of: 0, at: 0) == nil)
        #expect(host.release(10, of: 1, at: 0) == nil)
        #expect(host.release(10, of: 0, at: 0)?.size == 10)
        #expect(host.release(0, of: 0, at: 0) == nil)
    }
}
