// SPDX-License-Identifier: Apache-2.0
public import Core

/// The demo camera without its clock: draws any exposure of a seed. One thread at a time.
public final class DemoScene {
    /// What is drawn.
    public let settings: DemoSettings
    private let renderer: SceneRenderer
    private let choreography: DemoChoreography

    /// Draws the empty room for the three lenses, which takes a moment.
    /// - Throws: `CaptureError.unusable` for settings out of range.
    public init(settings: DemoSettings) throws {
        try settings.validate()
        self.settings = settings
        let room = SceneRoom.workshop(seed: settings.seed)
        choreography = DemoChoreography(seed: settings.seed, floor: room.floor)
        renderer = SceneRenderer(
            rig: settings.rig, room: room, lenses: CameraInstance.allCases, samples: 2, noise: settings.noise, seed: settings.seed
        )
    }

    /// The exact calibration of the three lenses: already rectified, no distortion.
    public var calibration: StereoCalibration { settings.rig.calibration }

    /// Goes to exposure `sequence`; what follows is about it.
    public func draw(sequence: Int) {
        renderer.draw(bodies(sequence: sequence))
    }

    /// Goes to exposure `sequence` without the objects whose identities are in `hidden`: for tests and measurements.
    package func draw(sequence: Int, hiding hidden: Set<Int>) {
        renderer.draw(bodies(sequence: sequence).filter { !hidden.contains($0.id) })
    }

    private func bodies(sequence: Int) -> [SceneBody] {
        choreography.bodies(at: Double(sequence) / settings.framesPerSecond)
    }

    /// Writes the picture of one lens: `gray8` for left and right, `bgr24` for colour, `width`×`height`, tightly packed.
    /// - Precondition: `sequence` is the one drawn last; it only chooses the noise.
    public func expose(_ instance: CameraInstance, sequence: Int, into bytes: UnsafeMutableRawBufferPointer) {
        var random = SceneRandom(settings.seed, UInt64(bitPattern: Int64(sequence)), UInt64(instance.rawValue))
        renderer.expose(instance, key: random.next(), into: bytes)
    }

    /// True depth (z) of every pixel centre of one lens after `draw`, in millimetres, row by row. For tests of what computes
    /// depth.
    public func renderDepth(_ instance: CameraInstance) -> [Float] {
        renderer.depth(instance)
    }

    /// What the exposure drawn last shows.
    public func truth(sequence: Int) -> SceneTruth {
        renderer.truth(sequence: sequence)
    }
}

extension DemoSettings {
    var rig: SceneRig { SceneRig(width: width, height: height, baselineMillimetres: baselineMillimetres) }

    /// Size and pixel format of a lens.
    func lens(_ instance: CameraInstance) -> LensFormat {
        LensFormat(width: width, height: height, pixels: instance == .color ? .bgr24 : .gray8)
    }
}
