// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
package import Logging
import Synchronization

/// Lends the processor of an OAK camera that no slot wants to networks of the box's other cameras.
///
/// There is one camera, which runs one network at a time: the first that is wanted, for all who want the same.
package final class OAKAccelerator: Sendable {
    private let fleet: OAKFleet
    private let logger: Logger
    /// The next network to run. One that waits has been called off when another comes.
    private let jobs = Mailbox<AcceleratorJob>(capacity: 1, onFull: .dropOldest)
    private let shared = Mutex(Shared())

    private struct Shared {
        var job: AcceleratorJob?
        /// How many use the job.
        var users = 0
        var thread: StageThread?
        var isStopped = false
    }

    /// No camera is asked for until the first network is run.
    package init(fleet: OAKFleet, logger: Logger) {
        (self.fleet, self.logger) = (fleet, logger)
    }

    /// Calls everything off; returns at once. Networks go on on the box.
    package func stop() {
        let job = shared.withLock { shared in
            shared.isStopped = true
            return shared.job
        }
        jobs.close()
        job?.stopSignal.stop()
    }

    /// Blocks until the camera has been closed, after `stop`. Never call from a Swift task.
    package func join() { shared.withLock { $0.thread }?.join() }

    /// Has a network run; nil while another one does.
    func use(_ network: DeviceNetwork, on device: OAKSettings.Device) -> AcceleratorJob? {
        shared.withLock { shared in
            guard !shared.isStopped else { return nil }
            if let job = shared.job {
                guard job.device == device, job.network == network else { return nil }
                shared.users += 1
                return job
            }
            let job = AcceleratorJob(network, device: device)
            (shared.job, shared.users) = (job, 1)
            if shared.thread == nil { shared.thread = StageThread(name: "oak accelerator") { [self] in work() } }
            jobs.offer(job)
            return job
        }
    }

    /// The same, where it runs already.
    func join(_ network: DeviceNetwork, on device: OAKSettings.Device) -> AcceleratorJob? {
        let isThere = shared.withLock { $0.job != nil }
        return isThere ? use(network, on: device) : nil
    }

    /// Somebody uses a job no more. The last one ends it; the next begins when its camera is closed.
    func leave(_ job: AcceleratorJob) {
        let isOver = shared.withLock { shared in
            guard shared.job === job else { return false }
            shared.users -= 1
            if shared.users == 0 { shared.job = nil }
            return shared.users == 0
        }
        if isOver { job.stopSignal.stop() }
    }

    private func work() {
        while let job = jobs.next() { job.serve(fleet, logger) }
    }
}
