// SPDX-License-Identifier: Apache-2.0
import Core

/// Everything an owner can set. `packaging/depthd.yml` shows each key with its default, unit and meaning; a test proves
/// that file and code agree.
public struct Settings: Sendable {
    public var http: HTTP
    public var udp: UDP
    public var codeProject: CodeProject
    public var depthAI: DepthAI
    public var log: Log
    public var runtime: Runtime
    public var models: Models
    public var usb: USB
    public var state: State
    /// Name below `/sys/class/leds` of the light that shows how the box is; empty for none.
    public var statusLight: String
    public var cameras: [CameraSettings]
    /// Whether the settings name no cameras, so that the box shows whatever is plugged in.
    public var isAutomatic: Bool
    /// Every value in force, without its secrets.
    public var record: SettingsRecord
    /// The file they came from; nil for none.
    public var file: String?

    /// The HTTP server.
    public struct HTTP: Sendable, Hashable {
        public var host: String
        /// 0 takes any free port.
        public var port: Int
        public var idleTimeoutSeconds: Int
        public var maximumConnections: Int
        public var maximumViewers: Int
        /// Origins whose pages may read answers, such as `http://panel.lan`, or `*`.
        public var allowedOrigins: [String]
        /// Names beside those of a home network that a `Host` header may give.
        public var allowedHosts: [String]
        /// How the camera hub's API writes a list of streams.
        public var hubStreams: HubStreams

        public enum HubStreams: String, Sendable, CaseIterable {
            case array, object
        }
    }

    /// The UDP server.
    public struct UDP: Sendable, Hashable {
        public var enabled: Bool
        public var host: String
        /// 0 takes any free port.
        public var port: Int
        /// CIDR ranges, or `private`.
        public var allow: [String]
        /// `host:port` of receivers that only listen.
        public var targets: [String]
        /// Path of a file with the key shared with subscribers; empty for none.
        public var keyFile: String
        /// Group every result is sent to, `group:port`; empty for none.
        public var multicast: String
        /// Network interface the group is reached by; empty where the routing table decides.
        public var multicastInterface: String
        public var maximumSubscriptions: Int
    }

    /// What is written to the log.
    public struct Log: Sendable, Hashable {
        public var level: Level

        public enum Level: String, Sendable, CaseIterable {
            case trace, debug, info, notice, warning, error, critical
        }
    }

    /// How networks are run.
    public struct Runtime: Sendable, Hashable {
        /// Path of ONNX Runtime's library; empty searches the usual places.
        public var onnxRuntime: String
        public var threads: Int
    }

    /// Which model fills which role.
    public struct Models: Sendable, Hashable {
        /// `demo` for the embedded detector, or the path of a model.
        public var detection: String
        /// Name in the model store or path, by role; roles without one are absent. `detection` is not among them.
        public var roles: [String: String]

        /// The roles beside `detection`, as they stand below `models:`.
        public static let roleNames = [
            "segmentation", "face-detection", "face-embedding", "plate-detection", "plate-text", "scene", "super-resolution",
            "background-removal", "cartoon", "portrait", "sound",
        ]
    }

    /// What the box does about USB devices.
    public struct USB: Sendable, Hashable {
        /// Whether a daemon that runs as root installs missing udev rules when it starts.
        public var installRules: Bool
    }

    /// What the box keeps for itself.
    public struct State: Sendable, Hashable {
        /// Folder for what clients deploy, teach and set; empty for the system's place.
        public var directory: String
    }

    /// Reads a document with the overrides of the command line laid over it.
    /// - Parameters:
    ///   - text: YAML; empty for all defaults.
    ///   - name: what messages call the document.
    public static func read(_ text: String, name: String, overrides: [SettingsOverride] = []) throws(SettingsError) -> Settings {
        var root = try SettingsDocument.yaml(text, name: name)
        for override in overrides { root = try override.applied(to: root) }
        return try Settings(SettingsSection(root))
    }

