// SPDX-License-Identifier: Apache-2.0
package import Core
package import Fusion
package import Pipeline
import Settings

/// The pipeline a client asks for (CREATE of `docs/depthai-link.md`): the client has filled in defaults and read files.
package struct LinkConfiguration: Sendable, Hashable {
    /// Which of gen1's two ways of giving results.
    package enum Generation: String, Sendable, CaseIterable {
        /// Rows and tensors (until 2020).
        case rows = "A"
        /// Decoded detections.
        case detections = "C"
    }

    package struct Stream: Sendable, Hashable {
        package var name: StreamName
        /// nil for the camera's rate.
        package var maximumFramesPerSecond: Double?
    }

    package struct Depth: Sendable, Hashable {
        /// Central part of a box, per axis, 0...1.
        package var paddingFactor: Double
        package var limitMetres: Double
        /// Boxes less sure than this get no position, 0...1.
        package var confidenceThreshold: Double
        package var mirrorsRectified: Bool
    }

    package struct Tracking: Sendable, Hashable {
        /// 0...20.
        package var maximumTracklets: Int
        package var confidenceThreshold: Double
    }

    /// The pictures a client expects of a lens.
    package struct Size: Sendable, Hashable {
        package var width: Int
        package var height: Int

        package init(width: Int, height: Int) { (self.width, self.height) = (width, height) }
    }

    package var generation: Generation
    package var streams: [Stream]
    package var network: LinkNetworkChoice?
    package var depth: Depth
    package var tracking: Tracking
    /// nil for the camera's own size.
    package var monoSize: Size?
    package var colorSize: Size?
    /// Horizontal fields of view the client's board has, degrees.
    package var monoFieldOfView: Double
    package var colorFieldOfView: Double
    /// What the lenses shall give at most, pictures a second; nil for their own rate.
    package var monoRate: Double?
    package var colorRate: Double?
    /// How `video` shall be made; nil for the camera's own way.
    package var video: VideoConfiguration?
    /// The part of the pictures networks see, where there is no network to say so.
    private var plainInput: LinkNetworkChoice.Input
    private var plainKeepsAspect: Bool
    /// Which 720 of 800 rows: those from the top, as gen1 does, or those in the middle.
    package var cropsCentre: Bool

    /// Reads and checks the JSON text. Unknown keys are ignored, as gen1 did.
    /// - Throws: `LinkRefusal` naming the key.
    package init(json: [UInt8]) throws(LinkRefusal) {
        do {
            try self.init(SettingsSection(SettingsDocument.json(json, name: "pipeline"), unknownKeys: .ignore))
        } catch {
            throw LinkRefusal(error.path.isEmpty ? "pipeline" : error.path, error.problem)
        }
    }

    private init(_ section: SettingsSection) throws(SettingsError) {
        generation = try section.choice("generation", default: .detections)
        streams = []
        for entry in try section.sections("streams") {
            let text = try entry.text("name", default: "")
            // gen1 has no stream of motion sensors.
            guard let name = StreamName(name: text), name != .imu else {
                throw entry.refusal("name", "there is no stream '\(text)'")
            }
            let limit = try entry.number("max_fps", default: 0, in: 0...1000)
            streams.append(Stream(name: name, maximumFramesPerSecond: limit > 0 ? limit : nil))
        }
        let depth = try section.section("depth")
        self.depth = Depth(
            paddingFactor: try depth.number("padding_factor", default: 0.3, in: 0...1),
            limitMetres: try depth.number("depth_limit_m", default: 10, in: 0.001...65),
            confidenceThreshold: try depth.number("confidence_threshold", default: 0.5, in: 0...1),
            mirrorsRectified: try depth.section("warp_rectify").flag("mirror_frame", default: true))
        let tracker = try section.section("ot")
        tracking = Tracking(
            maximumTracklets: try tracker.integer("max_tracklets", default: 20, in: 0...20),
            confidenceThreshold: try tracker.number("confidence_threshold", default: 0.5, in: 0...1))
        let ai = try section.section("ai")
        network = try LinkNetworkChoice(ai, generation)
        plainInput = try ai.choice("camera_input", default: .rgb)
        plainKeepsAspect = try ai.flag("keep_aspect_ratio", default: true)
        let (mono, rgb) = (try section.section("camera").section("mono"), try section.section("camera").section("rgb"))
        (monoSize, colorSize) = (try Size(mono), try Size(rgb))
        let rates = (try mono.number("fps", default: 0, in: 0...1000), try rgb.number("fps", default: 0, in: 0...1000))
        (monoRate, colorRate) = (rates.0 > 0 ? rates.0 : nil, rates.1 > 0 ? rates.1 : nil)
        video = try section.has("video_config") ? VideoConfiguration(section.section("video_config")) : nil
        let board = try section.section("board_config")
        cropsCentre = try board.flag("stereo_center_crop", default: false)
        monoFieldOfView = try board.number("left_fov_deg", default: 71.86, in: 1...179)
        colorFieldOfView = try board.number("rgb_fov_deg", default: 68.7938, in: 1...179)
    }

    /// How gen1 lays a network's boxes on the depth picture, for clients that draw them there.
    package var networkToDepth: NetworkToDepth {
        let width = monoSize?.width ?? 1280
        let map = try? NetworkToDepth.derived(
            colorFieldOfViewDegrees: colorFieldOfView, monoFieldOfViewDegrees: monoFieldOfView, depthWidth: width,
            sensorHeight: width * 5 / 8, keepAspect: network?.keepsAspect ?? true)
        return map ?? NetworkToDepth(offsetX: 0, offsetY: 0, width: width, height: monoSize?.height ?? 720)
    }

    /// Which pictures the network sees, or would see.
    package var previewInput: LinkNetworkChoice.Input { network?.input ?? plainInput }
    /// Whether it sees the largest middle part of them with its own shape, or all, squeezed.
    package var keepsAspect: Bool { network?.keepsAspect ?? plainKeepsAspect }
    /// Whether anything is asked for that a network sees or says.
    package var seesPreview: Bool { network != nil || wants(.previewout) }

    /// What the lens a stream comes from shall give at most, pictures a second; nil for its own rate.
    package func lensRate(of stream: StreamName) -> Double? {
        switch stream {
        case .left, .right, .rectifiedLeft, .rectifiedRight, .depth, .disparity: monoRate
        case .color, .video: colorRate
        default: nil
        }
    }

    /// Whether a stream was asked for.
    package func wants(_ stream: StreamName) -> Bool { streams.contains { $0.name == stream } }
}

extension LinkConfiguration.Size {
    /// Both sides, or none.
    fileprivate init?(_ section: SettingsSection) throws(SettingsError) {
        let height = try section.integer("resolution_h", default: 0, in: 0...4096)
        let width = try section.integer("resolution_w", default: 0, in: 0...8192)
        guard height >= 2, width >= 2 else { return nil }
        (self.width, self.height) = (width & ~1, height & ~1)
    }
}
