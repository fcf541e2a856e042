// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Where the errands of a `LoopProbe` go while the server that runs them may be exchanged.
final class LoopSwitch: Sendable {
    typealias Errand = @Sendable () -> Void
    /// Has an errand run where a server serves its events.
    typealias Leave = @Sendable (@escaping Errand) -> Void

    private struct State {
        var leave: Leave?
        var last: Errand?
    }

    private let state = Mutex(State())

    /// Errands go to another server from now on. The last one may have been left where nobody comes any more; it is run now,
    /// so that no exchange looks like a server that hangs.
    /// - Parameter leave: nil for no server, whose errands are run at once.
    func set(_ leave: Leave?) {
        let last = state.withLock { state in
            state.leave = leave
            return state.last
        }
        last?()
    }

    /// - Parameter body: may be run twice.
    func errand(_ body: @escaping Errand) {
        let leave = state.withLock { state in
            state.last = body
            return state.leave
        }
        guard let leave else { return body() }
        leave(body)
    }
}
