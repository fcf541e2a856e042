// SPDX-License-Identifier: Apache-2.0
import Core
import Synchronization

/// What clients want of a slot's lenses, kept for as long as there is a slot: cameras come and go.
final class StoredControls: Sendable {
    private let state = Mutex<[(lens: CameraInstance, request: CameraControlRequest)]>([])

    /// Adds a request to those before.
    /// - Returns: all that is wanted of the lens; nothing for one that only asks.
    func remember(_ request: CameraControlRequest, for lens: CameraInstance) -> CameraControlRequest {
        guard !request.isEmpty else { return request }
        return state.withLock { storedControls in
            let before = storedControls.first { $0.lens == lens }?.request ?? CameraControlRequest()
            storedControls.removeAll { $0.lens == lens }
            let all = before.merged(with: request)
            storedControls.append((lens, all))
            return all
        }
    }

    /// In the order of their last changes: two lenses may be one device.
    var all: [(lens: CameraInstance, request: CameraControlRequest)] { state.withLock { $0 } }
}
