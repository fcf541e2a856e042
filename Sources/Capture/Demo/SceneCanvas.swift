// SPDX-License-Identifier: Apache-2.0
internal import CKernels
internal import Core

/// The textures of the scene: made once, then only read.
///
/// `@unchecked Sendable`: the memory is written in `init` alone.
final class SceneTextures: @unchecked Sendable {
    static let shared = SceneTextures()
    let texels: UnsafePointer<UInt8>

    private init() {
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: dk_scene_texture_bytes())
        dk_scene_make_textures(memory)
        texels = UnsafePointer(memory)
    }
}

/// One lens's picture of the scene, kept from exposure to exposure: the empty room is drawn once, objects are drawn over it
/// and wiped off again. Not safe to share: one thread at a time.
final class SceneCanvas {
    let lens: dk_scene_lens
    private let pixels: Int
    private let bytes: Int
    private let roomPicture: UnsafeMutablePointer<UInt8>
    private let roomDepth: UnsafeMutablePointer<Float>
    private let planes: UnsafeMutablePointer<UInt8>
    private var canvas: dk_scene_canvas
    private var touched: [dk_scene_rect] = []

    /// - Parameter samples: sub-pixels of the room per pixel and direction.
    init(lens: dk_scene_lens, room: SceneRoom, samples: Int) {
        self.lens = lens
        pixels = Int(lens.width) * Int(lens.height)
        bytes = pixels * Int(lens.channels)
        func memory<Element: Numeric>(_ count: Int) -> UnsafeMutablePointer<Element> {
            let memory = UnsafeMutablePointer<Element>.allocate(capacity: count)
            memory.initialize(repeating: 0, count: count)
            return memory
        }
        (roomPicture, roomDepth, planes) = (memory(bytes), memory(pixels), memory(pixels))
        canvas = dk_scene_canvas(
            picture: memory(bytes), depth: memory(pixels), planes: planes, ids: memory(pixels), faces: memory(pixels),
            hits: memory(pixels))
        draw(room, samples: samples)
    }

    deinit {
        roomPicture.deallocate()
        roomDepth.deallocate()
        planes.deallocate()
        canvas.picture.deallocate()
        canvas.depth.deallocate()
        canvas.ids.deallocate()
        canvas.faces.deallocate()
        canvas.hits.deallocate()
    }

    /// Replaces the room and wipes everything.
    func draw(_ room: SceneRoom, samples: Int) {
        var (kernel, lens) = (room.kernel, lens)
        dk_scene_draw_room(&kernel, &lens, SceneTextures.shared.texels, Int32(samples), roomPicture, roomDepth, planes)
        canvas.picture.update(from: roomPicture, count: bytes)
        canvas.depth.update(from: roomDepth, count: pixels)
        canvas.ids.update(repeating: 0, count: pixels)
        touched = []
    }

    /// Draws `objects`, farthest first, into the empty room.
    func draw(_ objects: [dk_scene_object]) {
        wipe()
        var lens = lens
        for var object in objects { touched.append(dk_scene_draw_shadow(&object, &lens, &canvas)) }
        for var object in objects {
            touched.append(dk_scene_draw_object(&object, &lens, SceneTextures.shared.texels, &canvas))
        }
    }

    private func wipe() {
        let channels = Int(lens.channels)
        for rect in touched where rect.x0 < rect.x1 {
            let count = Int(rect.x1 - rect.x0)
            for y in Int(rect.y0)..<Int(max(rect.y0, rect.y1)) {
                let at = y * Int(lens.width) + Int(rect.x0)
                (canvas.picture + at * channels).update(from: roomPicture + at * channels, count: count * channels)
                (canvas.depth + at).update(from: roomDepth + at, count: count)
                (canvas.ids + at).update(repeating: 0, count: count)
            }
        }
        touched.removeAll(keepingCapacity: true)
    }

    /// What shows of an object after everything is drawn: tight box (nil when nothing does), share of its outline, and the
    /// median depth in the middle of the box in millimetres.
    func seen(_ object: dk_scene_object) -> (box: SceneTruthBox?, fraction: Float, z: Float) {
        var (object, lens) = (object, lens)
        let view = dk_scene_measure(&object, &lens, &canvas)
        guard view.visible > 0 else { return (nil, 0, 0) }
        let (width, height) = (Float(lens.width), Float(lens.height))
        let box = SceneTruthBox(
            xMin: Float(view.box.x0) / width, yMin: Float(view.box.y0) / height, xMax: Float(view.box.x1) / width,
            yMax: Float(view.box.y1) / height)
        return (box, min(1, Float(view.visible) / Float(max(1, view.silhouette))), view.median_z)
    }

    /// Copies the picture to `out`, with sensor noise when there is some.
    func expose(noise: SceneNoise?, key: UInt64, into out: UnsafeMutableRawBufferPointer) {
        guard let base = out.bindMemory(to: UInt8.self).baseAddress, out.count >= bytes else { return }
        if let noise {
            dk_scene_add_noise(canvas.picture, noise.table, key, lens.width * lens.channels, lens.height, base)
        } else {
            base.update(from: canvas.picture, count: bytes)
        }
    }

    /// True depth of every pixel's centre, millimetres, row by row.
    var depth: [Float] { Array(UnsafeBufferPointer(start: canvas.depth, count: pixels)) }
}

/// A table of sensor noise.
final class SceneNoise {
    let table: UnsafeMutablePointer<Int8>

    /// - Parameter sigma: standard deviation in grey levels.
    init(seed: UInt64, sigma: Double) {
        table = .allocate(capacity: Int(DK_SCENE_NOISE_BYTES) + Int(DK_SCENE_NOISE_ROW))
        dk_scene_make_noise(seed, Float(sigma), table)
    }

    deinit {
        table.deallocate()
    }
}
