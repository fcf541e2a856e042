// SPDX-License-Identifier: Apache-2.0
internal import CKernels
internal import Core

/// Draws a room and the bodies in it for any of the three lenses, and tells what they see. One thread at a time.
final class SceneRenderer {
    let rig: SceneRig
    private var room: SceneRoom
    private let samples: Int
    private let noise: SceneNoise?
    private var canvases: [CameraInstance: SceneCanvas] = [:]
    private var drawn: [(body: SceneBody, kernel: dk_scene_object)] = []

    /// - Parameters:
    ///   - lenses: those that will be asked for.
    ///   - samples: sub-pixels of the room per pixel and direction; 2 looks good, 1 is fast.
    ///   - noise: standard deviation in grey levels; 0 for none.
    init(rig: SceneRig, room: SceneRoom, lenses: [CameraInstance], samples: Int, noise: Double, seed: UInt64) {
        self.rig = rig
        self.room = room
        self.samples = samples
        self.noise = noise > 0 ? SceneNoise(seed: seed, sigma: noise) : nil
        for lens in lenses { canvases[lens] = SceneCanvas(lens: rig.kernel(lens), room: room, samples: samples) }
    }

    /// Moves to another room, of which every lens is drawn anew.
    func enter(_ room: SceneRoom) {
        self.room = room
        for canvas in canvases.values { canvas.draw(room, samples: samples) }
    }

    /// Draws the bodies for every lens. More than 255 cannot be told apart: the farthest are left out.
    func draw(_ bodies: [SceneBody]) {
        let order = bodies.sorted { ($0.center.z, $0.id) > ($1.center.z, $1.id) }.suffix(255)
        drawn = order.enumerated().map { ($1, $1.kernel(mark: $0 + 1, floorMillimetres: room.floor)) }
        for canvas in canvases.values { canvas.draw(drawn.map(\.kernel)) }
    }

    /// Writes what `lens` shows, tightly packed, with noise that only `key` decides.
    func expose(_ lens: CameraInstance, key: UInt64, into out: UnsafeMutableRawBufferPointer) {
        canvases[lens]?.expose(noise: noise, key: key, into: out)
    }

    /// True depth at every pixel centre of `lens`, millimetres, row by row; empty for a lens that was not asked for.
    func depth(_ lens: CameraInstance) -> [Float] {
        canvases[lens]?.depth ?? []
    }

    /// What is visible of the bodies, nearest first. Lenses that were not asked for see nothing.
    func truth(sequence: Int) -> SceneTruth {
        let objects = drawn.reversed().compactMap { body, kernel -> SceneTruthObject? in
            let (color, right) = (view(.color, kernel), view(.right, kernel))
            guard color.box != nil || right.box != nil else { return nil }
            return SceneTruthObject(
                id: body.id, label: body.label, colorBox: color.box, rightBox: right.box, colorVisibleFraction: color.fraction,
                rightVisibleFraction: right.fraction, zMillimetres: right.z > 0 ? right.z : nil,
                center: SceneTruthPoint(x: Float(body.center.x), y: Float(-body.center.y), z: Float(body.center.z)),
                sizeMillimetres: SceneTruthPoint(x: Float(body.size.x), y: Float(body.size.y), z: Float(body.size.z)))
        }
        return SceneTruth(sequence: sequence, objects: objects)
    }

    /// Every drawn object of which the colour lens sees at least one pixel, nearest first.
    func labels() -> [SceneDataset.Label] {
        guard let canvas = canvases[.color] else { return [] }
        return drawn.reversed().compactMap { body, kernel in
            let seen = canvas.seen(kernel)
            return seen.box.map { SceneDataset.Label(label: body.label, box: $0, visible: seen.fraction) }
        }
    }

    private func view(_ lens: CameraInstance, _ kernel: dk_scene_object) -> (box: SceneTruthBox?, fraction: Float, z: Float) {
        guard let canvas = canvases[lens] else { return (nil, 0, 0) }
        let seen = canvas.seen(kernel)
        let box = seen.box.flatMap { seen.fraction >= 0.5 && $0.yMax - $0.yMin >= 0.03 ? $0 : nil }
        return (box, seen.fraction, seen.z)
    }
}
