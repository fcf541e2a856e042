// SPDX-License-Identifier: Apache-2.0
import Core
import Cryptography
import Foundation
import Settings
import Synchronization
import Tasks

/// Whether the box still greets its owner: from its first start until a camera has delivered, the settings were changed, or
/// the greeting was dismissed. What ended it is remembered in the state directory.
package final class WelcomeState: Sendable {
    private let file: StateDocument
    private let state: Mutex<Memory>
    private static let maximumBytes = 64 << 10

    /// What is kept in the file.
    private struct Memory: Codable, Equatable {
        /// Says of two settings whether they are the same.
        var settings: String
        /// Why the greeting is over; nil while it is not.
        var over: Ending?
    }

    package enum Ending: String, Codable, Sendable {
        case camera, settings, dismissed
    }

    /// Reads what is remembered, and remembers the settings of the first start.
    package init(_ storage: StateStorage, _ settings: ApplianceSettings) {
        file = storage.document("welcome.json", maximumBytes: Self.maximumBytes)
        let kept = file.read { try JSONDecoder().decode(Memory.self, from: Data($0)) }
        state = Mutex(kept ?? Memory(settings: Self.digest(settings)))
        if kept == nil, settings.isAutomatic { write() }
        take(settings)
    }

    package var isDue: Bool { state.withLock { $0.over == nil } }

    /// New settings are in force. A box whose settings name cameras needs no greeting.
    package func take(_ settings: ApplianceSettings) {
        let isSame = state.withLock { $0.settings == Self.digest(settings) }
        if !isSame || !settings.isAutomatic { end(.settings) }
    }

    /// The greeting is over, for good.
    package func end(_ why: Ending) {
        let isNews = state.withLock { memory in
            guard memory.over == nil else { return false }
            memory.over = why
            return true
        }
        if isNews { write() }
    }

    /// On a thread of its own: the card may be slow.
    private func write() {
        _ = StageThread(name: "welcome") { [self] in
            // Reads the state when it is written: of two threads the later one may come first.
            file.keep { [self] () throws(PersistenceFailure) in
                guard let bytes = try? JSONEncoder().encode(state.withLock { $0 }) else { return }
                try file.store(Array(bytes))
            }
        }
    }

    /// Of what the owner has chosen; a default that changes with an upgrade is no choice.
    private static func digest(_ settings: ApplianceSettings) -> String {
        HexDigits.of(Digest.sha256.of(Array(settings.record.choices.utf8)))
    }
}
