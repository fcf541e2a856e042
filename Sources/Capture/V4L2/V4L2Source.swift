// SPDX-License-Identifier: Apache-2.0
public import Core
import Synchronization
package import V4L2

/// Cameras of the kernel's video interface (V4L2): one device, one with both lenses side by side, or two that are
/// brought together by capture time; a colour camera beside them.
///
/// One thread waits for all devices of the source and decodes their pictures. Pictures stay in the drivers' buffers until
/// they are known to be needed.
public final class V4L2Source: CaptureSource {
    public let format: CaptureFormat
    /// What came of asking each device, in the order left, right (or stereo), colour.
    public let agreements: [V4L2Agreement]
    private let settings: V4L2Settings
    private let camera: CameraID
    private let system: any V4L2System
    private let statistics = V4L2Statistics()
    private let orders = ControlQueue()
    /// The devices as `init` opened them, until `run` takes them.
    private let opened: Mutex<OpenedCameras>

    /// Opened devices on their way from the thread that made the source to the one that runs it.
    ///
    /// `@unchecked Sendable`: whoever has taken the array out of the mutex is alone with it.
    private struct OpenedCameras: @unchecked Sendable {
        var cameras: [V4L2CameraDevice]?

        mutating func take() -> [V4L2CameraDevice]? {
            defer { cameras = nil }
            return cameras
        }
    }

    /// Opens the devices and comes to an agreement with each. They stream only while `run` does.
    /// - Parameters:
    ///   - camera: the slot the frames are labelled with.
    ///   - calibration: of the cameras, where it is known.
    /// - Throws: `CaptureError.unusable` naming the setting; `lost` when a device is not there.
    public convenience init(
        settings: V4L2Settings, camera: CameraID, calibration: StereoCalibration? = nil
    ) throws(CaptureError) {
        try self.init(settings: settings, camera: camera, calibration: calibration, system: V4L2Kernel())
    }

    /// The same on another system.
    package init(
        settings: V4L2Settings, camera: CameraID, calibration: StereoCalibration? = nil, system: any V4L2System
    ) throws(CaptureError) {
        try settings.check()
        let cameras = try V4L2Source.open(settings, system)
        self.settings = settings
        self.camera = camera
        self.system = system
        agreements = cameras.map(\.agreement)
        format = try V4L2Source.format(settings, cameras, calibration)
        statistics.begin(settings.cameras.map(\.camera.node))
        opened = Mutex(OpenedCameras(cameras: cameras))
    }

    /// Counts and, for a pair, how well the two cameras go together. From any thread.
    public var figures: V4L2Counters { statistics.figures }

    private static func open(_ settings: V4L2Settings, _ system: any V4L2System) throws(CaptureError) -> [V4L2CameraDevice] {
        var cameras: [V4L2CameraDevice] = []
        for (setting, camera) in settings.cameras {
            let isColor = setting == "color"
            let lenses = if case .sideBySide = settings.layout, !isColor { 2 } else { 1 }
            cameras.append(
                try V4L2CameraDevice(
                    camera, setting: setting, lenses: lenses, pixels: isColor ? .bgr24 : .gray8, system: system))
        }
        return cameras
    }

    private static func format(
        _ settings: V4L2Settings, _ cameras: [V4L2CameraDevice], _ calibration: StereoCalibration?
    ) throws(CaptureError) -> CaptureFormat {
        var lenses: [CameraInstance: LensFormat] = [:]
        let first = cameras[0].unpacker.lensFormat
        switch settings.layout {
        case .single(_, let instance): lenses[instance] = first
        case .sideBySide: (lenses[.left], lenses[.right]) = (first, first)
        case .pair:
            let second = cameras[1].unpacker.lensFormat
            guard first == second else {
                throw .unusable(
                    what: "right is \(second.width)×\(second.height)",
                    remedy: "set a size that both cameras offer; left is \(first.width)×\(first.height)")
            }
            (lenses[.left], lenses[.right]) = (first, second)
        }
        if settings.color != nil, let last = cameras.last { lenses[.color] = last.unpacker.lensFormat }
        return CaptureFormat(
            lenses: lenses, framesPerSecond: rate(settings, cameras.map(\.agreement.framesPerSecond)), calibration: calibration)
    }

    /// The rate of the exposures: of the slower camera of a pair; a colour camera beside them does not count.
    private static func rate(_ settings: V4L2Settings, _ rates: [Double]) -> Double {
        let stereo = settings.color == nil ? rates[...] : rates.dropLast()
        return stereo.min() ?? 0
    }

    /// Streams until `stop`.
    /// - Throws: `CaptureError.lost` when a device is gone, frozen, or delivers nothing of use.
    public func run(counters: CaptureCounters, stop: StopSignal, deliver: (CaptureDelivery) -> Void) throws {
        orders.setOpen(true)
        defer { orders.setOpen(false) }
        let cameras = try opened.withLock { $0.take() } ?? V4L2Source.open(settings, system)
        guard try V4L2Source.format(settings, cameras, format.calibration) == format else {
            throw CaptureError.lost("\(camera): the devices now send pictures of another size or format")
        }
        let session = try V4L2Session(
            cameras, settings: settings, label: camera, rate: format.framesPerSecond, system: system, counters: counters,
            statistics: statistics, orders: orders)
        try session.run(stop: stop) { deliver(.frame($0)) }
    }

    /// Told to the device between two pictures, at most 50 ms later.
    public func control(
        _ lens: CameraInstance, _ request: CameraControlRequest, done: @escaping @Sendable (CameraControlState?) -> Void
    ) {
        orders.place(request, for: lens, done)
    }
}
