// SPDX-License-Identifier: Apache-2.0
import Core
import NIOCore
import Synchronization

/// The connections that are open now, with the means to close them.
final class ConnectionRegistry: Sendable {
    private let state: Mutex<State>

    private struct State {
        var table: ConnectionTable
        var channels: [Int: any Channel] = [:]
        var nextID = 0
    }

    init(limits: ConnectionTable.Limits) {
        state = Mutex(State(table: ConnectionTable(limits: limits)))
    }

    /// Enters a connection; nil when there is no place for it.
    func admit(_ channel: any Channel, address: String) -> Int? {
        let (id, victim) = state.withLock { state -> (Int?, (any Channel)?) in
            let id = state.nextID
            state.nextID += 1
            switch state.table.admit(id, address: address, now: .now()) {
            case .refused: return (nil, nil)
            case .admitted:
                state.channels[id] = channel
                return (id, nil)
            case .inPlaceOf(let other):
                state.channels[id] = channel
                return (id, state.channels.removeValue(forKey: other))
            }
        }
        victim?.close(promise: nil)
        return id
    }

    func setIdle(_ id: Int, since: Timestamp?) {
        state.withLock { $0.table.setIdle(id, since: since) }
    }

    func remove(_ id: Int) {
        state.withLock { state in
            state.table.remove(id)
            state.channels[id] = nil
        }
    }

    /// Closes everything, at the end of the daemon's patience.
    func closeAll() {
        let channels = state.withLock { Array($0.channels.values) }
        for channel in channels { channel.close(promise: nil) }
    }
}
