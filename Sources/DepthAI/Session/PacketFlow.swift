// SPDX-License-Identifier: Apache-2.0
import Pipeline
import Synchronization

/// Whether a camera's packets flow, told once when they break off and once when they come again, whatever the number of
/// streams a client follows.
package final class PacketFlow: Sendable {
    private let isBroken = Atomic(false)
    private let onBreak: @Sendable (String) -> Void
    private let onReturn: @Sendable () -> Void

    /// Both are called on the camera's threads and must return at once.
    package init(onBreak: @escaping @Sendable (String) -> Void, onReturn: @escaping @Sendable () -> Void) {
        (self.onBreak, self.onReturn) = (onBreak, onReturn)
    }

    /// Follows a subscription's gaps.
    func follow(_ subscription: Subscription) {
        subscription.setOnGap { [self] gap in breaks(gap.why) }
    }

    package func breaks(_ why: String) {
        if !isBroken.exchange(true, ordering: .acquiringAndReleasing) { onBreak(why) }
    }

    /// A packet came.
    package func flows() {
        guard isBroken.load(ordering: .relaxed), isBroken.exchange(false, ordering: .acquiringAndReleasing) else { return }
        onReturn()
    }

    /// Something other than the camera keeps packets from coming.
    func complain(_ problem: String) { onBreak(problem) }
}
