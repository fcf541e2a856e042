// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing
import XLink

/// One end in the place of one that was recorded: it does the same, and gets everything that the other end sent.
struct Replay {
    var endpoint: XLinkEndpoint
    /// The answers bear the numbers that the recorded end gave its requests; ours are others.
    private var ours: [Int32: Int32] = [:]
    private(set) var sent: [XLinkHeader] = []

    init(_ role: XLinkRole) { endpoint = XLinkEndpoint(role) }

    /// What the recorded end asked for: everything but releases, which follow from packets.
    mutating func act(_ header: XLinkHeader) throws {
        let request: XLinkHeader? =
            switch header.request {
            case .ping: endpoint.ping(at: 0)
            case .create: try endpoint.open(header.name, writeSize: Int(header.size), at: 0)
            case .write: try endpoint.write(Int(header.size), to: header.stream, at: 0)
            case .close: try endpoint.close(header.stream, at: 0)
            case .reset: endpoint.reset(at: 0)
            case .release, nil: nil
            }
        // Writing without credit and closing with unreleased packets would give none.
        guard header.request != .release else { return }
        guard let made = request else { throw NotAllowed(header: header) }
        ours[header.event] = made.event
        sent.append(made)
    }

    mutating func receive(_ header: XLinkHeader) throws {
        var header = header
        if header.isResponse, let event = ours[header.event] { header.event = event }
        let reception = try endpoint.receive(header, at: 0)
        if let reply = reception.reply { sent.append(reply) }
        guard case .payload(let incoming) = reception.event else { return }
        sent.append(endpoint.received(incoming, at: 0))
        let release = endpoint.release(incoming.count, of: incoming.stream, at: 0)
        sent.append(try #require(release))
    }

    /// What the recorded end did this one may not do now.
    struct NotAllowed: Error { let header: XLinkHeader }

    /// Fields that matter, in an order that does not depend on how two threads of the recorded end took turns.
    static func comparable(_ headers: [XLinkHeader]) -> [String] {
        headers.map { header in
            let isNamed = header.request == .create
            let hasSize = header.request != .release || !header.isResponse
            let isNumbered = hasSize && header.request != .ping && header.request != .reset
            return "\(header.type) \(isNamed ? header.name : "") \(isNumbered ? header.stream : 0) \(hasSize ? header.size : 0)"
        }.sorted()
    }
}

struct XLinkRecordingTests {
    @Test(.enabled(if: SharedData.isRequired), arguments: Recording.names)
    func theHostTakesWhatTheCameraSaidAndSaysWhatTheLibrarySaid(name: String) async throws {
        try check(try await Recording(name).events, role: .host, isCut: name == "poe/session-1")
    }

    @Test(.enabled(if: SharedData.isRequired), arguments: Recording.names)
    func theDeviceTakesWhatTheLibrarySaidAndSaysWhatTheCameraSaid(name: String) async throws {
        try check(try await Recording(name).events, role: .device)
    }

    private func check(_ events: [Recording.Event], role: XLinkRole, isCut: Bool = false) throws {
        #expect(events.count > 60)
        var replay = Replay(role)
        var recorded: [XLinkHeader] = []
        for event in events {
            if event.isFromHost == (role == .host) {
                recorded.append(event.header)
                if !event.header.isResponse { try replay.act(event.header) }
            } else {
                try replay.receive(event.header)
            }
        }
        var sent = Replay.comparable(replay.sent)
        for header in Replay.comparable(recorded) {
            guard let index = sent.firstIndex(of: header) else { Issue.record("not sent: \(header)"); continue }
            sent.remove(at: index)
        }
        // The bootloader leaves before the library has answered its last release.
        #expect(sent == (isCut ? ["10  0 0"] : []))
        #expect(replay.endpoint.unreadBytes == 0)
    }
}
