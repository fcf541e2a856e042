// SPDX-License-Identifier: Apache-2.0
import API
import Core
import Foundation
import Glibc
import Logging
import Pipeline
import Settings

/// What a support bundle holds: text about the box, never pictures, faces or models. Each part is made by itself, so that
/// one that hangs or fails leaves the others.
struct SupportParts: Sendable {
    let appliance: ApplianceController
    let log: LogBook

    /// Everything, what asks the least of the machine first.
    var all: [SupportBundler.Part] {
        [
            .init(name: "platform.txt") { Self.platform() },
            .init(name: "log.txt") { Self.lines(log.entries(after: 0, count: .max)) },
            .init(name: "settings-in-force.txt") { appliance.settings.record.text },
            .init(name: "settings-file.yml") { Self.file(appliance.settings.file) },
            .init(name: "status.json") { try Self.json(appliance.status()) },
            .init(name: "pipelines.yml") { try Self.pipelines(appliance.cameras) },
            .init(name: "doctor.txt") { Self.words(Diagnostics.inside(appliance.settings)) },
            .init(name: "devices.json") { try Self.json(CameraListing.now(appliance.settings)) },
        ] + crashDumps
    }

    /// The newest first; their own names are too long for an archive.
    private var crashDumps: [SupportBundler.Part] {
        let folder = appliance.crashDumps
        return folder.names.enumerated().map { index, name in
            .init(name: "crash-dump-\(index + 1).json") {
                guard let text = folder.text(name) else { throw CocoaError(.fileReadNoSuchFile) }
                return text
            }
        }
    }

    /// What asks the same as `doctor.txt` bears its name: while one hangs, the other is not tried.
    var findings: SupportBundler.Part {
        .init(name: "doctor.txt") { try Self.json(Diagnostics.inside(appliance.settings)) }
    }

    // MARK: Each part

    /// Largest file of the system that is read, in bytes.
    private static let maximumFile = 1 << 20

    private static func platform() -> String {
        var name = utsname()
        uname(&name)
        let system = [
            text(of: &name.sysname), text(of: &name.release), text(of: &name.version), text(of: &name.machine),
        ]
        let machine = SystemMonitor.sample()
        let files = ["/etc/os-release", "/proc/uptime", "/proc/loadavg", "/proc/meminfo"].map { path in
            "== \(path)\n" + (FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? "")
        }
        return """
            depthd \(Version.current)
            kernel \(system.joined(separator: " "))
            board \(MachineDiagnostics().model ?? "no device tree")
            processors \(ProcessInfo.processInfo.activeProcessorCount)
            depthd's memory \(machine.residentBytes >> 20) MiB, processor time \(Int(machine.cpuSeconds)) s

            """ + files.joined(separator: "\n")
    }

    private static func text<Letters>(of letters: inout Letters) -> String {
        withUnsafeBytes(of: &letters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The file as it is now, which need not be what is in force.
    private static func file(_ path: String?) -> String {
        guard let path else { return "# there is no settings file\n" }
        do {
            let bytes = try BoundedFile.read(path, maximum: maximumFile, what: "settings file")
            let document = try SettingsDocument.yaml(String(decoding: bytes, as: UTF8.self), name: path)
            return "# \(path), without comments and secrets\n"
                + SettingsDocument.text(Redaction.document(document, schema: ApplianceSettings.schema))
        } catch let error as SettingsError {
            return "# \(path):\(error.line.map(String.init) ?? "") cannot be read as YAML, so it is not shown\n"
        } catch {
            return "# \(path) cannot be read\n"
        }
    }

    private static func pipelines(_ cameras: [any CameraService]) throws -> String {
        let entries = try cameras.map { camera in
            let value = try SettingsDocument.json(Array(camera.pipelineJSON().utf8), name: camera.id.name)
            return "# \(camera.id.name)\n" + SettingsDocument.text(Redaction.names(value))
        }
        return entries.joined(separator: "\n")
    }

    private static func words(_ findings: [Finding]) -> String {
        findings.map { "\($0.verdict.rawValue): \($0.subject): \($0.text)\n" }.joined()
    }

    private static func lines(_ entries: [LogBook.Entry]) -> String {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return entries.map { "\($0.time.formatted(style)) \($0.level.rawValue) \($0.category): \($0.text)\n" }.joined()
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}
