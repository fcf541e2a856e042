// SPDX-License-Identifier: Apache-2.0
import Core
import Synchronization

/// Threads that help their owner with work that comes in bands. One owner at a time.
package final class BandThreadPool: Sendable {
    private let inboxes: [Mailbox<Bands>]
    private let helpers: [StageThread]
    /// One entry for each helper that has found no band left.
    private let finished: Mailbox<Void>

    /// - Parameters:
    ///   - threads: how many work, the owner's among them; 1 starts none.
    ///   - name: of the helpers, for the kernel.
    package init(threads: Int, name: String) {
        let inboxes = (1..<max(1, threads)).map { _ in Mailbox<Bands>(capacity: 1, onFull: .suspend) }
        let finished = Mailbox<Void>(capacity: max(1, inboxes.count), onFull: .suspend)
        self.inboxes = inboxes
        self.finished = finished
        helpers = inboxes.map { inbox in
            StageThread(name: name) {
                while let bands = inbox.next() {
                    bands.takePart()
                    finished.offer(())
                }
            }
        }
    }

    deinit {
        for inbox in inboxes { inbox.close() }
        for helper in helpers { helper.join() }
    }

    /// Calls `band` once with each number 0..<count, on all threads, and returns when all calls have returned.
    package func work(_ count: Int, _ band: @escaping @Sendable (Int) -> Void) {
        let bands = Bands(count: count, band: band)
        for inbox in inboxes { inbox.offer(bands) }
        bands.takePart()
        for _ in inboxes { _ = finished.next() }
    }
}

/// Bands that are handed out one by one to whoever asks.
private final class Bands: Sendable {
    private let next = Atomic(0)
    private let count: Int
    private let band: @Sendable (Int) -> Void

    init(count: Int, band: @escaping @Sendable (Int) -> Void) {
        self.count = count
        self.band = band
    }

    func takePart() {
        while true {
            let index = next.add(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            band(index)
        }
    }
}
