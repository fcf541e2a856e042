// SPDX-License-Identifier: Apache-2.0
import API
import DepthAI

/// A section of the settings that takes effect while the daemon runs. `cameras` is not among them: the controller
/// exchanges those itself.
struct LiveSection: Sendable {
    let name: String
    /// Puts it in force, or throws why the old one stays, in words for the owner.
    let apply: @Sendable (ApplianceSettings) async throws -> Void

    static func publisher(_ place: PublisherPlace) -> LiveSection {
        LiveSection(name: place.kind.section) { try await place.server.apply($0) }
    }

    static func codeProject(_ server: ReplaceableServer<Int?>, _ tasks: TaskServer) -> LiveSection {
        LiveSection(name: "codeproject") { settings in
            try await server.applyChange(settings.codeProject.ownPort)
            tasks.apply(settings)
        }
    }

    static func depthAI(_ server: ReplaceableServer<LinkServerSettings>) -> LiveSection {
        LiveSection(name: "depthai") { try await server.apply($0.depthAI) }
    }

    static let log = LiveSection(name: "log") { DaemonLog.set($0.log.level) }

    /// Of the roles; the controller gives cameras another detector.
    static func models(_ tasks: TaskServer) -> LiveSection {
        LiveSection(name: "models") { tasks.apply($0) }
    }

    static func runtime(_ tasks: TaskServer) -> LiveSection {
        LiveSection(name: "runtime") { tasks.apply($0) }
    }

    static func statusLight(_ light: StatusLight) -> LiveSection {
        LiveSection(name: "status_light") { settings in
            await BlockingThread.run("light change") { light.set(settings.statusLight) }
        }
    }
}
