// SPDX-License-Identifier: Apache-2.0
import Core
import Pipeline
import Synchronization
import Tasks

/// Takes the newest picture of a camera, with its depth, on a thread of its own.
final class CameraSnapshotService: Sendable {
    private let limit: Int
    private let looking = Mutex(0)

    /// Cameras of 5 frames/s and slower still get their picture.
    private static let patience: Int64 = 2_000_000_000

    /// - Parameter limit: snapshots at the same time.
    init(limit: Int = 8) {
        self.limit = limit
    }

    /// What `camera` sees now.
    /// - Throws: `TaskError`, in words for the client.
    func look(_ camera: any CameraService, until deadline: Timestamp) async throws(TaskError) -> CameraView {
        guard let snapshotSource = camera.snapshotSource else {
            let status = camera.status()
            throw .refused(
                "camera \(camera.id) delivers no pictures now: it is \(status.state.rawValue)"
                    + (status.why.isEmpty ? "" : ", \(status.why)"))
        }
        guard enter() else { throw .full(queue: "cameras") }
        let due = min(deadline, Timestamp.now().advanced(byNanoseconds: Self.patience))
        let result = Mailbox<CameraSnapshot?>(capacity: 1, onFull: .dropNewest)
        let hub = camera.hub
        _ = StageThread(name: "look") { [self] in
            let look = CameraSnapshot.take(snapshotSource, from: hub, until: due)
            leave()
            result.offer(look)
        }
        guard let look = await result.receive() ?? nil else {
            throw .refused("camera \(camera.id) delivered no picture in time; it is \(camera.status().state.rawValue)")
        }
        return CameraView(frame: look.frame, network: snapshotSource.network) { look.locate(&$0) }
    }

    private func enter() -> Bool {
        looking.withLock { looking in
            guard looking < limit else { return false }
            looking += 1
            return true
        }
    }

    private func leave() {
        looking.withLock { $0 -= 1 }
    }
}
