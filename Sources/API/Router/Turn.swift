// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// What only one request may do at a time.
final class Turn: Sendable {
    private let isTaken = Mutex(false)

    /// Lasts as long as it lives, whatever becomes of the request.
    final class Lease: Sendable {
        private let turn: Turn

        fileprivate init(_ turn: Turn) { self.turn = turn }

        deinit { turn.isTaken.withLock { $0 = false } }
    }

    /// nil while somebody else has it.
    func take() -> Lease? {
        let isFree = isTaken.withLock { isTaken in
            defer { isTaken = true }
            return !isTaken
        }
        return isFree ? Lease(self) : nil
    }
}
