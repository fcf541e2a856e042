// SPDX-License-Identifier: Apache-2.0
public import Core
import Inference
public import Settings

/// What a camera's graph shall make: the gen1 `create_pipeline` dictionary with keys of our own beside its keys.
///
/// Keys have gen1's names, units and ranges. Keys without a value take depthd's defaults, which differ from gen1's
/// where gen1's are historical (see `docs/pipeline.md`).
public struct PipelineConfiguration: Sendable, Hashable {
    /// The streams wanted; empty for everything the camera can give.
    public var streams: [StreamRequest]
    public var depth: DepthConfiguration
    public var ai: NetworkConfiguration
    public var tracker: TrackerConfiguration
    /// nil for depthd's own way; see there.
    public var video: VideoConfiguration?
    /// Where `video` is encoded.
    public var videoPlacement: Placement

    /// Reads a configuration from the settings or from a request.
    /// - Throws: `SettingsError` naming the key, its allowed range and, in a file, its line.
    public init(_ value: SettingsValue, path: String = "", unknownKeys: UnknownKeys = .refuse) throws(SettingsError) {
        try self.init(SettingsSection(value, path: path, unknownKeys: unknownKeys))
    }

    /// Reads a configuration from a section.
    public init(_ section: SettingsSection) throws(SettingsError) {
        streams = []
        for item in try section.list("streams") { streams.append(try StreamRequest(item.value, path: item.path)) }
        section.keep("streams", read: "[\(streams.map(\.description).joined(separator: ", "))]")
        depth = try DepthConfiguration(section.section("depth"))
        ai = try NetworkConfiguration(section.section("ai"))
        tracker = try TrackerConfiguration(section.section("ot"))
        // Keys of a gen1 dictionary that describe the device itself: accepted, of no effect on this box.
        for key in ["board_config", "camera", "app"] { _ = section.has(key) }
        video = try section.has("video_config") ? VideoConfiguration(section.section("video_config")) : nil
        let placing = try section.section("video")
        videoPlacement = try placing.choice("placement", default: .auto)
        try placing.finish()
        try section.finish()
    }

    /// Everything the camera can give, with all defaults.
    public static func standard() throws(SettingsError) -> PipelineConfiguration {
        try PipelineConfiguration(.emptyMapping(document: "defaults"))
    }

    /// Whether at most the matching of pictures differs, which can change between two frames.
    public func differsOnlyInMatching(from other: PipelineConfiguration) -> Bool {
        var same = self
        same.depth = other.depth
        return same == other && depth.differsOnlyInMatching(from: other.depth)
    }

    /// Whether `stream` was asked for, by name or by asking for everything.
    public func wants(_ stream: StreamName) -> Bool {
        streams.isEmpty || streams.contains { $0.name == stream }
    }
}

/// One entry of `streams`: a name, or `{name, max_fps}`.
public struct StreamRequest: Sendable, Hashable, CustomStringConvertible {
    public var name: StreamName
    /// nil for the camera's own rate.
    public var maximumFramesPerSecond: Double?

    /// As the settings write it.
    public var description: String {
        maximumFramesPerSecond.map { "{name: \(name.rawValue), max_fps: \($0)}" } ?? name.rawValue
    }

    init(_ value: SettingsValue, path: String) throws(SettingsError) {
        let text: String
        if case .scalar(let name, _) = value.content {
            (text, maximumFramesPerSecond) = (name, nil)
        } else {
            let section = try SettingsSection(value, path: path)
            text = try section.text("name", default: "")
            let limit = try section.number("max_fps", default: 0, in: 0...1000)
            maximumFramesPerSecond = limit > 0 ? limit : nil
            _ = section.has("data_type")
            try section.finish()
        }
        guard let name = StreamName(name: text) else {
            let known = StreamName.allCases.map(\.rawValue).joined(separator: ", ")
            throw SettingsError(
                document: value.document, line: value.line, path: path,
                problem: "there is no stream '\(text)'; there are \(known)")
        }
        self.name = name
    }
}

/// The `ai` section: which network, on which picture.
public struct NetworkConfiguration: Sendable, Hashable {
    /// `demo`, a path, or empty for the box's detection model; `none` runs no network.
    public var model: String
    /// gen1's name for the same: the path of a network.
    public var blobFile: String
    /// Path of a gen1 blob configuration.
    public var blobFileConfig: String
    public var cameraInput: NetworkInput
    public var measuresDistance: Bool
    /// gen1: true crops to the network's shape, false squeezes the full picture. nil does what the model says.
    public var keepAspectRatio: Bool?
    /// nil takes the model's own threshold.
    public var confidenceThreshold: Double?
    /// Where the network runs.
    public var placement: Placement

    /// How a picture becomes the network's size; nil does what the model says.
    var resize: ModelManifest.Resize? { keepAspectRatio.map { $0 ? .crop : .stretch } }

    init(_ section: SettingsSection) throws(SettingsError) {
        model = try section.text("model", default: "")
        blobFile = try section.text("blob_file", default: "")
        blobFileConfig = try section.text("blob_file_config", default: "")
        cameraInput = try section.choice("camera_input", default: .rgb)
        measuresDistance = try section.flag("calc_dist_to_bb", default: true)
        keepAspectRatio = try Self.given("keep_aspect_ratio", section) { key throws(SettingsError) in
            try section.flag(key, default: true)
        }
        confidenceThreshold = try Self.given("confidence_threshold", section) { key throws(SettingsError) in
            try section.number(key, default: 0, in: 0...1)
        }
        placement = try section.choice("placement", default: .auto)
        for key in ["blob_file2", "blob_file_config2"] where try !section.text(key, default: "").isEmpty {
            throw section.refusal(key, "a camera's own pipeline runs one network; leave it empty")
        }
        _ = try section.integer("shaves", default: 7, in: 1...16)
        _ = try section.integer("cmx_slices", default: 7, in: 1...19)
        _ = try section.integer("NN_engines", default: 1, in: 0...2)
        if !model.isEmpty, !blobFile.isEmpty {
            throw section.refusal("blob_file", "give either model or blob_file, not both")
        }
        try section.finish()
    }

    /// A key without a default: where it is not there, the model decides.
    private static func given<Value>(
        _ key: String, _ section: SettingsSection, _ read: (String) throws(SettingsError) -> Value
    ) throws(SettingsError) -> Value? {
        guard section.has(key) else {
            section.keep(key, read: "")
            return nil
        }
        return try read(key)
    }
}

/// Which picture the network sees.
public enum NetworkInput: String, Sendable, CaseIterable {
    case rgb, left, right
    case rectifiedLeft = "rectified_left"
    case rectifiedRight = "rectified_right"
}

/// The `ot` section: the object tracker.
public struct TrackerConfiguration: Sendable, Hashable {
    /// Objects followed at once, 0...200; gen1 knows at most 20.
    public var maximumTracklets: Int
    /// Only detections at least this sure are followed; 0...1.
    public var confidenceThreshold: Double

    init(_ section: SettingsSection) throws(SettingsError) {
        maximumTracklets = try section.integer("max_tracklets", default: 20, in: 0...200)
        confidenceThreshold = try section.number("confidence_threshold", default: 0.5, in: 0...1)
        try section.finish()
    }
}
