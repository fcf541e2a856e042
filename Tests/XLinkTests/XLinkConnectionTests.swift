// SPDX-License-Identifier: Apache-2.0
import Core
import Glibc
import TestSupport
import Testing
import XLink

/// What a handler has seen, for the thread that waits for it.
private final class Log<Entry: Sendable>: Sendable {
    private let mailbox = Mailbox<Entry>(capacity: 5000, onFull: .dropNewest)

    func note(_ entry: Entry) { mailbox.offer(entry) }
    func next() -> Entry? { mailbox.next(until: .soon) }
    func next(_ count: Int) -> [Entry] { (0..<count).compactMap { _ in next() } }
}

/// Both ends of a link, started.
private struct Ends {
    let host: XLinkConnection
    let device: XLinkConnection
    let hostEnd = Log<String>()
    let deviceEnd = Log<String>()

    /// - Parameter onOpen: of the device.
    init(onOpen: @escaping @Sendable (XLinkStream) -> Void = { _ in }) throws {
        let (first, second) = try Listener.pair()
        host = XLinkConnection(first, role: .host, onEnd: hostEnd.note)
        device = XLinkConnection(second, role: .device, onOpen: onOpen, onEnd: deviceEnd.note)
        let thread = StageThread(name: "start") { [host] in try? host.start(until: .soon) }
        try device.start(until: .soon)
        thread.join()
    }

    func close() {
        host.close()
        device.close()
    }
}

/// A peer that the test plays by hand, event by event.
private struct Puppet {
    let transport: TCPTransport

    func say(_ header: XLinkHeader, _ payload: [UInt8] = []) throws {
        try header.encoded.withUnsafeBytes { header in
            try payload.withUnsafeBytes { try transport.write(header: header, payload: $0) }
        }
    }

    /// The next event; its payload is read and forgotten.
    @discardableResult
    func hear() throws -> XLinkHeader {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 84, alignment: 8)
        defer { bytes.deallocate() }
        try transport.read(into: bytes)
        let header = try #require(XLinkHeader(UnsafeRawBufferPointer(bytes)))
        if header.type == 0 {
            let payload = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(header.size), alignment: 8)
            defer { payload.deallocate() }
            try transport.read(into: payload)
        }
        return header
    }

    /// Hears a request and acknowledges it.
    func acknowledge() throws {
        var header = try hear()
        header.type += 8
        try say(header)
    }

    /// A host whose peer is a puppet that has answered its ping.
    static func host(_ onEnd: @escaping @Sendable (String) -> Void = { _ in }) throws -> (XLinkConnection, Puppet) {
        let (first, second) = try Listener.pair()
        let host = XLinkConnection(first, role: .host, onEnd: onEnd)
        let puppet = Puppet(transport: second)
        let thread = StageThread(name: "puppet") { try? puppet.acknowledge() }
        try host.start(until: .soon)
        thread.join()
        return (host, puppet)
    }

    /// Has the host open a stream.
    func open(_ name: String, writeSize: Int, _ host: XLinkConnection) throws -> XLinkStream {
        let stream = try host.open(name, writeSize: writeSize, until: nil)
        try acknowledge()
        return stream
    }
}

