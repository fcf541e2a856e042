// SPDX-License-Identifier: Apache-2.0
package import Capture
import Synchronization

/// A network of the box that an OAK camera runs while it can. Its first run asks for the camera, its end gives it back.
package final class AcceleratedNetwork: Sendable {
    private let accelerator: OAKAccelerator
    private let network: DeviceNetwork
    private let device: OAKSettings.Device
    private let state = Mutex(State())

    private struct State {
        var job: AcceleratorJob?
        var isWanted = false
        var isServed = false
    }

    /// - Parameters:
    ///   - network: its lenses and fit do not matter: the box makes the pictures.
    ///   - device: which camera may run it.
    package init(_ network: DeviceNetwork, device: OAKSettings.Device, accelerator: OAKAccelerator) {
        (self.network, self.device, self.accelerator) = (network, device, accelerator)
        // One that takes another's place goes on where that runs, and the camera is not closed in between.
        let job = accelerator.join(network, on: device)
        state.withLock { $0.job = job }
    }

    deinit {
        if let job = state.withLock({ $0.job }) { accelerator.leave(job) }
    }

    /// Whether the camera ran the network last.
    package var isServed: Bool { state.withLock { $0.isServed } }

    /// Why it did not, in words for the owner; empty when it did, and before the first run.
    package var problem: String {
        let state = self.state.withLock { $0 }
        guard state.isWanted, !state.isServed else { return "" }
        return state.job?.problem ?? "the accelerator runs another network"
    }

    /// What the network makes of a picture: bytes as it takes them. Blocks for a second at most; never call from a Swift task.
    /// - Returns: nil when no camera runs it now.
    package func outputs(of picture: UnsafeRawBufferPointer) -> CaptureTensors? {
        let tensors = job()?.link?.outputs(of: picture)
        state.withLock { ($0.isWanted, $0.isServed) = (true, tensors != nil) }
        return tensors
    }

    private func job() -> AcceleratorJob? {
        state.withLock { state in
            if state.job == nil { state.job = accelerator.use(network, on: device) }
            return state.job
        }
    }
}
