// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The memory all uploads together may hold, from their first byte to their answer. One address may hold a part of it only,
/// so that nobody can keep the others out.
package final class UploadBudget: Sendable {
    private let total: Int
    private let perClient: Int
    private let state = Mutex(State())

    private struct State {
        var used = 0
        var clients: [String: Int] = [:]
    }

    /// - Parameters:
    ///   - total: bytes of all uploads.
    ///   - perClient: bytes of the uploads from one address.
    package init(total: Int, perClient: Int) {
        self.total = total
        self.perClient = perClient
    }

    /// What is held now, in bytes.
    package var used: Int { state.withLock { $0.used } }

    /// An account for one upload of `client`, an address without port. What it holds is given back when it is released.
    package func open(for client: String) -> Account { Account(budget: self, client: client) }

    /// One upload's share. For one task at a time; several uploads have several accounts.
    package final class Account {
        private let budget: UploadBudget
        private let client: String
        private var held = 0

        fileprivate init(budget: UploadBudget, client: String) {
            self.budget = budget
            self.client = client
        }

        deinit { budget.give(held, client) }

        /// Reserves that many more bytes; false when they do not fit.
        package func take(_ bytes: Int) -> Bool {
            guard budget.take(bytes, client) else { return false }
            held += bytes
            return true
        }
    }

    private func take(_ bytes: Int, _ client: String) -> Bool {
        state.withLock { state in
            let own = state.clients[client] ?? 0
            guard bytes <= total - state.used, bytes <= perClient - own else { return false }
            state.used += bytes
            state.clients[client] = own + bytes
            return true
        }
    }

    private func give(_ bytes: Int, _ client: String) {
        guard bytes > 0 else { return }
        state.withLock { state in
            state.used -= bytes
            let left = (state.clients[client] ?? 0) - bytes
            state.clients[client] = left > 0 ? left : nil
        }
    }
}
