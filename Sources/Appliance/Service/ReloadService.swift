// SPDX-License-Identifier: Apache-2.0
import Core
import Logging
import ServiceLifecycle
import UnixSignals

/// SIGHUP: read the settings again; broken ones change nothing.
struct ReloadService: Service, CustomStringConvertible {
    let appliance: ApplianceController
    let live: [LiveSection]
    let reload: @Sendable () throws -> ApplianceSettings
    let manager: ServiceManager
    let logger: Logger

    /// For the log of the services, which need not know every section.
    var description: String { "ReloadService" }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) {
                manager.tell(.reloading(at: .now()))
                do {
                    let report = await appliance.reload(try reload(), live: live)
                    logger.notice("settings read again: \(report.isEmpty ? "nothing changed" : report.joined(separator: "; "))")
                } catch {
                    logger.error("settings not read again, the old ones stay: \(error)")
                }
                manager.tell(.ready)
            }
        }
    }
}
