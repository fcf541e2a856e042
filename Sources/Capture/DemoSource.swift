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

    public func run(counters: CaptureCounters, stop: StopSignal, deliver: (Frame) -> Void) throws {
        let exposer = DemoExposer(scene: try DemoScene(settings: settings), camera: camera)
        var pace = DemoPace(
            start: .now(), framesPerSecond: settings.framesPerSecond, next: nextSequence.load(ordering: .relaxed))
        while !stop.isStopped {
            // Drawn ahead of time, so that the drawing does not delay the delivery.
            let exposure = exposer.expose(sequence: pace.next)
            guard stop.sleep(until: pace.deadline) else { return }
            let now = Timestamp.now()
            if let exposure {
                truths.remember(exposure.truth)
                for frame in exposure.frames { deliver(frame.captured(now)) }
            } else {
                counters.dropped.add()
            }
            counters.dropped.add(pace.advance(now: .now()))
            nextSequence.store(pace.next, ordering: .relaxed)
        }
    }
}
