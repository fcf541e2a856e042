// SPDX-License-Identifier: Apache-2.0
public import API
import Core
package import DepthAI
public import Publish
public import Settings

/// Everything an owner can set: the sections, each read by those who work by it. `packaging/depthd.yml` shows each key with
/// its default, unit and meaning; a test proves that file and code agree.
public struct ApplianceSettings: Sendable {
    public var http: HTTPServerSettings
    public var udp: UDPSettings
    public var codeProject: CodeProjectSettings
    package var depthAI: LinkServerSettings
    public var log: LogSettings
    public var runtime: RuntimeSettings
    public var models: ModelSettings
    public var usb: USBSettings
    public var state: StateSettings
    /// Name below `/sys/class/leds` of the light that shows how the box is; empty for none.
    public var statusLight: String
    public var cameras: [CameraSettings]
    /// Whether the settings name no cameras, so that the box shows whatever is plugged in.
    public var isAutomatic: Bool
    /// Every value in force, without its secrets.
    public var record: SettingsRecord
    /// The file they came from; nil for none.
    public var file: String?

    /// Reads a document with the overrides of the command line laid over it.
    /// - Parameters:
    ///   - text: YAML; empty for all defaults.
    ///   - name: what messages call the document.
    public static func read(
        _ text: String, name: String, overrides: [SettingsOverride] = []
    ) throws(SettingsError) -> ApplianceSettings {
        var root = try SettingsDocument.yaml(text, name: name)
        for override in overrides { root = try override.applied(to: root) }
        return try ApplianceSettings(SettingsSection(root))
    }

    /// Reads the settings from a document's root section.
    public init(_ root: SettingsSection) throws(SettingsError) {
        http = try HTTPServerSettings(root.section("http"))
        udp = try UDPSettings(root.section("udp"))
        codeProject = try CodeProjectSettings(root.section("codeproject"))
        depthAI = try LinkServerSettings(root.section("depthai"))
        log = try LogSettings(root.section("log"))
        runtime = try RuntimeSettings(root.section("runtime"))
        models = try ModelSettings(root.section("models"))
        usb = try USBSettings(root.section("usb"))
        state = try StateSettings(root.section("state"))
        statusLight = try StatusLight.name(root)
        isAutomatic = !root.has("cameras")
        cameras = try root.has("cameras") ? root.sections("cameras").map(CameraSettings.init) : [CameraSettings.automatic()]
        try root.finish()
        record = root.record
        try Self.refuseTwins(root, cameras)
    }

    /// The keys there are.
    package static let schema: SettingsSchema = {
        let document = try? SettingsDocument.yaml("cameras: [{id: a}]", name: "schema")
        guard let document, let root = try? SettingsSection(document), (try? ApplianceSettings(root)) != nil else {
            return SettingsSchema()
        }
        return SettingsSchema(root)
    }()

    /// Takes from this machine what the settings name, changing nothing on it. What `depthd run` refuses is refused here.
    /// - Throws: `SettingsError` for what is not there or cannot be used.
    public mutating func resolve() throws(SettingsError) {
        try udp.resolve(readKey: SharedKeyFile.read)
    }

    /// What differs in a section.
    package struct SectionChange: Sendable, Hashable, CustomStringConvertible {
        package var section: String
        package var paths: [String]

        package var description: String { paths.joined(separator: ", ") }
    }

    /// What differs, in the order of the sections' names.
    package func changes(to next: ApplianceSettings) -> [SectionChange] {
        var paths = record.changes(to: next.record)
        // The record has the name of the file; what is in it counts, too.
        if udp.key != next.udp.key, !paths.contains("udp.key_file") { paths.append("udp.key_file") }
        return Dictionary(grouping: paths) { path in String(path.prefix { $0 != "." }) }
            .map { SectionChange(section: $0, paths: $1.sorted()) }.sorted { $0.section < $1.section }
    }

    /// Takes one section as it is in other settings.
    package mutating func take(_ section: String, from other: ApplianceSettings) {
        switch section {
        case "http": http = other.http
        case "udp": udp = other.udp
        case "codeproject": codeProject = other.codeProject
        case "depthai": depthAI = other.depthAI
        case "log": log = other.log
        case "runtime": runtime = other.runtime
        case "models": models = other.models
        case "usb": usb = other.usb
        case "state": state = other.state
        case "status_light": statusLight = other.statusLight
        case "cameras": (cameras, isAutomatic) = (other.cameras, other.isAutomatic)
        default: preconditionFailure("take(_:from:) does not know the section \(section)")
        }
        record.replace(section: section, from: other.record)
    }

    private static func refuseTwins(_ root: SettingsSection, _ cameras: [CameraSettings]) throws(SettingsError) {
        var seen: Set<String> = []
        for (index, camera) in cameras.enumerated() where !seen.insert(camera.id.name).inserted {
            let item = try root.sections("cameras")[index]
            throw item.refusal("id", "two cameras are called '\(camera.id)'; every camera needs a name of its own")
        }
    }
}
