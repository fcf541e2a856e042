// SPDX-License-Identifier: Apache-2.0
import Appliance
import ArgumentParser
import Foundation
import Logging
import Settings

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the daemon. Without cameras in the settings it shows what is plugged in, or the demo scene.",
        discussion:
            "SIGTERM ends it within two seconds; SIGHUP reloads the settings and keeps the old ones if the new ones are invalid.")

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let settings = try options.loadOrExit(resolving: true)
        let log = DaemonLog.start()
        DaemonLog.set(settings.log.level)
        let logger = Logger(label: "depthd")
        if settings.usb.installRules { installRules(logger) }
        let options = self.options
        let daemon = Daemon(settings: settings, log: log, logger: logger, reload: { try options.load(resolving: true) }) {
            address in
            Output.line("depthd \(Version.current): dashboard at \(address)")
        }
        do {
            try await daemon.run()
        } catch let error as SettingsError {
            Output.complaint("depthd: bad configuration: \(error)")
            throw ExitCode(78)
        }
    }

    /// Installs missing rules as `install-rules` does. A box that cannot is still a box: cameras say what they lack.
    private func installRules(_ logger: Logger) {
        do {
            let installer = RulesInstaller()
            guard installer.look().contains(where: { $0.outcome == .missing }) else { return }
            for line in try installer.install(keepsOthers: true) { logger.notice("\(line)") }
        } catch {
            logger.warning("usb.install_rules: \(error)")
        }
    }
}
