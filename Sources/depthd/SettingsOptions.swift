// SPDX-License-Identifier: Apache-2.0
import Appliance
import ArgumentParser
import Foundation
import Settings

/// `--config` and `--set`, for every command that needs the settings.
struct SettingsOptions: ParsableArguments {
    @Option(help: "The settings file (packaging/depthd.yml shows every key). Default: /etc/depthd/depthd.yml if it exists.")
    var config: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A setting that overrides the file, such as http.port=18080. May be repeated.", valueName: "key=value")
    )
    var overrides: [String] = []

    private static let customaryPath = "/etc/depthd/depthd.yml"
    private static let maximumBytes = 1 << 20

    /// Reads the settings.
    /// - Parameter resolving: whether what they name on this machine is taken too, as a daemon needs it; other commands may
    ///   lack the right to read its key.
    /// - Throws: `SettingsError` with file, line and path.
    func load(resolving: Bool = false) throws -> ApplianceSettings {
        let path = config ?? (FileManager.default.fileExists(atPath: Self.customaryPath) ? Self.customaryPath : nil)
        var assignments: [SettingsOverride] = []
        for override in overrides { assignments.append(try SettingsOverride(override)) }
        var settings = try ApplianceSettings.read(try path.map(Self.text) ?? "", name: path ?? "settings", overrides: assignments)
        settings.file = path
        if resolving { try settings.resolve() }
        return settings
    }

    /// The settings, or exit code 78 with the reason on standard error.
    func loadOrExit(resolving: Bool = false) throws -> ApplianceSettings {
        do {
            return try load(resolving: resolving)
        } catch {
            Output.complaint("depthd: bad configuration: \(error)")
            throw ExitCode(78)
        }
    }

    private static func text(of path: String) throws(SettingsError) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SettingsError(
                document: path, path: "",
                problem: "the settings file does not exist or is not readable; check the path and its permissions")
        }
        guard data.count <= maximumBytes, let text = String(data: data, encoding: .utf8) else {
            throw SettingsError(
                document: path, path: "",
                problem: "a settings file must be UTF-8 text of at most 1 MiB; name another file, or save this one as UTF-8")
        }
        return text
    }
}
