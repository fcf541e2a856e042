// SPDX-License-Identifier: Apache-2.0
public import Core
import Synchronization

/// A camera that needs no hardware: a rendered room in which boxes, balls and cones move, seen by a stereo pair and a
/// colour camera whose calibration is exact.
public final class DemoSource: CaptureSource {
    public let format: CaptureFormat
    /// What the last exposures really showed.
    public let truths = DemoTruth()
    private let settings: DemoSettings
    private let camera: CameraID
    /// Where a later `run` goes on, so that sequence numbers never repeat.
    private let nextSequence = Atomic(0)
    private let lenses = Mutex<[CameraInstance: (force: CameraControlState, look: SimulatedControls)]>([:])

    /// - Throws: `CaptureError.unusable` for settings out of range.
    public init(camera: CameraID, settings: DemoSettings = DemoSettings()) throws {
        try settings.validate()
        self.camera = camera
        self.settings = settings
        let lenses = CameraInstance.allCases.map { ($0, settings.lens($0)) }
        format = CaptureFormat(
            lenses: Dictionary(uniqueKeysWithValues: lenses), framesPerSecond: settings.framesPerSecond,
            calibration: settings.rig.calibration)
    }

    /// What exposure `sequence` showed, or the last one for nil; about the last 128 exposures are remembered.
    public func truth(sequence: Int? = nil) -> SceneTruth? {
        truths.truth(sequence: sequence)
    }

    public func run(counters: CaptureCounters, stop: StopSignal, deliver: (CaptureDelivery) -> Void) throws {
        let exposer = DemoExposer(scene: try DemoScene(settings: settings), camera: camera)
        var pace = DemoPace(
            start: .now(), framesPerSecond: settings.framesPerSecond, next: nextSequence.load(ordering: .relaxed))
        while !stop.isStopped {
            // Drawn ahead of time, so that the drawing does not delay the delivery.
            let exposure = exposer.expose(sequence: pace.next, looks: lenses.withLock { $0.mapValues(\.look) })
            guard stop.sleep(until: pace.deadline) else { return }
            let now = Timestamp.now()
            if let exposure {
                truths.remember(exposure.truth)
                for frame in exposure.frames { deliver(.frame(frame.captured(now))) }
            } else {
                counters.dropped.add()
            }
            counters.dropped.add(pace.advance(now: .now()))
            nextSequence.store(pace.next, ordering: .relaxed)
        }
    }

    /// The lenses of the demo stand still; all else can be told, and is seen from the next picture drawn on.
    public func control(
        _ lens: CameraInstance, _ request: CameraControlRequest, done: @escaping @Sendable (CameraControlState?) -> Void
    ) {
        let force = lenses.withLock { lenses in
            let force = (lenses[lens]?.force ?? .first).told(request)
            if !request.isEmpty {
                lenses[lens] = (force, SimulatedControls(force, isColor: settings.lens(lens).pixels == .bgr24))
            }
            return force
        }
        done(force)
    }
}

extension CameraControlState {
    /// The control state after a request to a lens that can do everything except move.
    fileprivate func told(_ request: CameraControlRequest) -> CameraControlState {
        var told = self
        told.exposureMicroseconds = request.exposureMicroseconds ?? exposureMicroseconds
        told.iso = request.iso ?? iso
        told.autoExposure = request.autoExposure ?? autoExposure
        told.exposureCompensation = request.exposureCompensation ?? exposureCompensation
        told.brightness = request.brightness ?? brightness
        told.contrast = request.contrast ?? contrast
        told.saturation = request.saturation ?? saturation
        told.whiteBalance = request.whiteBalance ?? whiteBalance
        told.kelvin = request.kelvin ?? kelvin
        return told
    }
}
