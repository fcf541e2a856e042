// SPDX-License-Identifier: Apache-2.0
package import Core

/// An allowance that fills at a steady rate up to a limit. It may be overdrawn: the debt is paid before more is allowed.
package struct TokenBucket: Hashable, Sendable {
    private var rate: Double
    private let capacity: Double
    private var tokens: Double
    private var filled: Timestamp

    /// A full bucket.
    package init(perSecond rate: Double, capacity: Double, at now: Timestamp) {
        self.rate = rate
        self.capacity = capacity
        tokens = capacity
        filled = now
    }

    /// What is allowed now.
    package mutating func level(at now: Timestamp) -> Double {
        let elapsed = max(0, now.nanoseconds(since: filled))
        tokens = min(capacity, tokens + Double(elapsed) / 1e9 * rate)
        filled = max(filled, now)
        return tokens
    }

    package mutating func spend(_ amount: Double) { tokens -= amount }

    /// Spends one token if there is one.
    package mutating func take(at now: Timestamp) -> Bool {
        guard level(at: now) >= 1 else { return false }
        spend(1)
        return true
    }

    package mutating func setRate(_ rate: Double, at now: Timestamp) {
        _ = level(at: now)
        self.rate = rate
    }

    /// When the bucket was last looked at.
    package var lastUse: Timestamp { filled }
}

/// How many questions from strangers are answered: 10/s from one owner of addresses, 100/s in all.
package struct GreetingBudget {
    /// Addresses remembered; one more is answered only once another has been silent for a second.
    package static let capacity = 1024
    private static let perAddress = 10.0
    private static let inAll = 100.0
    private static let memoryNanoseconds: Int64 = 1_000_000_000

    private var addresses: [IPAddress: TokenBucket] = [:]
    private var total: TokenBucket
    private var swept: Timestamp

    package init(at now: Timestamp) {
        total = TokenBucket(perSecond: GreetingBudget.inAll, capacity: GreetingBudget.inAll, at: now)
        swept = now
    }

    package var remembered: Int { addresses.count }

    package mutating func allows(_ address: IPAddress, at now: Timestamp) -> Bool {
        let owner = address.owner
        if addresses[owner] == nil {
            if addresses.count >= GreetingBudget.capacity { sweep(at: now) }
            guard addresses.count < GreetingBudget.capacity else { return false }
        }
        var bucket =
            addresses[owner] ?? TokenBucket(perSecond: GreetingBudget.perAddress, capacity: GreetingBudget.perAddress, at: now)
        let allowed = bucket.take(at: now)
        addresses[owner] = bucket
        return allowed && total.take(at: now)
    }

    /// Forgets who has been silent so long that the bucket is full again. At most ten times a second, as a flood of
    /// invented addresses would make it the flood's work.
    private mutating func sweep(at now: Timestamp) {
        guard now.nanoseconds(since: swept) >= GreetingBudget.memoryNanoseconds / 10 else { return }
        swept = now
        addresses = addresses.filter { now.nanoseconds(since: $0.value.lastUse) < GreetingBudget.memoryNanoseconds }
    }
}
