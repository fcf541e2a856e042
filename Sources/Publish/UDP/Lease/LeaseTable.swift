// SPDX-License-Identifier: Apache-2.0
package import Core

/// Who is subscribed, who may become so, and what is answered to whom: the protocol without sockets, streams or clocks.
///
/// A stranger gets at most as many bytes as it sent, and only a number of answers a second (`GreetingBudget`); nothing
/// is remembered of it until it has proved, with a cookie, that it receives at the address it writes from.
package struct LeaseTable {
    /// What to do about a datagram.
    package enum Action: Hashable, Sendable {
        case nothing
        /// Send this back.
        case reply([UInt8])
        /// Lease `id` was made or changed by a SUBSCRIBE: bind its streams, then send ACCEPT or end it with REFUSE.
        case bind(id: Int)
        /// Lease `id` ended by the subscriber's request.
        case ended(id: Int)
    }

    package let session: UInt32
    package private(set) var leases: [Int: Lease] = [:]
    /// What was seen, by counter name.
    package private(set) var counters: [String: Int] = [:]
    private var byEndpoint: [Endpoint: Int] = [:]
    private var cookies: CookieSigner
    private var greetings: GreetingBudget
    private let policy: AddressPolicy
    private let maximum: Int
    private var nextID = 1
    private let firstSequence: UInt32
    private let refusesReplays: Bool

    /// - Parameters:
    ///   - session: a random number other than 0.
    ///   - newSecret: 32 bytes nobody can guess, asked for once a minute at most.
    ///   - maximum: subscriptions in all.
    ///   - firstSequence: the sequence number new leases count on from; for tests of the wrap.
    ///   - refusesReplays: whether subscribers count their datagrams, and one that comes twice is ignored. Of use only where
    ///     datagrams are sealed.
    package init(
        session: UInt32, policy: AddressPolicy = .privateOnly, maximum: Int = LeaseLimits.subscriptions,
        firstSequence: UInt32 = 0, refusesReplays: Bool = false,
        at now: Timestamp, newSecret: @escaping @Sendable () -> [UInt8]
    ) {
        self.session = session
        self.policy = policy
        self.maximum = maximum
        self.firstSequence = firstSequence
        self.refusesReplays = refusesReplays
        cookies = CookieSigner(at: now, newSecret: newSecret)
        greetings = GreetingBudget(at: now)
    }

    package mutating func count(_ name: String, _ amount: Int = 1) {
        counters[name, default: 0] += amount
    }

    /// Judges one datagram.
    package mutating func receive(_ datagram: [UInt8], from endpoint: Endpoint, at now: Timestamp) -> Action {
        guard policy.allows(endpoint.address) else {
            count("refused_address")
            return .nothing
        }
        do {
            let header = try WireHeader(reading: datagram)
            let message = try ClientMessage(header, reading: datagram)
            return act(on: message, header, length: datagram.count, from: endpoint, at: now)
        } catch {
            count(LeaseTable.counter(of: error))
            return .nothing
        }
    }

    private static func counter(of error: WireError) -> String {
        switch error {
        case .short, .magic, .body, .depth: "malformed"
        case .version: "unknown_version"
        case .type: "unknown_type"
        case .encoding: "unknown_encoding"
        }
    }

    private mutating func act(
        on message: ClientMessage, _ header: WireHeader, length: Int, from endpoint: Endpoint, at now: Timestamp
    ) -> Action {
        switch message {
        case .hello(let nonce):
            guard isAnswerable(length, endpoint, now) else { return .nothing }
            count("challenges")
            let cookie = cookies.cookie(for: endpoint, nonce: nonce, at: now)
            return .reply(ControlMessage.challenge(cookie: cookie, nonce: nonce).datagram(session: 0))
        case .ping(let time):
            guard isAnswerable(length, endpoint, now) else { return .nothing }
            // Strangers do not learn the session: it guards BYE and KEEPALIVE against forgery.
            let session = byEndpoint[endpoint] == nil ? 0 : session
            let pong = ControlMessage.pong(time: time, now: UInt64(clamping: now.nanoseconds))
            return .reply(pong.datagram(session: session))
        case .subscribe(let cookie, let nonce, let request):
            return subscribe(cookie, nonce, request, header, from: endpoint, at: now)
        case .keepAlive(let seen, let lost):
            guard let id = subscriber(header, endpoint) else { return .nothing }
            count("reported_lost", leases[id]?.keepAlive(seen: seen, lost: lost, at: now) ?? 0)
            return .nothing
        case .bye:
            guard let id = subscriber(header, endpoint) else { return .nothing }
            end(id)
            return .ended(id: id)
        }
    }

    /// The lease that a KEEPALIVE or BYE is about.
    private mutating func subscriber(_ header: WireHeader, _ endpoint: Endpoint) -> Int? {
        guard header.session == session, let id = byEndpoint[endpoint] else {
            count("unknown_subscriber")
            return nil
        }
        return isFresh(header, id) ? id : nil
    }

    private mutating func isFresh(_ header: WireHeader, _ id: Int) -> Bool {
        guard refusesReplays, leases[id]?.isFresh(header.sequence) == false else { return true }
        count("refused_replay")
        return false
    }

    /// Whether an answer of 64 bytes may go to someone who has proved nothing.
    private mutating func isAnswerable(_ length: Int, _ endpoint: Endpoint, _ now: Timestamp) -> Bool {
        guard length >= ClientMessage.paddedLength else {
            count("refused_short")
            return false
        }
        guard greetings.allows(endpoint.address, at: now) else {
            count("refused_flood")
            return false
        }
        return true
    }

    private mutating func subscribe(
        _ cookie: [UInt8], _ nonce: [UInt8], _ request: SubscribeRequest, _ header: WireHeader, from endpoint: Endpoint,
        at now: Timestamp
    ) -> Action {
        guard greetings.allows(endpoint.address, at: now) else {
            count("refused_flood")
            return .nothing
        }
        guard cookies.accepts(cookie, from: endpoint, nonce: nonce, at: now) else {
            count("refused_cookie")
            return .nothing
        }
        if let id = byEndpoint[endpoint] {
            guard isFresh(header, id) else { return .nothing }
            leases[id]?.renew(request, at: now)
            return .bind(id: id)
        }
        let leased = leases.values.filter { $0.kind == .leased }
        guard leased.count < maximum else {
            return refuse(.full, "All \(maximum) subscriptions are taken; try again later")
        }
        let same = leased.count { $0.endpoint?.address.owner == endpoint.address.owner }
        guard same < LeaseLimits.subscriptionsPerAddress else {
            return refuse(
                .full, "All \(LeaseLimits.subscriptionsPerAddress) subscriptions of this address are taken; end one first")
        }
        count("leases")
        let id = add(Lease(id: nextID, kind: .leased, endpoint: endpoint, request: request, sequence: firstSequence, at: now))
        byEndpoint[endpoint] = id
        _ = isFresh(header, id)
        return .bind(id: id)
    }

    /// The answer to someone with a good cookie who gets nothing.
    package mutating func refuse(_ code: RefusalCode, _ text: String) -> Action {
        count("refused_\(code)")
        let text = String(text.cut(toBytes: 200))
        return .reply(ControlMessage.refuse(code: code.rawValue, text: text).datagram(session: session))
    }

    private mutating func add(_ lease: Lease) -> Int {
        leases[lease.id] = lease
        nextID += 1
        return lease.id
    }

    /// Adds a receiver that the owner wrote into the settings.
    package mutating func addFixed(_ request: SubscribeRequest, at now: Timestamp) -> Int {
        add(Lease(id: nextID, kind: .fixed, endpoint: nil, request: request, sequence: firstSequence, at: now))
    }

    package mutating func end(_ id: Int) {
        guard let lease = leases.removeValue(forKey: id) else { return }
        if let endpoint = lease.endpoint { byEndpoint[endpoint] = nil }
    }

    /// Ends what was not kept alive, and tells which leases these were.
    package mutating func expire(at now: Timestamp) -> [Int] {
        let over = leases.values.filter { $0.isOver(at: now) }.map(\.id).sorted()
        for id in over { end(id) }
        count("leases_expired", over.count)
        return over
    }

    /// Whether a result may go to the lease now; when it may, its datagrams are counted.
    package mutating func mayStart(_ id: Int, stream: UInt16, datagrams: Int, at now: Timestamp) -> Bool {
        leases[id]?.mayStart(stream, datagrams: datagrams, at: now) ?? false
    }

    /// The sequence number of the next datagram to the lease.
    package mutating func nextSequence(_ id: Int) -> UInt32 {
        leases[id]?.nextSequence() ?? 0
    }

    /// Counts a datagram that went to the kernel, or was dropped because the kernel would not take more.
    package mutating func noteSend(_ id: Int, taken: Bool, at now: Timestamp) {
        count(taken ? "sent" : "dropped_before_send")
        leases[id]?.noteSend(taken: taken, at: now)
    }
}

/// Whom the box talks to at all.
package struct AddressPolicy: Hashable, Sendable {
    package var ranges: [AddressRange]

    package init(ranges: [AddressRange]) {
        self.ranges = ranges
    }

    package static let privateOnly = AddressPolicy(ranges: AddressRange.privateUse)

    package func allows(_ address: IPAddress) -> Bool {
        ranges.contains { $0.contains(address) }
    }
}
