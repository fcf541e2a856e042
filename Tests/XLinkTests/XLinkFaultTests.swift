// SPDX-License-Identifier: Apache-2.0
import Testing
import XLink

/// What a peer says that cannot be true, and the sentence with which the link ends.
struct XLinkFaultTests {
    /// A host with two streams that both ends have opened: 'left' (0; 1024 bytes of the peer's, one packet of 100 of ours is
    /// unreleased), and 'right' (1; closed by the peer).
    private static func host(_ limits: XLinkLimits = XLinkLimits()) throws -> XLinkEndpoint {
        var host = XLinkEndpoint(.host, limits: limits)
        try answer(host.ping(at: 0), &host)
        for (name, number) in [("left", 0), ("right", 1)] as [(String, UInt32)] {
            try answer(try host.open(name, writeSize: 128, at: 0), &host)
            _ = try host.receive(XLinkHeader(event: 1, type: 3, name: name, stream: 0xDEAD_DEAD, size: 1024), at: 0)
            if number == 0 { _ = try host.write(100, to: number, at: 0) }
        }
        _ = try host.receive(XLinkHeader(event: 2, type: 4, stream: 1), at: 0)
        return host
    }

    private static func answer(_ request: XLinkHeader, _ host: inout XLinkEndpoint) throws {
        var header = request
        header.type += 8
        _ = try host.receive(header, at: 0)
    }

    private static let lies: [(header: XLinkHeader, sentence: String)] = [
        (XLinkHeader(event: 5, type: 77), "The peer sent an event of type 77, which XLink does not have"),
        (XLinkHeader(event: 5, type: 24), "The peer sent an event of type 24, which XLink does not have"),
        (XLinkHeader(event: 5, type: 1), "The peer sent an event of type 1, which XLink does not have"),
        (
            XLinkHeader(event: 5, type: 0, stream: 0, size: 0xFFFF_FFF0),
            "The peer announced a packet of 4294967280 bytes on stream 'left', which takes at most 1024"
        ),
        (
            XLinkHeader(event: 5, type: 0, stream: 0, size: 1025),
            "The peer announced a packet of 1025 bytes on stream 'left', which takes at most 1024"
        ),
        (XLinkHeader(event: 5, type: 0, stream: 99, size: 4), "The peer sent write for stream 99, which does not exist"),
        (
            XLinkHeader(event: 5, type: 0, stream: 1, size: 4),
            "The peer sent write for stream 'right', which it has not opened"
        ),
        (XLinkHeader(event: 5, type: 4, stream: 99), "The peer sent close for stream 99, which does not exist"),
        (XLinkHeader(event: 5, type: 4, stream: 1), "The peer sent close for stream 'right', which it has not opened"),
        (XLinkHeader(event: 5, type: 2, stream: 99, size: 4), "The peer sent release for stream 99, which does not exist"),
        (
            XLinkHeader(event: 5, type: 2, stream: 0, size: 101),
            "The peer released 101 bytes on stream 'left', of which 100 are not yet released"
        ),
        (
            XLinkHeader(event: 5, type: 2, stream: 0, size: 99),
            "The peer released 99 bytes on stream 'left', of which 100 are not yet released"
        ),
        (
            XLinkHeader(event: 5, type: 2, stream: 1, size: 0),
            "The peer released 0 bytes on stream 'right', of which 0 are not yet released"
        ),
        (
            XLinkHeader(event: 5, type: 3, name: "", stream: 0xDEAD_DEAD, size: 64),
            "The peer named a stream ''; names have 1 to 51 characters and no control characters"
        ),
        (
            XLinkHeader(event: 5, type: 8, stream: 0, size: 100, flags: .refused),
            "The peer refused write of stream 'left' with flags 0x2"
        ),
        (XLinkHeader(event: 5, type: 10, flags: []), "The peer refused release with flags 0x0"),
    ]

    @Test(arguments: lies.indices)
    func aLieEndsTheLinkWithASentence(index: Int) throws {
        let (header, sentence) = Self.lies[index]
        var host = try Self.host()
        let fault = #expect(throws: XLinkFault.self) { try host.receive(header, at: 0) }
        #expect(fault?.description == sentence)
        // For good.
        #expect(host.fault == fault)
        let again = #expect(throws: XLinkFault.self) { try host.receive(XLinkHeader(event: 6, type: 5), at: 0) }
        #expect(again == fault)
    }

