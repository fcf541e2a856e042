// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Counts the servers that have opened, and says when the last one has.
final class ReadinessLatch: Sendable {
    private let missing: Mutex<Int>
    private let onAll: @Sendable () -> Void

    init(_ count: Int, onAll: @escaping @Sendable () -> Void) {
        missing = Mutex(count)
        self.onAll = onAll
    }

    func opened() {
        let isLast = missing.withLock { missing in
            missing -= 1
            return missing == 0
        }
        if isLast { onAll() }
    }
}
