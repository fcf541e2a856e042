// SPDX-License-Identifier: Apache-2.0
package import Core

/// Who holds a connection, and who may have one more.
///
/// A cap alone lets those who hold connections lock everybody out, so: programs on the box have places of their own, one
/// address gets only so many, and a newcomer takes the place of the longest idle connection before it is refused.
/// Pure: the caller closes what it is told to close.
package struct ConnectionTable: Sendable {
    package struct Limits: Sendable {
        package var total: Int
        package var reservedForLoopback: Int
        package var perAddress: Int

        package init(total: Int, reservedForLoopback: Int, perAddress: Int) {
            self.total = total
            self.reservedForLoopback = reservedForLoopback
            self.perAddress = perAddress
        }
    }

    /// What to do with a newcomer.
    package enum Admission: Sendable, Hashable {
        case admitted
        /// Admitted, and this connection is to be closed for it.
        case inPlaceOf(Int)
        case refused
    }

    private struct Entry {
        var address: String
        var loopback: Bool
        var idleSince: Timestamp?
    }

    private let limits: Limits
    private var entries: [Int: Entry] = [:]

    package init(limits: Limits) {
        self.limits = limits
    }

    package var count: Int { entries.count }

    /// Decides about a new connection and enters it unless it is refused.
    package mutating func admit(_ id: Int, address: String, now: Timestamp) -> Admission {
        let newcomer = Entry(address: address, loopback: ConnectionTable.isLoopback(address), idleSince: now)
        var victim: Int?
        if !newcomer.loopback, held(by: address) >= limits.perAddress {
            victim = longestIdle { $0.address == address }
            if victim == nil { return .refused }
        } else if isFull(for: newcomer) {
            let crowd = mostPresentAddress()
            victim = longestIdle { $0.address == crowd } ?? longestIdle { !$0.loopback || newcomer.loopback }
            if victim == nil { return .refused }
        }
        if let victim { entries[victim] = nil }
        entries[id] = newcomer
        return victim.map { .inPlaceOf($0) } ?? .admitted
    }

    /// Notes whether a request is under way.
    package mutating func setIdle(_ id: Int, since: Timestamp?) {
        entries[id]?.idleSince = since
    }

    package mutating func remove(_ id: Int) {
        entries[id] = nil
    }

    private func isFull(for newcomer: Entry) -> Bool {
        if newcomer.loopback { return entries.count >= limits.total }
        return entries.values.count { !$0.loopback } >= limits.total - limits.reservedForLoopback
            || entries.count >= limits.total
    }

    private func held(by address: String) -> Int {
        entries.values.count { $0.address == address }
    }

    private func mostPresentAddress() -> String? {
        var counts: [String: Int] = [:]
        for entry in entries.values where !entry.loopback { counts[entry.address, default: 0] += 1 }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    private func longestIdle(where matches: (Entry) -> Bool) -> Int? {
        entries.filter { $0.value.idleSince != nil && matches($0.value) }
            .min { ($0.value.idleSince?.nanoseconds ?? 0, $0.key) < ($1.value.idleSince?.nanoseconds ?? 0, $1.key) }?.key
    }

    /// Whether a numeric address is this machine talking to itself.
    package static func isLoopback(_ address: String) -> Bool {
        address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127.")
    }
}
