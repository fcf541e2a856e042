// SPDX-License-Identifier: Apache-2.0
package import Core

/// One subscriber's place: what it asked for, how long it still has, and how much it may be sent.
package struct Lease {
    package enum Kind: Hashable, Sendable {
        /// Asked for by the subscriber, ends unless it is kept alive.
        case leased
        /// Written in the settings by the owner.
        case fixed
    }

    package let id: Int
    package let kind: Kind
    package let endpoint: Endpoint?
    package private(set) var request: SubscribeRequest
    /// Results and descriptions sent so far, modulo 2³²; the number of the newest.
    package private(set) var sequence: UInt32 = 0
    /// When it ends, for `leased`.
    package private(set) var expires: Timestamp
    /// Datagrams per second that the subscriber is thought to cope with.
    package private(set) var ceiling = LeaseLimits.datagramsPerSecond
    private var budget: TokenBucket
    private var streams: [UInt16: TokenBucket] = [:]
    private var reportedSeen: UInt32 = 0
    private var reportedAt: Timestamp
    /// Since when every datagram was dropped because the socket was full.
    private var blockedSince: Timestamp?
    private var replays = ReplayWindow()

    init(id: Int, kind: Kind, endpoint: Endpoint?, request: SubscribeRequest, sequence: UInt32, at now: Timestamp) {
        self.id = id
        self.kind = kind
        self.endpoint = endpoint
        self.request = request
        self.sequence = sequence
        reportedSeen = sequence
        expires = now.advanced(byNanoseconds: LeaseLimits.leaseNanoseconds)
        reportedAt = now
        budget = Lease.budget(LeaseLimits.datagramsPerSecond, at: now)
    }

    /// A tenth of a second may come at once: several streams of one exposure.
    private static func budget(_ rate: Double, at now: Timestamp) -> TokenBucket {
        TokenBucket(perSecond: rate, capacity: max(1, rate / 10), at: now)
    }

    /// The subscriber asked again from the same port: other requests, the same place.
    mutating func renew(_ request: SubscribeRequest, at now: Timestamp) {
        if request.rate != self.request.rate { streams = [:] }
        self.request = request
        expires = now.advanced(byNanoseconds: LeaseLimits.leaseNanoseconds)
    }

    /// Whether a datagram of the subscriber is not one that came before.
    mutating func isFresh(_ sequence: UInt32) -> Bool {
        replays.accepts(sequence)
    }

    /// Takes a receiver report. More than 20 % lost halves what is sent; anything less lets it grow by a tenth.
    /// - Returns: the loss in datagrams, never more than were sent since the last report.
    mutating func keepAlive(seen: UInt32, lost: Int, at now: Timestamp) -> Int {
        expires = now.advanced(byNanoseconds: LeaseLimits.leaseNanoseconds)
        let sent = sequence &- reportedSeen
        let advanced = seen &- reportedSeen
        // A number that was never sent, or an old report that was overtaken.
        guard advanced <= sent else { return 0 }
        let believed = min(lost, Int(advanced))
        let elapsed = Double(max(1, now.nanoseconds(since: reportedAt))) / 1e9
        if believed * 5 > Int(advanced) {
            ceiling = max(1, min(ceiling, Double(sent) / elapsed) / 2)
        } else {
            ceiling = min(LeaseLimits.datagramsPerSecond, ceiling * 1.1)
        }
        budget.setRate(ceiling, at: now)
        reportedSeen = seen
        reportedAt = now
        return believed
    }

    /// Whether a result of the stream may go out now; when it may, its datagrams are counted.
    ///
    /// A stream may be a quarter of its interval early, because cameras jitter.
    mutating func mayStart(_ stream: UInt16, datagrams: Int, at now: Timestamp) -> Bool {
        guard budget.level(at: now) > 0 else { return false }
        if let rate = request.rate {
            var bucket = streams[stream] ?? TokenBucket(perSecond: rate, capacity: 1.25, at: now)
            guard bucket.level(at: now) >= 0.75 else {
                streams[stream] = bucket
                return false
            }
            bucket.spend(Double(datagrams))
            streams[stream] = bucket
        }
        budget.spend(Double(datagrams))
        return true
    }

    mutating func nextSequence() -> UInt32 {
        sequence &+= 1
        return sequence
    }

    /// A datagram went to the kernel, or was dropped because it would not take more.
    mutating func noteSend(taken: Bool, at now: Timestamp) {
        blockedSince = taken ? nil : blockedSince ?? now
    }

    func isOver(at now: Timestamp) -> Bool {
        if kind == .fixed { return false }
        if let blockedSince, now.nanoseconds(since: blockedSince) >= LeaseLimits.leaseNanoseconds { return true }
        return now >= expires
    }
}

/// The budgets of the protocol.
package enum LeaseLimits {
    package static let leaseNanoseconds: Int64 = 5_000_000_000
    package static let datagramsPerSecond = 200.0
    package static let subscriptions = 32
    package static let subscriptionsPerAddress = 8
}
