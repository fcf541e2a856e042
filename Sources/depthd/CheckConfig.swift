// SPDX-License-Identifier: Apache-2.0
import Appliance
import ArgumentParser
import Core
import Settings

struct CheckConfig: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config", abstract: "Check the settings and report what is wrong, without changing anything.")

    @OptionGroup var options: SettingsOptions

    func run() throws {
        let settings = try options.loadOrExit(resolving: true)
        let cameras = settings.cameras.map { "\($0.id) (\($0.source.kind.rawValue))" }.joined(separator: ", ")
        Output.line("settings are valid; cameras: \(cameras)")
    }
}

struct ShowVersion: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() throws {
        Output.line("depthd \(Version.current)")
    }
}
