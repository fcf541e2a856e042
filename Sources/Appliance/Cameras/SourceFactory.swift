// SPDX-License-Identifier: Apache-2.0
import Calibration
import Capture
import Core
import Foundation
import Logging
import OAK
import Pipeline
import Settings

/// Opens the capture source a camera's settings describe.
struct SourceFactory: Sendable {
    /// Where OAK cameras are had from.
    let fleet: OAKFleet
    let logger: Logger

    init(fleet: OAKFleet, logger: Logger) {
        (self.fleet, self.logger) = (fleet, logger)
    }

    /// For a command that looks at cameras beside the daemon.
    init(_ settings: ApplianceSettings) {
        let logger = Logger(label: "depthd")
        let firmware = FirmwareStore(StateStorage(StateDirectory(settings.state)))
        self.init(fleet: OAKFleet(firmware: firmware, logger: logger), logger: logger)
    }

    /// - Parameters:
    ///   - supply: the cameras the slot was given, where its settings want any.
    ///   - work: what a camera with a processor of its own is to do beside taking pictures.
    ///   - load: what an OAK camera is asked to do of what its settings say.
    ///   - stop: ends the opening of a camera that takes its time.
    ///   - turn: for a replay at full pace, called before each exposure; see `ReplaySettings.beforeEach`.
    /// - Throws: `CaptureError` or `CalibrationError`, in words for the owner.
    func open(
        _ settings: CameraSettings, _ supply: CameraSupply, work: DeviceWork = DeviceWork(), load: OAKLoad? = nil,
        stop: StopSignal = StopSignal(), turn: (@Sendable (Int) -> Bool)? = nil
    ) throws -> any CaptureSource {
        let calibration = try CalibrationFinder.calibration(of: settings)
        switch settings.source {
        case .demo(let demo):
            return try Self.demo(settings.id, demo)
        case .auto(_, _, let oak) where supply.isOAK:
            return try self.oak(settings, oak, calibration, work, load, stop)
        case .auto(let v4l2, let demo, _):
            guard case .cameras(let bound) = supply else { return try Self.demo(settings.id, demo) }
            return try V4L2Source(settings: V4L2Settings(v4l2, bound), camera: settings.id, calibration: calibration)
        case .v4l2(let v4l2):
            guard case .cameras(let bound) = supply else { throw CaptureError.lost("no camera is assigned to the slot") }
            return try V4L2Source(settings: V4L2Settings(v4l2, bound), camera: settings.id, calibration: calibration)
        case .replay(let replay):
            return try ReplaySource(
                settings: ReplaySettings(
                    folder: replay.folder, framesPerSecond: replay.framesPerSecond,
                    pace: replay.pace == .recorded ? .recorded : .asFastAsPossible, loop: replay.loop,
                    beforeEach: replay.pace == .full ? turn : nil),
                camera: settings.id, calibration: calibration)
        case .media(let media):
            let inputs: [CameraInstance: String] = [.left: media.left, .right: media.right, .color: media.color]
            return try FFmpegSource(
                settings: FFmpegSettings(
                    inputs: inputs.filter { !$0.value.isEmpty }, width: media.width, height: media.height,
                    framesPerSecond: media.framesPerSecond, loop: media.loop,
                    pace: media.pace == .recorded ? .recorded : .asFastAsPossible),
                camera: settings.id, calibration: calibration)
        case .oak(let oak):
            return try self.oak(settings, oak, calibration, work, load, stop)
        }
    }

    private func oak(
        _ settings: CameraSettings, _ oak: OAKSettings, _ calibration: StereoCalibration?, _ work: DeviceWork, _ load: OAKLoad?,
        _ stop: StopSignal
    ) throws -> OAKSource {
        try OAKSource(
            settings: load?.applied(to: oak) ?? oak, camera: settings.id, calibration: calibration, work: work, fleet: fleet,
            stop: stop, logger: logger)
    }

    private static func demo(_ camera: CameraID, _ demo: CameraSettings.Demo) throws -> DemoSource {
        try DemoSource(
            camera: camera,
            settings: DemoSettings(
                width: demo.size.width, height: demo.size.height, framesPerSecond: demo.framesPerSecond,
                seed: UInt64(demo.seed), noise: demo.noise))
    }
}

extension CameraSupply {
    /// Whether it is a camera of the OAK fleet.
    var isOAK: Bool { if case .oak = self { true } else { false } }
}

/// Finds and reads a camera's calibration.
struct CalibrationFinder {
    /// Names looked for in a replay folder when the settings name no file.
    private static let customaryNames = ["calibration.yml", "calibration.yaml", "calibration.json", "calibration.calib"]
    /// No calibration is larger: the gen1 mesh files (8 MB) are not read.
    private static let maximumBytes = 1 << 20

    /// The calibration the settings name, or the one lying in a replay folder; nil when there is none.
    static func calibration(of settings: CameraSettings) throws -> StereoCalibration? {
        if !settings.calibration.isEmpty { return try read(settings.calibration) }
        guard case .replay(let replay) = settings.source else { return nil }
        let found = customaryNames.map { "\(replay.folder)/\($0)" }.first { FileManager.default.fileExists(atPath: $0) }
        return try found.map(read)
    }

    /// Reads a calibration file of any known form.
    static func read(_ path: String) throws -> StereoCalibration {
        try CalibrationFile.read(BoundedFile.read(path, maximum: maximumBytes, what: "calibration file"), name: path)
    }
}
