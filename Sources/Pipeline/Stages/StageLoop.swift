// SPDX-License-Identifier: Apache-2.0
package import Core

/// One stage at work: a thread that takes what comes, one piece after the other. A piece that fails is counted and logged,
/// and the stage goes on with the next one; the watchdog sees how long it has been at the same piece.
package final class StageLoop<Element: Sendable>: Sendable {
    private let mailbox: Mailbox<Element>
    private let monitor: StageMonitor
    private let heartbeat: Heartbeat
    private let thread: StageThread

    /// - Parameters:
    ///   - name: the thread's, and the heartbeat's.
    ///   - subject: what the log says has failed.
    ///   - mailbox: closed by `stop`.
    ///   - grace: what a piece may take beyond the time every stage is given, in nanoseconds.
    ///   - makeWork: called on the thread; the closure it returns does one piece and alone touches what it captured there.
    package init(
        _ name: String, subject: String, mailbox: Mailbox<Element>, monitor: StageMonitor, grace: Int64 = 0,
        makeWork: @escaping @Sendable () -> (Element) throws -> Void
    ) {
        let heartbeat = Heartbeat(name, grace: grace)
        (self.mailbox, self.monitor, self.heartbeat) = (mailbox, monitor, heartbeat)
        // Of its own: a stage that fails at every picture must not hide what another one says.
        let trouble = monitor.makeLog()
        monitor.watch(heartbeat)
        thread = StageThread(name: name) {
            let work = makeWork()
            while let element = mailbox.next() {
                heartbeat.during {
                    do {
                        try work(element)
                    } catch {
                        monitor.countFailure()
                        trouble.report { "\(subject): \(error)" }
                    }
                }
            }
        }
    }

    /// Ends the stage and blocks until its thread has ended. Never call from a Swift task.
    package func stop() {
        mailbox.close()
        thread.join()
        monitor.forget(heartbeat)
    }
}
