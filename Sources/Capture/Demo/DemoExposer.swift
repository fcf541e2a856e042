// SPDX-License-Identifier: Apache-2.0
package import Core

/// Draws exposures into frames of its own pools.
package struct DemoExposer {
    /// The pictures of one exposure (left, right, colour) and what they show.
    package struct Exposure {
        package var frames: [Frame]
        package var truth: SceneTruth
    }

    private let scene: DemoScene
    private let camera: CameraID
    private let pools: [(instance: CameraInstance, pool: FramePool)]

    package init(scene: DemoScene, camera: CameraID) {
        self.scene = scene
        self.camera = camera
        pools = [CameraInstance.left, .right, .color].map { ($0, FramePool(capacity: scene.settings.buffers)) }
    }

    /// The three pictures of an exposure, left, right, colour, or nil when a pool has no free buffer.
    /// - Parameter looks: how the lenses were told to see; those without one show the scene as it is.
    package func expose(sequence: Int, looks: [CameraInstance: SimulatedControls] = [:]) -> Exposure? {
        scene.draw(sequence: sequence)
        var frames: [Frame] = []
        for (instance, pool) in pools {
            let lens = scene.settings.lens(instance)
            let header = FrameHeader(
                camera: camera, instance: instance, sequence: sequence, captured: Timestamp(nanoseconds: 0), width: lens.width,
                height: lens.height, format: lens.pixels)
            guard let draft = pool.draft(header) else { return nil }
            draft.withUnsafeMutableBytes {
                scene.expose(instance, sequence: sequence, into: $0)
                looks[instance]?.apply(to: $0)
            }
            frames.append(draft.seal())
        }
        return Exposure(frames: frames, truth: scene.truth(sequence: sequence))
    }
}

extension Frame {
    /// The same picture with the instant it was delivered at.
    func captured(_ instant: Timestamp) -> Frame {
        var header = header
        header.captured = instant
        header.deviceNanoseconds = instant.nanoseconds
        return relabelled(header)
    }
}
