// SPDX-License-Identifier: Apache-2.0
import Core
import Crypto
import Foundation
package import Settings
import Synchronization

/// Whether the box still greets its owner: from its first start until a camera has delivered, the settings were changed, or
/// the greeting was dismissed. What ended it is remembered in the state directory.
package final class WelcomeState: Sendable {
    private let path: String
    private let state: Mutex<Memory>
    /// Keeps writes in their order.
    private let writing = Mutex(())

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
    package init(directory: String, _ settings: Settings) {
        path = "\(directory)/welcome.json"
        let kept = FileManager.default.contents(atPath: path).flatMap { try? JSONDecoder().decode(Memory.self, from: $0) }
        state = Mutex(kept ?? Memory(settings: Self.digest(settings)))
        if kept == nil, settings.isAutomatic { write() }
        take(settings)
    }

    package var isDue: Bool { state.withLock { $0.over == nil } }

    /// New settings are in force. A box whose settings name cameras needs no greeting.
    package func take(_ settings: Settings) {
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

    /// On a thread of its own: the card may be slow, and a box that cannot write greets again after its next start.
    private func write() {
        _ = StageThread(name: "welcome") { [self] in
            writing.withLock { _ in
                let memory = state.withLock { $0 }
                guard let bytes = try? JSONEncoder().encode(memory) else { return }
                let folder = (path as NSString).deletingLastPathComponent
                try? FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                try? AtomicFile.write(Array(bytes), to: path)
            }
        }
    }

    /// Of what the owner has chosen; a default that changes with an upgrade is no choice.
    private static func digest(_ settings: Settings) -> String {
        HexDigits.of(SHA256.hash(data: Data(settings.record.choices.utf8)))
    }
}
