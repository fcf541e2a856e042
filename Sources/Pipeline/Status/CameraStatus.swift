// SPDX-License-Identifier: Apache-2.0
public import Core

/// Where a camera slot is in its life.
public enum CameraState: String, Sendable, Codable, Hashable {
    /// Waits for a camera to be plugged in; there was none yet.
    case absent
    /// A camera that fits is plugged in and about to be opened.
    case found
    /// Being opened, or its graph being built.
    case starting
    /// Frames are flowing.
    case running
    /// Was running; tried again, or waits for a camera to be plugged in.
    case lost
    /// The settings or the pipeline cannot work; waits for new ones.
    case refused
    /// A recording that came to its end.
    case finished
}

/// Everything worth knowing about one camera at one moment.
public struct CameraStatus: Sendable, Codable {
    public var id: String
    public var state: CameraState
    /// Why it is in that state, and what to do where something is wrong. Empty while running.
    public var why: String
    /// What the pictures come from now: `v4l2`, `oak`, `demo`, `replay`, `media`, or `auto` while there is neither a camera nor the
    /// demo.
    public var source: String
    /// The cameras the slot holds, as one line each: name, serial number, socket, node.
    public var devices: [String]
    /// Picture size of each lens by gen1 name, as `640x400`.
    public var lenses: [String: String]
    public var network: NetworkStatus?
    /// Where the camera's depth, network and video are computed: `device` in the camera, `host` on the box, `accelerator` in
    /// another camera that runs networks for the box. nil where none of them is.
    public var placements: [String: String]?
    /// Wall and CPU time of each stage, in the order of the frame's walk.
    public var stages: [StageStatus] = []
    public var streams: [StreamStatistics] = []
    /// Every dropped or skipped frame, by counter name (`docs/design/queues.md`).
    public var counters: [String: Int] = [:]
    /// By how many rows the rectified pictures miss each other, px: below 0.3 is good, above 0.5 `why` says what to do. nil
    /// without depth, and before a scene with texture was seen.
    public var verticalMisalignmentPixels: Double?
    /// How the camera itself is doing; nil for cameras that do not tell, and when the last report is older than 5 s.
    public var device: DeviceHealth?
    /// What its firmware reported about its newest crash; nil without one.
    public var crashDump: CrashDumpStatus?

    private enum CodingKeys: String, CodingKey {
        case id, state, why, source, devices, lenses, network, placements, stages, streams, counters
        case device
        case verticalMisalignmentPixels = "vertical_misalignment_px"
        case crashDump = "crash_dump"
    }

    public init(
        id: String, state: CameraState, why: String, source: String, devices: [String] = [], lenses: [String: String] = [:],
        network: NetworkStatus? = nil
    ) {
        self.id = id
        self.state = state
        self.why = why
        self.source = source
        self.devices = devices
        self.lenses = lenses
        self.network = network
    }
}

/// A crash report of a camera's firmware.
public struct CrashDumpStatus: Sendable, Codable, Hashable {
    /// Below the state directory.
    public var file: String
    /// When it was taken from the camera: UTC, as ISO 8601 writes it.
    public var time: String

    public init(file: String, time: String) { (self.file, self.time) = (file, time) }
}

/// One stage's figures.
public struct StageStatus: Sendable, Codable {
    /// `capture`, `rectify`, `stereo`, `inference`, `fusion`, `publish`.
    public var name: String
    public var figures: StageMeter.Snapshot

    public init(name: String, figures: StageMeter.Snapshot) {
        self.name = name
        self.figures = figures
    }
}

/// The network a camera runs.
public struct NetworkStatus: Sendable, Codable {
    public var model: String
    public var family: String
    public var width: Int
    public var height: Int
    public var labels: [String]

    public init(model: String, family: String, width: Int, height: Int, labels: [String]) {
        self.model = model
        self.family = family
        self.width = width
        self.height = height
        self.labels = labels
    }
}