struct XLinkConnectionTests {
    /// Packets that tell which they are: a length and bytes that follow from a number.
    private static func packet(_ index: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: index * 7919 % 20_000)
    }

    @Test func aThousandPacketsGoEachWayAtOnce() async throws {
        try await Blocking.run {
            let (up, down) = (Log<[UInt8]>(), Log<[UInt8]>())
            let ends = try Ends { stream in stream.setHandler { up.note(Array($0)) } }
            let mine = try ends.host.open("both", writeSize: 50_000, until: .soon) { down.note(Array($0)) }
            let theirs = try ends.device.open("both", writeSize: 50_000, until: .soon)
            let writers = [mine, theirs].map { stream in
                StageThread(name: "writer") {
                    for index in 0..<1000 { try? stream.write(Self.packet(index), until: .soon) }
                }
            }
            for log in [up, down] {
                for index in 0..<1000 where log.next() != Self.packet(index) { Issue.record("packet \(index) differs") }
            }
            for writer in writers { writer.join() }
            ends.close()
            #expect(ends.hostEnd.next() == "The link was closed")
            #expect(ends.deviceEnd.next() != nil)
        }
    }

    @Test func packetsWaitForWhoReadsThem() async throws {
        try await Blocking.run {
            let ends = try Ends()
            let mine = try ends.host.open("log", writeSize: 64, until: .soon)
            let theirs = try ends.device.open("log", writeSize: 6400, until: .soon)
            for index in 0..<50 { try theirs.write([UInt8(index)], until: .soon) }
            for index in 0..<20 { #expect(try mine.read(until: .soon) == [UInt8(index)]) }
            // A handler gets what waits first, on this thread.
            let log = Log<UInt8>()
            mine.setHandler { log.note($0[0]) }
            for index in 50..<60 { try theirs.write([UInt8(index)], until: .soon) }
            #expect(log.next(40) == (20..<60).map { UInt8($0) })
            #expect(try mine.read(until: .atOnce) == nil)
            ends.close()
            #expect(throws: XLinkError.ended("The link was closed")) { try mine.read(until: .soon) }
        }
    }

    @Test func aWriteThatWaitsForCreditHoldsUpNobody() async throws {
        try await Blocking.run {
            let ends = try Ends()
            let full = try ends.host.open("full", writeSize: 64, until: .soon)
            try full.write([UInt8](repeating: 0, count: 64), until: .soon)
            let errors = Log<XLinkError>()
            // Nobody reads at the device.
            let waiting = StageThread(name: "waits") {
                do throws(XLinkError) { try full.write([1], until: .soon) } catch { errors.note(error) }
            }
            #expect(try full.offer([1]) == false)
            let log = Log<UInt8>()
            try ends.host.open("busy", writeSize: 64, until: .soon) { log.note($0[0]) }
            let busy = try ends.device.open("busy", writeSize: 64, until: .soon)
            for index in 0..<100 { try busy.write([UInt8](repeating: UInt8(index), count: 60), until: .soon) }
            #expect(log.next(100) == (0..<100).map { UInt8($0) })
            ends.host.end(because: "enough")
            waiting.join()
            #expect(errors.next() == .ended("enough"))
            ends.close()
        }
    }

    @Test func aPeerThatReleasesNothingCostsAWriteItsTime() async throws {
        try await Blocking.run {
            let (host, puppet) = try Puppet.host()
            let stream = try puppet.open("__watchdog", writeSize: 64, host)
            for _ in 0..<16 { try stream.write([0, 0, 0, 0], until: .soon) }
            #expect(throws: XLinkError.timedOut("the peer releases no packets of stream '__watchdog'")) {
                try stream.write([0, 0, 0, 0], until: .atOnce)
            }
            #expect(host.ended == nil)
            host.close()
        }
    }

    @Test func aPeerThatReadsNothingCostsAWriteItsTimeAndEndsAtClose() async throws {
        try await Blocking.run {
            let (host, puppet) = try Puppet.host()
            let stream = try puppet.open("in", writeSize: 64 << 20, host)
            #expect(throws: XLinkError.timedOut("the peer takes no bytes; stream 'in' waits")) {
                try stream.write([UInt8](repeating: 0, count: 64 << 20), until: .atOnce)
            }
            // The writing thread waits in the kernel, and comes back.
            host.close()
            #expect(host.ended == "The link was closed")
        }
    }

    @Test func handlersAnswerWithoutWaiting() async throws {
        try await Blocking.run {
            let ends = try Ends { stream in
                stream.setHandler { bytes in _ = try? stream.offer(Array(bytes.reversed())) }
            }
            let mine = try ends.host.open("echo", writeSize: 1000, until: .soon)
            try ends.device.open("echo", writeSize: 1000, until: .soon)
            for index in 0..<100 as Range<UInt8> {
                try mine.write([index, 7, 9], until: .soon)
                #expect(try mine.read(until: .soon) == [9, 7, index])
            }
            ends.close()
        }
    }

    @Test func whoServesAStreamOpensItWhenThePeerDoes() async throws {
        try await Blocking.run {
            let opened = Log<XLinkStream>()
            let ends = try Ends { stream in
                try? stream.open(writeSize: 1000)
                opened.note(stream)
            }
            let mine = try ends.host.open("rpc", writeSize: 1000, until: .soon)
            let theirs = try #require(opened.next())
            // Its request may not have been answered yet: a write waits for that, too.
            try theirs.write([1], until: .soon)
            #expect(try mine.read(until: .soon) == [1])
            ends.close()
        }
    }

    @Test func aResetIsAnsweredAndEndsBothEnds() async throws {
        try await Blocking.run {
            let ends = try Ends()
            #expect(ends.host.reset(until: .soon))
            #expect(ends.deviceEnd.next() == "The peer asked for a reset")
            #expect(ends.hostEnd.next() != nil)
            #expect(throws: XLinkError.self) { try ends.host.open("late", writeSize: 1, until: .soon) }
            ends.close()
        }
    }

    @Test func aResetWithoutAnAnswerEndsAtItsLimit() async throws {
        try await Blocking.run {
            let (host, puppet) = try Puppet.host()
            #expect(!host.reset(until: .atOnce))
            #expect(host.ended == "The link was reset")
            puppet.transport.shutdown()
            host.close()
        }
    }

    @Test func aStreamIsClosedOnceEverythingIsReleased() async throws {
        try await Blocking.run {
            let opened = Log<XLinkStream>()
            let ends = try Ends { opened.note($0) }
            let mine = try ends.host.open("assets", writeSize: 1000, until: .soon)
            let theirs = try #require(opened.next())
            try mine.write([1, 2, 3], until: .soon)
            #expect(throws: XLinkError.timedOut("the peer releases no packets of stream 'assets'")) {
                try mine.close(until: .atOnce)
            }
            #expect(try theirs.read(until: .soon) == [1, 2, 3])
            try mine.close(until: .soon)
            #expect(throws: XLinkError.notOpen("assets")) { try mine.write([4], until: .soon) }
            #expect(throws: XLinkError.notOpen("assets")) { try theirs.read(until: .soon) }
            let again = try ends.host.open("assets", writeSize: 1000, until: .soon)
            #expect(again !== mine)
            try again.write([5], until: .soon)
            #expect(try opened.next()?.read(until: .soon) == [5])
            ends.close()
        }
    }

    @Test func aLieEndsTheLinkBeforeMemoryIsFoundForIt() async throws {
        try await Blocking.run {
            let end = Log<String>()
            let (host, puppet) = try Puppet.host(end.note)
            let stream = try puppet.open("left", writeSize: 64, host)
            try puppet.say(XLinkHeader(event: 1, type: 3, name: "left", stream: 0xDEAD_DEAD, size: 1024))
            try puppet.say(XLinkHeader(event: 2, type: 0, stream: 0, size: 0xFFFF_FFF0))
            let sentence = "The peer announced a packet of 4294967280 bytes on stream 'left', which takes at most 1024"
            #expect(end.next() == sentence)
            #expect(host.ended == sentence)
            #expect(throws: XLinkError.ended(sentence)) { try stream.write([1], until: .soon) }
            host.close()
        }
    }

    @Test func aPeerThatTakesNoAnswersEndsTheLink() async throws {
        try await Blocking.run {
            let end = Log<String>()
            let (host, puppet) = try Puppet.host(end.note)
            let ping = XLinkHeader(event: 1, type: 5).encoded
            let many = [UInt8]((0..<1000).map { _ in ping }.joined())
            let flood = StageThread(name: "flood") {
                while (try? many.withUnsafeBytes { try puppet.transport.write(header: $0, payload: .init(start: nil, count: 0)) })
                    != nil
                {}
            }
            #expect(end.next()?.hasPrefix("The peer goes on sending and takes none of") == true)
            host.close()
            puppet.transport.shutdown()
            flood.join()
        }
    }

    @Test func aStrangerIsNoHost() async throws {
        try await Blocking.run {
            let (first, second) = try Listener.pair()
            let device = XLinkConnection(second, role: .device)
            let request = Array(
                "GET / HTTP/1.1\r\nHost: camera\r\nAccept: */*\r\nUser-Agent: a browser that found the port\r\n\r\n".utf8)
            try request.withUnsafeBytes { try first.write(header: $0, payload: .init(start: nil, count: 0)) }
            let error = #expect(throws: XLinkError.self) { try device.start(until: .soon) }
            #expect(error?.description == "The peer sent an event of type 1414012975, which XLink does not have")
        }
    }

    @Test func aPeerThatIsSilentIsNotWaitedForLongerThanTheLimit() async throws {
        try await Blocking.run {
            let (first, second) = try Listener.pair()
            let host = XLinkConnection(first, role: .host)
            #expect(throws: XLinkError.timedOut("the peer did not answer the first ping")) { try host.start(until: .atOnce) }
            #expect(host.ended == "The link was closed")
            second.shutdown()
        }
    }

    @Test func aLinkThatIsOverIsForgotten() async throws {
        try await Blocking.run {
            weak var host: XLinkConnection?
            try {
                let ends = try Ends()
                let connection = ends.host
                let stream = try connection.open("a", writeSize: 64, until: .soon) { _ in _ = connection.ended }
                #expect(stream.name == "a")
                host = connection
                ends.close()
            }()
            // A thread that has ended lets go of what it ran a moment later.
            let end = Timestamp.soon
            while host != nil, Timestamp.now() < end { sched_yield() }
            #expect(host == nil)
        }
    }
}
