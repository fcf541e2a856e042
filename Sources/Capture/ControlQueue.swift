// SPDX-License-Identifier: Apache-2.0
import Core
import Synchronization

/// Control requests on their way to the thread that has a camera's devices open: one for each lens, the later merged into the
/// earlier, so that however many come nothing piles up and nothing is lost.
final class ControlQueue: Sendable {
    /// Receives the controls in force; nil when the devices were closed before.
    typealias Answer = @Sendable (CameraControlState?) -> Void

    struct Order: Sendable {
        var request = CameraControlRequest()
        var answers: [Answer] = []
    }

    private struct State {
        var orders: [CameraInstance: Order] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())
    /// Spares the capture thread the lock while there is nothing.
    private let isWaiting = Atomic(false)

    /// Callers that may wait for an answer at one lens; one more gets nil at once.
    private static let maximumAnswers = 64

    /// Nobody waits for a source that never ran.
    deinit { setOpen(false) }

    /// Leaves a request. Returns at once.
    func place(_ request: CameraControlRequest, for lens: CameraInstance, _ answer: @escaping Answer) {
        let isRefused = state.withLock { state -> Bool in
            guard !state.isClosed else { return true }
            var order = state.orders[lens] ?? Order()
            order.request = order.request.merged(with: request)
            let isFull = order.answers.count == Self.maximumAnswers
            if !isFull { order.answers.append(answer) }
            state.orders[lens] = order
            isWaiting.store(true, ordering: .releasing)
            return isFull
        }
        if isRefused { answer(nil) }
    }

    /// What has been asked for since the last time.
    func take() -> [CameraInstance: Order] {
        guard isWaiting.load(ordering: .acquiring) else { return [:] }
        return state.withLock { state in
            isWaiting.store(false, ordering: .releasing)
            defer { state.orders = [:] }
            return state.orders
        }
    }

    /// From now on takes requests, or answers everybody at once that there is no camera.
    func setOpen(_ isOpen: Bool) {
        let orphans = state.withLock { state -> [Answer] in
            state.isClosed = !isOpen
            guard !isOpen else { return [] }
            defer { state.orders = [:] }
            return state.orders.values.flatMap(\.answers)
        }
        for orphan in orphans { orphan(nil) }
    }
}
