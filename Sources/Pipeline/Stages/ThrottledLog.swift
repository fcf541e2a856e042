// SPDX-License-Identifier: Apache-2.0
import Core
import Logging
import Synchronization

/// Writes repeated trouble at most once a second, with how often it happened meanwhile.
final class ThrottledLog: Sendable {
    private let logger: Logger
    private let state = Mutex((last: Timestamp?.none, silent: 0))

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// Reports trouble; the text is only made when it is written.
    func report(at now: Timestamp = .now(), _ text: () -> String) {
        let repeats = state.withLock { state -> Int? in
            if let last = state.last, now.nanoseconds(since: last) < 1_000_000_000 {
                state.silent += 1
                return nil
            }
            defer { state = (now, 0) }
            return state.silent
        }
        guard let repeats else { return }
        logger.warning("\(text())\(repeats > 0 ? " (\(repeats) more like this)" : "")")
    }
}
