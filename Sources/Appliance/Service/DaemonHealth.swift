// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// How the daemon is beside its cameras, for the status light.
final class DaemonHealth: Sendable {
    private let opened = Atomic(false)
    private let hanging = Atomic(false)

    /// All servers are open.
    var isOpen: Bool {
        get { opened.load(ordering: .relaxed) }
        set { opened.store(newValue, ordering: .relaxed) }
    }

    /// A stage hangs.
    var hangs: Bool {
        get { hanging.load(ordering: .relaxed) }
        set { hanging.store(newValue, ordering: .relaxed) }
    }
}