    @Test func whatIsUnreleasedIsCounted() throws {
        var host = try Self.host()
        _ = try host.receive(XLinkHeader(event: 5, type: 0, stream: 0, size: 1000), at: 0)
        let fault = #expect(throws: XLinkFault.self) {
            try host.receive(XLinkHeader(event: 6, type: 0, stream: 0, size: 25), at: 0)
        }
        #expect(fault?.description == "The peer sent 1025 unreleased bytes on stream 'left', which takes at most 1024")
    }

    @Test func emptyPacketsAreCounted() throws {
        var host = try Self.host()
        let empty = XLinkHeader(event: 5, type: 0, stream: 0, size: 0)
        for _ in 0..<64 { _ = try host.receive(empty, at: 0) }
        let fault = #expect(throws: XLinkFault.self) { try host.receive(empty, at: 0) }
        #expect(fault?.description == "The peer sent more than 64 unreleased packets on stream 'left'")
    }

    @Test func aPacketIsNeverLargerThanTheLimitWhateverWasDeclared() throws {
        var host = try Self.host(XLinkLimits(packetBytes: 500))
        let fault = #expect(throws: XLinkFault.self) {
            try host.receive(XLinkHeader(event: 5, type: 0, stream: 0, size: 501), at: 0)
        }
        #expect(fault?.description == "The peer announced a packet of 501 bytes on stream 'left', which takes at most 500")
    }

    @Test func whatNobodyReadsIsBounded() throws {
        var host = try Self.host(XLinkLimits(unreadBytes: 700))
        let packet = XLinkHeader(event: 5, type: 0, stream: 0, size: 340)
        for _ in 0..<2 { _ = try host.receive(packet, at: 0) }
        let fault = #expect(throws: XLinkFault.self) { try host.receive(packet, at: 0) }
        #expect(
            fault?.description
                == "More than 700 bytes of the peer's packets are unread, the last on stream 'left'; read the streams you open")
    }

    @Test func aRefusedStreamEndsTheLinkByName() throws {
        var host = try Self.host()
        var header = try host.open("depth", writeSize: 1, at: 0)
        (header.type, header.flags) = (11, .tooBig)
        let fault = #expect(throws: XLinkFault.self) { try host.receive(header, at: 0) }
        #expect(fault?.description == "The peer refused create of stream 'depth' with flags 0x40")
    }

    @Test func aDeviceHasToTakeTheNumberThatTheHostPicks() throws {
        var host = try Self.host()
        var header = try host.open("depth", writeSize: 1, at: 0)
        (header.type, header.stream) = (11, 0)
        let fault = #expect(throws: XLinkFault.self) { try host.receive(header, at: 0) }
        #expect(fault?.description == "The peer numbered stream 'depth' 0, which contradicts an earlier event")
    }

    @Test(arguments: [("left", 1), ("right", 0), ("right", 0xDEAD_DEAD)] as [(String, UInt32)])
    func aHostMayNotContradictItself(name: String, number: UInt32) throws {
        var device = XLinkEndpoint(.device)
        _ = try device.receive(XLinkHeader(event: 1, type: 5), at: 0)
        _ = try device.receive(XLinkHeader(event: 2, type: 3, name: "left", stream: 0, size: 64), at: 0)
        let fault = #expect(throws: XLinkFault.self) {
            try device.receive(XLinkHeader(event: 3, type: 3, name: name, stream: number, size: 64), at: 0)
        }
        #expect(fault == .conflictingNumber(stream: name, number: number))
    }

    @Test func whoDoesNotPingFirstIsNoHost() throws {
        var device = XLinkEndpoint(.device)
        let fault = #expect(throws: XLinkFault.self) {
            try device.receive(XLinkHeader(event: 1, type: 3, name: "a", size: 64), at: 0)
        }
        #expect(fault?.description == "The peer started with create instead of ping; it does not speak XLink")
    }

    // MARK: Not judged

    @Test func leftoversInAnswersAndAnswersThatComeTwiceAreIgnored() throws {
        var host = try Self.host()
        for type in 8...14 where type != 9 {
            let leftovers = XLinkHeader(event: 987, type: UInt32(type), name: "\u{1}", stream: 12345, size: 987_654_321)
            let reception = try host.receive(leftovers, at: 0)
            #expect(reception.reply == nil && reception.event == nil)
        }
    }

    @Test func aThirtyThirdStreamIsRefusedAndTheLinkGoesOn() throws {
        var host = try Self.host()
        for index in 2..<32 {
            _ = try host.receive(XLinkHeader(event: 5, type: 3, name: "\(index)", stream: 0xDEAD_DEAD, size: 64), at: 0)
        }
        let request = XLinkHeader(event: 6, type: 3, name: "more", stream: 0xDEAD_DEAD, size: 64)
        let reply = try host.receive(request, at: 0).reply
        #expect(reply?.flags == [.refused, .tooBig])
        #expect(host.streamCount == 32)
        #expect(try host.receive(XLinkHeader(event: 7, type: 5), at: 0).reply?.type == 13)
    }

    @Test func closingWithUnreadPacketsIsRefusedUntilTheyAreReleased() throws {
        var host = try Self.host()
        _ = try host.receive(XLinkHeader(event: 5, type: 0, stream: 0, size: 4), at: 0)
        let close = XLinkHeader(event: 6, type: 4, stream: 0)
        #expect(try host.receive(close, at: 0).reply?.flags == .refused)
        _ = host.release(4, of: 0, at: 0)
        #expect(try host.receive(close, at: 0).event == .peerClosed(stream: 0))
    }

    @Test func aStreamThatIsOpenedTwiceKeepsItsSize() throws {
        var host = try Self.host()
        let reception = try host.receive(XLinkHeader(event: 5, type: 3, name: "left", stream: 0xDEAD_DEAD, size: 4096), at: 0)
        #expect(reception.reply?.stream == 0)
        #expect(reception.event == nil)
        #expect(throws: XLinkFault.packetTooLarge(stream: "left", bytes: 2000, declared: 1024)) {
            try host.receive(XLinkHeader(event: 6, type: 0, stream: 0, size: 2000), at: 0)
        }
    }
}
