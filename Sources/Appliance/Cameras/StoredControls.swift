// SPDX-License-Identifier: Apache-2.0
import Core
import Synchronization

/// What clients want of a slot's lenses, kept for as long as there is a slot: cameras come and go.
final class StoredControls: Sendable {
    private let state = Mutex<[(lens: CameraInstance, wish: CameraControlRequest)]>([])

    /// Adds a wish to those before.
    /// - Returns: all that is wanted of the lens; nothing for one that only asks.
    func remember(_ wish: CameraControlRequest, for lens: CameraInstance) -> CameraControlRequest {
        guard !wish.isEmpty else { return wish }
        return state.withLock { wishes in
            let before = wishes.first { $0.lens == lens }?.wish ?? CameraControlRequest()
            wishes.removeAll { $0.lens == lens }
            let all = before.merged(with: wish)
            wishes.append((lens, all))
            return all
        }
    }

    /// In the order of their last changes: two lenses may be one device.
    var all: [(lens: CameraInstance, wish: CameraControlRequest)] { state.withLock { $0 } }
}