    /// Reads the settings from a document's root section.
    public init(_ root: SettingsSection) throws(SettingsError) {
        http = try HTTP(root.section("http"))
        udp = try UDP(root.section("udp"))
        codeProject = try CodeProject(root.section("codeproject"))
        depthAI = try DepthAI(root.section("depthai"))
        log = try Log(root.section("log"))
        runtime = try Runtime(root.section("runtime"))
        models = try Models(root.section("models"))
        usb = try USB(root.section("usb"))
        state = try State(root.section("state"))
        statusLight = try Settings.light(root)
        isAutomatic = !root.has("cameras")
        cameras = try root.has("cameras") ? root.sections("cameras").map(CameraSettings.init) : [CameraSettings.automatic()]
        try root.finish()
        record = root.record
        try Settings.refuseTwins(root, cameras)
    }

    private static func light(_ root: SettingsSection) throws(SettingsError) -> String {
        let name = try root.text("status_light", default: "none", maximumLength: 64)
        guard name != "none" else { return "" }
        guard !name.isEmpty, !name.contains("/"), !name.hasPrefix(".") else {
            throw root.refusal("status_light", "must be none or a name that /sys/class/leds shows, such as ACT, not '\(name)'")
        }
        return name
    }

    private static func refuseTwins(_ root: SettingsSection, _ cameras: [CameraSettings]) throws(SettingsError) {
        var seen: Set<String> = []
        for (index, camera) in cameras.enumerated() where !seen.insert(camera.id.name).inserted {
            let item = try root.sections("cameras")[index]
            throw item.refusal("id", "two cameras are called '\(camera.id)'; every camera needs a name of its own")
        }
    }
}

extension Settings.HTTP {
    init(_ section: SettingsSection) throws(SettingsError) {
        host = try section.text("host", default: "0.0.0.0", maximumLength: 255)
        port = try section.integer("port", default: 8080, in: 0...65535)
        idleTimeoutSeconds = try section.integer("idle_timeout_s", default: 30, in: 1...3600)
        maximumConnections = try section.integer("maximum_connections", default: 256, in: 8...4096)
        maximumViewers = try section.integer("maximum_viewers", default: 32, in: 1...512)
        allowedOrigins = try section.texts("allowed_origins")
        allowedHosts = try section.texts("allowed_hosts")
        hubStreams = try section.choice("hub_streams", default: .array)
        try section.finish()
    }
}

extension Settings.UDP {
    init(_ section: SettingsSection) throws(SettingsError) {
        enabled = try section.flag("enabled", default: true)
        host = try section.text("host", default: "0.0.0.0", maximumLength: 255)
        port = try section.integer("port", default: 32170, in: 0...65535)
        allow = try section.texts("allow", default: ["private"])
        targets = try section.texts("targets")
        keyFile = try section.text("key_file", default: "")
        multicast = try section.text("multicast", default: "", maximumLength: 255)
        multicastInterface = try section.text("multicast_interface", default: "", maximumLength: 15)
        maximumSubscriptions = try section.integer("maximum_subscriptions", default: 32, in: 1...32)
        try section.finish()
    }
}

extension Settings.Log {
    init(_ section: SettingsSection) throws(SettingsError) {
        level = try section.choice("level", default: .info)
        try section.finish()
    }
}

extension Settings.Runtime {
    init(_ section: SettingsSection) throws(SettingsError) {
        onnxRuntime = try section.text("onnxruntime", default: "")
        threads = try section.integer("threads", default: 1, in: 1...16)
        try section.finish()
    }
}

extension Settings.Models {
    init(_ section: SettingsSection) throws(SettingsError) {
        detection = try section.text("detection", default: "demo")
        roles = [:]
        for role in Self.roleNames {
            let model = try section.text(role, default: "")
            roles[role] = model.isEmpty ? nil : model
        }
        try section.finish()
    }
}

extension Settings.USB {
    init(_ section: SettingsSection) throws(SettingsError) {
        installRules = try section.flag("install_rules", default: false)
        try section.finish()
    }
}

extension Settings.State {
    init(_ section: SettingsSection) throws(SettingsError) {
        directory = try section.text("directory", default: "")
        try section.finish()
    }
}
