// SPDX-License-Identifier: Apache-2.0
public import Core
public import OAK
package import Pipeline
public import Settings

/// One camera slot: where its pictures come from and what is made of them. An entry of `cameras` in the settings.
public struct CameraSettings: Sendable, Hashable {
    public var id: CameraID
    public var source: Source
    /// Path of a calibration file; empty when the source knows its own, or has none.
    public var calibration: String
    package var pipeline: PipelineConfiguration

    /// Where pictures come from.
    public enum Source: Sendable, Hashable {
        /// An OAK camera that can be started, else the first camera that fits; the demo scene while none is plugged in.
        case auto(V4L2, Demo, OAKSettings)
        case v4l2(V4L2)
        case demo(Demo)
        case replay(Replay)
        case media(Media)
        /// An OAK camera, on USB or in the network.
        case oak(OAKSettings)

        /// The word in the settings.
        public var kind: Kind {
            switch self {
            case .auto: .auto
            case .v4l2: .v4l2
            case .demo: .demo
            case .replay: .replay
            case .media: .media
            case .oak: .oak
            }
        }
    }

    public enum Kind: String, Sendable, CaseIterable {
        case auto, v4l2, demo, replay, media, oak
    }

    /// How fast recorded pictures are delivered.
    public enum Pace: String, Sendable, CaseIterable {
        case recorded, full
    }

    /// The rendered scene.
    public struct Demo: Sendable, Hashable {
        public var size: PictureSize
        public var framesPerSecond: Double
        public var seed: Int
        /// Standard deviation of the sensor noise in grey levels.
        public var noise: Double
    }

    /// Picture sizes the demo renders.
    public enum PictureSize: String, Sendable, CaseIterable {
        case small = "640x400"
        case large = "1280x800"

        public var width: Int { self == .small ? 640 : 1280 }
        public var height: Int { self == .small ? 400 : 800 }
    }

    /// Folders of pictures.
    public struct Replay: Sendable, Hashable {
        public var folder: String
        public var framesPerSecond: Double
        public var pace: Pace
        public var loop: Bool
    }

    /// Files and URLs through ffmpeg.
    public struct Media: Sendable, Hashable {
        /// File or URL of each lens; empty for none.
        public var left: String
        public var right: String
        public var color: String
        /// 0 takes the size of the recording.
        public var width: Int
        public var height: Int
        public var framesPerSecond: Double
        public var pace: Pace
        public var loop: Bool
    }

    init(_ section: SettingsSection) throws(SettingsError) {
        let name = try section.text("id", default: "")
        guard let id = CameraID(name) else {
            throw section.refusal("id", "must be 1 to 32 of a–z, 0–9, - and _, not '\(name)'")
        }
        self.id = id
        let kind: Kind = try section.choice("source", default: .auto)
        let v4l2 = try V4L2(section.section("v4l2"))
        let demo = try Demo(section.section("demo"))
        let replay = try Replay(section.section("replay"))
        let media = try Media(section.section("media"))
        let oak = try OAKSettings(section.section("oak"))
        switch kind {
        case .auto:
            source = .auto(v4l2, demo, oak)
        case .v4l2:
            source = .v4l2(v4l2)
        case .demo:
            source = .demo(demo)
        case .replay:
            guard !replay.folder.isEmpty else {
                throw section.refusal(
                    "replay", "source is replay, so replay.folder must name a folder with left/, right/ or color/")
            }
            source = .replay(replay)
        case .media:
            guard !media.color.isEmpty || !media.left.isEmpty || !media.right.isEmpty else {
                throw section.refusal(
                    "media", "source is media, so media.color (or media.left and media.right) must name a file or URL")
            }
            source = .media(media)
        case .oak:
            source = .oak(oak)
        }
        calibration = try section.text("calibration", default: "")
        pipeline = try PipelineConfiguration(section.section("pipeline"))
        try section.finish()
    }

    /// The camera there is when the settings name none: whatever is plugged in, or the demo scene.
    static func automatic() throws(SettingsError) -> CameraSettings {
        try CameraSettings(id: "demo", source: .auto)
    }

    /// A further camera of a box whose settings name none: `camera-2`, `camera-3`…
    /// - Parameter kind: `v4l2`, or `oak` for one on USB.
    public static func automatic(number: Int, _ kind: Kind) throws(SettingsError) -> CameraSettings {
        try CameraSettings(id: "camera-\(number)", source: kind, oak: "usb")
    }

    /// All defaults, but for which OAK camera.
    private init(id: String, source: Kind, oak device: String = "any") throws(SettingsError) {
        func entry(_ key: String, _ content: SettingsValue.Content) -> SettingsValue.Entry {
            SettingsValue.Entry(key: key, value: SettingsValue(content, document: "default"))
        }
        let entries = [
            entry("id", .scalar(id, quoted: true)), entry("source", .scalar(source.rawValue, quoted: true)),
            entry("oak", .mapping([entry("device", .scalar(device, quoted: true))])),
        ]
        try self.init(SettingsSection(SettingsValue(.mapping(entries), document: "default")))
    }
}

extension CameraSettings.Demo {
    init(_ section: SettingsSection) throws(SettingsError) {
        size = try section.choice("size", default: .small)
        framesPerSecond = try section.number("fps", default: 30, in: 1...120)
        seed = try section.integer("seed", default: 1, in: 0...Int(Int32.max))
        noise = try section.number("noise", default: 2, in: 0...20)
        try section.finish()
    }
}

extension CameraSettings.Replay {
    init(_ section: SettingsSection) throws(SettingsError) {
        folder = try section.text("folder", default: "")
        framesPerSecond = try section.number("fps", default: 30, in: 0.1...240)
        pace = try section.choice("pace", default: .recorded)
        loop = try section.flag("loop", default: true)
        try section.finish()
    }
}

extension CameraSettings.Media {
    init(_ section: SettingsSection) throws(SettingsError) {
        left = try section.text("left", default: "")
        right = try section.text("right", default: "")
        color = try section.text("color", default: "")
        width = try section.integer("width", default: 0, in: 0...4096)
        height = try section.integer("height", default: 0, in: 0...4096)
        framesPerSecond = try section.number("fps", default: 30, in: 0.1...240)
        pace = try section.choice("pace", default: .recorded)
        loop = try section.flag("loop", default: true)
        try section.finish()
    }
}
