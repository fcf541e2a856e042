// SPDX-License-Identifier: Apache-2.0
import Core
import Pipeline
import Synchronization

/// Holds back a replay at full pace until the exposure before has gone all the way, so that no picture is skipped.
final class ReplayTurn: Sendable {
    private let hub: StreamHub
    private let subscription = Mutex<Subscription?>(nil)

    /// An exposure that gave no result (a stage failed) holds the replay back no longer than this.
    private static let patienceNanoseconds: Int64 = 1_000_000_000

    init(hub: StreamHub) {
        self.hub = hub
    }

    /// Blocks until the exposure before `sequence` has been published. Always true: the replay goes on.
    func wait(for sequence: Int) -> Bool {
        guard hub.offered.contains(.metaout) else { return true }
        let current = subscription.withLock { subscription -> Subscription in
            if let subscription { return subscription }
            let fresh = hub.subscribe(.metaout)
            subscription = fresh
            return fresh
        }
        guard sequence > 0 else { return true }
        let deadline = Timestamp.now().advanced(byNanoseconds: Self.patienceNanoseconds)
        while let packet = current.mailbox.next(until: deadline), packet.sequence < sequence - 1 {}
        return true
    }

    /// Leaves the stream.
    func end() {
        subscription.withLock { subscription in
            subscription?.cancel()
            subscription = nil
        }
    }
}
