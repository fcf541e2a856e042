// SPDX-License-Identifier: Apache-2.0
import Core
import NIOCore

/// Asks threads that serve events whether they still do: an errand is left with them, and it is a stage's piece of work
/// until they have run it.
final class LoopProbe: Sendable {
    let heartbeat: Heartbeat
    private let leave: @Sendable (@escaping @Sendable () -> Void) -> Void

    /// - Parameter leave: has the errand run where the events are served.
    init(_ name: String, leave: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void) {
        heartbeat = Heartbeat(name)
        self.leave = leave
    }

    /// Leaves an errand, unless the last one was not run yet.
    func ask() {
        guard !heartbeat.isAtWork else { return }
        heartbeat.begins()
        leave { [heartbeat] in heartbeat.rests() }
    }

    /// Probes of the HTTP servers' threads and of Swift's own.
    static func all(_ loops: some EventLoopGroup) -> [LoopProbe] {
        loops.makeIterator().enumerated().map { index, loop in
            LoopProbe("http \(index)") { errand in loop.execute(errand) }
        } + [LoopProbe("tasks") { errand in Task { errand() } }]
    }
}
