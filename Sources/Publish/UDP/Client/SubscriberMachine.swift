// SPDX-License-Identifier: Apache-2.0
package import Core

/// A subscriber's side of the protocol without sockets or clocks: takes datagrams and the time, gives datagrams to send
/// and messages for the user.
package struct SubscriberMachine {
    /// What is to be done after a step.
    package struct Output {
        package var datagrams: [[UInt8]] = []
        package var messages: [SubscriberMessage] = []
        /// Set when asking again is of no use.
        package var failure: PublishError?
    }

    private enum Phase {
        /// Asking with HELLO.
        case greeting(nonce: [UInt8])
        /// Asking with SUBSCRIBE.
        case subscribing(cookie: [UInt8], nonce: [UInt8], tries: Int)
        case subscribed(session: UInt32)
    }

    private let request: SubscribeRequest
    private let newNonce: @Sendable () -> [UInt8]
    private var phase: Phase
    private var backoff = Backoff(firstNanoseconds: 200_000_000, longestNanoseconds: 2_000_000_000)
    /// When the next question or KEEPALIVE is due.
    private var due: Timestamp
    private var lastHeard: Timestamp
    private var leaseNanoseconds: Int64 = 5_000_000_000
    private var streams: [UInt16: String] = [:]
    private var descriptions: [UInt16: StreamDescription] = [:]
    private var newest: UInt32?
    private var lost = 0
    private var replays = ReplayWindow()
    private var asked: Timestamp
    /// Whether the user was told that nobody answers.
    private var complained = false
    /// Numbers the datagrams sent; a box with a key takes each number once.
    private var sequence: UInt32 = 0
    private let seal: DatagramSeal?
    /// Datagrams that never came, over the whole run.
    package private(set) var totalLost = 0

    /// Silence after which the box is asked whether it is still there, in nanoseconds.
    private static let patience: Int64 = 1_000_000_000
    /// Silence after the first HELLO after which the user is told, in nanoseconds.
    private static let complaintDelay: Int64 = 3_000_000_000

    /// - Parameter seal: the seal of the key shared with the box; nil when it has none.
    package init(
        _ request: SubscribeRequest, seal: DatagramSeal? = nil, at now: Timestamp, newNonce: @escaping @Sendable () -> [UInt8]
    ) {
        self.request = request
        self.seal = seal
        asked = now
        self.newNonce = newNonce
        phase = .greeting(nonce: newNonce())
        due = now
        lastHeard = now
    }

    /// Call ten times a second or so.
    package mutating func tick(at now: Timestamp) -> Output {
        var output = Output()
        if case .subscribed = phase, now.nanoseconds(since: lastHeard) > leaseNanoseconds {
            start(over: "the box has been silent for \(leaseNanoseconds / 1_000_000) ms", at: now, &output)
        }
        guard now >= due else { return output }
        switch phase {
        case .greeting(let nonce):
            complain(at: now, &output)
            output.datagrams.append(datagram(.hello(nonce: nonce)))
            due = now.advanced(byNanoseconds: backoff.nextDelay())
        case .subscribing(let cookie, let nonce, let tries):
            guard tries < 5 else {
                start(over: nil, at: now, &output)
                return output
            }
            output.datagrams.append(datagram(.subscribe(cookie: cookie, nonce: nonce, request)))
            phase = .subscribing(cookie: cookie, nonce: nonce, tries: tries + 1)
            due = now.advanced(byNanoseconds: backoff.nextDelay())
        case .subscribed(let session):
            output.datagrams.append(datagram(.keepAlive(seen: newest ?? 0, lost: lost), session))
            lost = 0
            if now.nanoseconds(since: lastHeard) > SubscriberMachine.patience {
                output.datagrams.append(datagram(.ping(time: UInt64(clamping: now.nanoseconds)), session))
            }
            due = now.advanced(byNanoseconds: leaseNanoseconds / 3)
        }
        return output
    }

    /// The datagram of a message, as it goes to the box.
    private mutating func datagram(_ message: ClientMessage, _ session: UInt32 = 0) -> [UInt8] {
        sequence &+= 1
        let datagram = message.datagram(session: session, sequence: sequence)
        return seal?.sealed(datagram) ?? datagram
    }

    private mutating func complain(at now: Timestamp, _ output: inout Output) {
        guard !complained, now.nanoseconds(since: asked) > SubscriberMachine.complaintDelay else { return }
        complained = true
        output.messages.append(
            .lost("no answer yet: is depthd running there with udp.enabled, is this address in udp.allow, does the key match?"))
    }

    /// Back to HELLO.
    private mutating func start(over reason: String?, at now: Timestamp, _ output: inout Output) {
        if let reason { output.messages.append(.lost(reason)) }
        phase = .greeting(nonce: newNonce())
        backoff.reset()
        (due, asked, complained) = (now, now, false)
        newest = nil
        replays = ReplayWindow()
        lost = 0
        descriptions = [:]
    }

    /// Takes one datagram from the box. Anything that is not understood is ignored.
    package mutating func receive(_ datagram: [UInt8], at now: Timestamp) -> Output {
        var output = Output()
        guard let datagram = opened(datagram), let header = try? WireHeader(reading: datagram) else { return output }
        switch header.type {
        case .result, .describe:
            guard case .subscribed(let session) = phase, header.session == session else { return output }
            guard seal == nil || replays.accepts(header.sequence) else { return output }
            lastHeard = now
            follow(header.sequence)
            take(header, datagram, &output)
        default:
            guard let message = try? ControlMessage(header, reading: datagram) else { return output }
            take(message, header, at: now, &output)
        }
        return output
    }

    private func opened(_ datagram: [UInt8]) -> [UInt8]? {
        guard let seal else { return datagram }
        return seal.opened(datagram)
    }

    /// Keeps count of what was lost. A late datagram is taken off the count again.
    private mutating func follow(_ sequence: UInt32) {
        guard let newest else {
            self.newest = sequence
            return
        }
        let step = Int32(bitPattern: sequence &- newest)
        if step > 0 {
            self.newest = sequence
            lost += Int(step) - 1
            totalLost += Int(step) - 1
        } else if step < 0 {
            lost = max(0, lost - 1)
            totalLost = max(0, totalLost - 1)
        }
    }

    private mutating func take(_ header: WireHeader, _ datagram: [UInt8], _ output: inout Output) {
        if header.type == .describe {
            guard let description = try? StreamDescription(header, reading: datagram) else { return }
            streams[header.stream] = description.name
            guard descriptions[header.stream] != description else { return }
            descriptions[header.stream] = description
            output.messages.append(.described(description))
        } else if header.encoding == .json {
            let text = String(decoding: datagram[WireHeader.length...], as: UTF8.self)
            output.messages.append(.json(text.hasSuffix("\n") ? String(text.dropLast()) : text))
        } else if let body = try? ResultBody(header, reading: datagram) {
            let name = streams[header.stream] ?? "stream \(header.stream)"
            output.messages.append(.result(ResultMessage(header, body, descriptions[header.stream], name: name)))
        }
    }

    private mutating func take(_ message: ControlMessage, _ header: WireHeader, at now: Timestamp, _ output: inout Output) {
        switch (message, phase) {
        case (.challenge(let cookie, let nonce), .greeting(let mine)) where nonce == mine:
            phase = .subscribing(cookie: cookie, nonce: nonce, tries: 0)
            due = now
            lastHeard = now
        case (.accept(let acceptance), .subscribing):
            phase = .subscribed(session: header.session)
            backoff.reset()
            lastHeard = now
            leaseNanoseconds = Int64(acceptance.leaseMilliseconds) * 1_000_000
            due = now.advanced(byNanoseconds: leaseNanoseconds / 3)
            streams = Dictionary(acceptance.streams.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
            output.messages.append(.connected(session: header.session, streams: acceptance.streams.map(\.name)))
        case (.refuse(let code, let text), .subscribing):
            if code == RefusalCode.full.rawValue {
                output.messages.append(.refused(code: Int(code), text: text))
                start(over: nil, at: now, &output)
                due = now.advanced(byNanoseconds: 2 * SubscriberMachine.patience)
            } else {
                output.failure = .refused(code: Int(code), text: text)
            }
        case (.pong, .subscribed(let session)):
            if header.session == session {
                lastHeard = now
            } else {
                // It is there and does not know us: it was started anew, or the lease ran out.
                start(over: "the box was restarted", at: now, &output)
            }
        case (.bye, .subscribed(let session)) where header.session == session:
            start(over: "the box said goodbye", at: now, &output)
        default:
            break
        }
    }

    /// The datagrams to leave with.
    package mutating func farewell() -> [[UInt8]] {
        guard case .subscribed(let session) = phase else { return [] }
        return [datagram(.bye, session)]
    }
}
