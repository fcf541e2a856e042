// SPDX-License-Identifier: Apache-2.0
import Codec
public import Core

/// Plays any file or network stream that ffmpeg can read, one child process for each lens.
///
/// The children are read in step, one picture each for an exposure; two network streams are therefore only as
/// simultaneous as their servers are. A child that dies or stalls is started again with a growing pause between attempts.
public final class FFmpegSource: CaptureSource {
    public let format: CaptureFormat
    private let settings: FFmpegSettings
    private let camera: CameraID
    private let lenses: [FFmpegLens]
    private let ffmpeg: String

    /// Checks the settings and, where no size is set, asks ffprobe for it: blocks until the inputs have answered.
    /// - Parameters:
    ///   - camera: the slot the frames are labelled with.
    ///   - calibration: of the cameras that made the pictures, where it is known.
    /// - Throws: `CaptureError.unusable` naming the setting.
    public init(settings: FFmpegSettings, camera: CameraID, calibration: StereoCalibration? = nil) throws(CaptureError) {
        try settings.check()
        self.settings = settings
        self.camera = camera
        ffmpeg = try FFmpegTool.path(settings.ffmpeg)
        var lenses: [FFmpegLens] = []
        for instance in [CameraInstance.left, .right, .color] {
            guard let text = settings.inputs[instance] else { continue }
            lenses.append(try FFmpegLens(instance, text, settings))
        }
        try FFmpegSource.check(lenses)
        self.lenses = lenses
        format = CaptureFormat(
            lenses: Dictionary(uniqueKeysWithValues: lenses.map { ($0.instance, $0.format) }),
            framesPerSecond: FFmpegSource.rate(of: lenses, settings), calibration: calibration)
    }

    private static func check(_ lenses: [FFmpegLens]) throws(CaptureError) {
        let limit = ImageLimits.default.maximumPixels
        for lens in lenses where lens.format.width * lens.format.height > limit {
            throw .unusable(
                what: "inputs.\(lens.instance) is \(lens.format.width)×\(lens.format.height)",
                remedy: "set width and height to at most \(limit) pixels together")
        }
        let left = lenses.first { $0.instance == .left }
        let right = lenses.first { $0.instance == .right }
        if let left, let right, left.format != right.format {
            throw .unusable(
                what: "inputs.right is \(right.format.width)×\(right.format.height)",
                remedy: "set width and height; inputs.left is \(left.format.width)×\(left.format.height)")
        }
    }

    /// The rate frames will come at; 0 where files are read as fast as they can be.
    private static func rate(of lenses: [FFmpegLens], _ settings: FFmpegSettings) -> Double {
        if settings.pace == .asFastAsPossible, lenses.allSatisfy(\.input.isFile) { return 0 }
        return settings.framesPerSecond > 0 ? settings.framesPerSecond : lenses.map(\.framesPerSecond).min() ?? 0
    }

    /// How one start of the children ended.
    private enum Ending {
        case stopped
        /// A file came to its end.
        case finished
        /// Why a child is gone.
        case failed(String)
    }

    /// Plays until stopped, or until a file ends that is not to be looped.
    public func run(counters: CaptureCounters, stop: StopSignal, deliver: (CaptureDelivery) -> Void) throws {
        let pools = lenses.map { _ in FramePool(capacity: settings.buffers) }
        var backoff = settings.backoff
        var failures = 0
        var sequence = 0
        while !stop.isStopped {
            let first = sequence
            let ending = try play(&sequence, pools, counters, stop) { deliver(.frame($0)) }
            if sequence > first {
                backoff.reset()
                failures = 0
            }
            // A child that goes while everything ends is no failure.
            guard !stop.isStopped else { return }
            switch ending {
            case .stopped: return
            case .finished where sequence == first: throw CaptureError.lost("an input of \(camera) delivers no pictures")
            case .finished:
                guard settings.loop else { return }
            case .failed(let reason):
                failures += 1
                guard failures < settings.attempts else { throw CaptureError.lost(reason) }
                counters.restarts.add()
                guard stop.sleep(until: .now().advanced(byNanoseconds: backoff.nextDelay())) else { return }
            }
        }
    }

    /// Starts the children and delivers exposures until one of them ends. All are ended and reaped on return.
    private func play(
        _ sequence: inout Int, _ pools: [FramePool], _ counters: CaptureCounters, _ stop: StopSignal, _ deliver: (Frame) -> Void
    ) throws(CaptureError) -> Ending {
        var players: [FFmpegPlayer] = []
        defer {
            players.forEach { $0.ask() }
            players.forEach { $0.end() }
        }
        for (lens, pool) in zip(lenses, pools) {
            players.append(try FFmpegPlayer(lens, ffmpeg: ffmpeg, settings: settings, pool: pool))
        }
        while true {
            var frames: [Frame] = []
            var captured: Timestamp?
            for player in players {
                switch player.next(camera: camera, sequence: sequence, captured: captured, stop: stop) {
                case .frame(let frame):
                    captured = frame.header.captured
                    frames.append(frame)
                case .noFreeBuffer(let instant): captured = instant
                case .finished: return .finished
                case .failed(let reason): return .failed(reason)
                case .stopped: return .stopped
                }
            }
            sequence += 1
            if frames.count == players.count { frames.forEach(deliver) } else { counters.dropped.add() }
        }
    }
}
