// SPDX-License-Identifier: Apache-2.0
public import Core

/// The one interface through which frames enter: a rendered scene, a folder, a recording, a camera.
public protocol CaptureSource: Sendable {
    /// What the source will deliver. Fixed once the source exists.
    var format: CaptureFormat { get }

    /// The device that was found, in one line for the owner; empty where nothing had to be found.
    var device: String { get }

    /// The number of the camera behind it; empty for sources without one.
    var serialNumber: String { get }

    /// Delivers frames, and what else the camera makes, until the source ends or `stop` is given. Blocks: the caller gives it a
    /// thread of its own.
    ///
    /// All lenses of one exposure share a sequence number and are delivered one after the other: left, right, colour.
    /// - Parameters:
    ///   - counters: where the source counts what it had to drop.
    ///   - deliver: takes each delivery; returns at once.
    /// - Throws: `CaptureError` when the source is lost; the caller decides whether to open it again.
    func run(counters: CaptureCounters, stop: StopSignal, deliver: (CaptureDelivery) -> Void) throws

    /// Changes how a lens sees. From any thread; returns at once. An empty request only asks.
    /// - Parameter done: called once, on any thread, with what is then in force; nil when the camera went away before, or
    ///   too many wait.
    func control(_ lens: CameraInstance, _ request: CameraControlRequest, done: @escaping @Sendable (CameraControlState?) -> Void)
}

extension CaptureSource {
    public var device: String { "" }
    public var serialNumber: String { "" }

    /// A source without controls, such as a recording.
    public func control(
        _ lens: CameraInstance, _ request: CameraControlRequest, done: @escaping @Sendable (CameraControlState?) -> Void
    ) {
        done(.first)
    }
}

/// One thing a source delivers. Most cameras only see; some think as well.
public enum CaptureDelivery: Sendable {
    /// A picture of a lens, or depth.
    case frame(Frame)
    /// What the camera's own network made of a picture. It comes after the picture; the exposure's number is the same.
    case tensors(CaptureTensors)
    /// A picture that the camera has encoded itself.
    case encoded(EncodedPicture)
    /// How the camera itself is doing.
    case health(DeviceHealth)
    /// Readings of its motion sensor.
    case motion(MotionBatch)
    /// What it reports about a crash of its firmware. May come before the first frame and after the last.
    case crash(CrashDump)

    /// The picture, if it is one.
    public var frame: Frame? { if case .frame(let frame) = self { frame } else { nil } }

    /// The exposure it comes from; nil for what comes from none.
    public var sequence: Int? {
        switch self {
        case .frame(let frame): frame.header.sequence
        case .tensors(let tensors): tensors.header.sequence
        case .encoded(let picture): picture.sequence
        case .health, .motion, .crash: nil
        }
    }

    /// The same of an exposure with another number.
    public func numbered(_ sequence: Int) -> CaptureDelivery {
        switch self {
        case .frame(let frame): .frame(frame.numbered(sequence))
        case .tensors(let tensors): .tensors(tensors.numbered(sequence))
        case .encoded(let picture): .encoded(picture.numbered(sequence))
        case .health, .motion, .crash: self
        }
    }
}

extension Frame {
    /// The same picture of an exposure with another number.
    public func numbered(_ sequence: Int) -> Frame {
        var header = self.header
        header.sequence = sequence
        return relabelled(header)
    }
}

/// What a source will deliver.
public struct CaptureFormat: Sendable, Hashable {
    /// Picture size of each lens that exists.
    public var lenses: [CameraInstance: LensFormat]
    /// Nominal rate; 0 when the source runs as fast as it can.
    public var framesPerSecond: Double
    /// Known when the source brings its own calibration.
    public var calibration: StereoCalibration?
    /// What the source does of the work it was asked for.
    public var deviceTasks: Set<DeviceTask> = []
    /// Why it does not do the rest.
    public var declined: [DeviceTask: String] = [:]

    /// Whether the source measures distance itself: it delivers `depth16` pictures as well, seen from the rectified right lens and
    /// labelled with it. The exposure's number tells which pictures they belong to; they may come later than the next ones.
    public var measuresDepth: Bool { deviceTasks.contains(.depth) }
    /// Whether the source delivers readings of a motion sensor.
    public var sensesMotion = false

    public init(lenses: [CameraInstance: LensFormat], framesPerSecond: Double, calibration: StereoCalibration? = nil) {
        self.lenses = lenses
        self.framesPerSecond = framesPerSecond
        self.calibration = calibration
    }
}

/// Size and pixel format of one lens: `gray8` or `bgr24`.
public struct LensFormat: Sendable, Hashable {
    public var width: Int
    public var height: Int
    public var pixels: PixelFormat

    public init(width: Int, height: Int, pixels: PixelFormat) {
        self.width = width
        self.height = height
        self.pixels = pixels
    }
}

/// What a source counts.
public struct CaptureCounters: Sendable {
    /// Exposures lost before they could be delivered: no free buffer, or the source was late.
    public let dropped = Counter()
    /// Pictures that could not be decoded.
    public let undecodable = Counter()
    /// Times the source had to be reopened or its child restarted.
    public let restarts = Counter()

    public init() {}
}

/// Why a source cannot deliver frames.
public enum CaptureError: Error, CustomStringConvertible, Hashable {
    /// A setting is impossible: `what` names it, `remedy` says what to do.
    case unusable(what: String, remedy: String)
    /// The source was working and is gone.
    case lost(String)
    /// The camera does not take some of the work it was asked for, in its own words; without that it can be opened.
    case declined(Set<DeviceTask>, String)

    public var description: String {
        switch self {
        case .unusable(let what, let remedy): "\(what): \(remedy)"
        case .lost(let reason): "camera lost: \(reason)"
        case .declined(let tasks, let words):
            "the camera cannot take over \(tasks.map(\.rawValue).sorted().joined(separator: " and ")) (\(words))"
        }
    }
}
