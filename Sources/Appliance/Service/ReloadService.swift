// SPDX-License-Identifier: Apache-2.0
import Core
import Logging
import ServiceLifecycle
import Settings
import UnixSignals

/// SIGHUP: read the settings again; broken ones change nothing.
struct ReloadService: Service {
    let appliance: ApplianceController
    let light: StatusLight
    let reload: @Sendable () throws -> Settings
    let manager: ServiceManager
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) {
                manager.tell(.reloading(at: .now()))
                do {
                    let settings = try reload()
                    let report = try await appliance.reload(settings)
                    await BlockingThread.run("light change") { light.set(settings.statusLight) }
                    logger.notice("settings read again: \(report.isEmpty ? "nothing changed" : report.joined(separator: "; "))")
                } catch {
                    logger.error("settings not read again, the old ones stay: \(error)")
                }
                manager.tell(.ready)
            }
        }
    }
}
