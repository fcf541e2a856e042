// SPDX-License-Identifier: Apache-2.0
internal import CKernels

/// The room the objects move in: a shoe box seen from inside, all lengths in millimetres from the right lens.
struct SceneRoom: Sendable {
    /// A rectangle of another surface on one of the planes, in the plane's own coordinates (floor and ceiling: x, z; side
    /// walls: z, y; back wall: x, y; y points down).
    struct Decal: Sendable {
        var plane: Plane
        var first: SIMD2<Double>
        var last: SIMD2<Double>
        var surface: SceneSurface
        var light = 1.0

        var kernel: dk_scene_decal {
            var decal = dk_scene_decal()
            decal.plane = Int32(plane.rawValue)
            (decal.u0, decal.v0) = (Float(first.x), Float(first.y))
            (decal.u1, decal.v1) = (Float(last.x), Float(last.y))
            (decal.surface, decal.light) = (surface.kernel, Float(light))
            return decal
        }
    }

    enum Plane: Int, Sendable, CaseIterable {
        case floor = 0
        case ceiling = 1
        case leftWall = 2
        case rightWall = 3
        case backWall = 4
    }

    /// In the order of `Plane`: distance, surface and brightness.
    var distance: [Double]
    var surface: [SceneSurface]
    var light: [Double]
    var lamp: SIMD2<Double>
    var lampReach: Double
    var decals: [Decal]

    /// Height of the lens above the floor.
    var floor: Double { distance[Plane.floor.rawValue] }

    var kernel: dk_scene_room {
        var room = dk_scene_room()
        withUnsafeMutableBytes(of: &room.distance) { fill($0, distance.map { Float($0) }) }
        withUnsafeMutableBytes(of: &room.light) { fill($0, light.map { Float($0) }) }
        withUnsafeMutableBytes(of: &room.surface) { fill($0, surface.map(\.kernel)) }
        (room.lamp_x, room.lamp_z, room.lamp_reach) = (Float(lamp.x), Float(lamp.y), Float(lampReach))
        let shown = decals.prefix(Int(DK_SCENE_MAX_DECALS))
        room.decal_count = Int32(shown.count)
        withUnsafeMutableBytes(of: &room.decals) { fill($0, shown.map(\.kernel)) }
        return room
    }

    private func fill<Element>(_ memory: UnsafeMutableRawBufferPointer, _ values: [Element]) {
        let typed = memory.bindMemory(to: Element.self)
        for (index, value) in zip(typed.indices, values) { typed[index] = value }
    }
}

extension SceneRoom {
    /// The demo camera's workshop: wooden floor with a rug, a brick wall at the back, plastered sides. The seed moves the
    /// textures; the room stays the same.
    static func workshop(seed: UInt64) -> SceneRoom {
        var random = SceneRandom(seed, 0x526F_6F6D)
        func surface(
            _ texture: SceneTexture, _ tile: Double, _ first: SceneColor, _ second: SceneColor, _ contrast: Double
        ) -> SceneSurface {
            SceneSurface(
                texture: texture, tileMillimetres: tile, first: first, second: second, contrast: contrast,
                offset: SIMD2(random.real(0...512), random.real(0...512)))
        }
        let wood = surface(.planks, 1500, SceneColor(168, 128, 92), SceneColor(96, 66, 44), 0.30)
        let plaster = surface(.plaster, 1700, SceneColor(172, 184, 180), SceneColor(156, 168, 168), 0.24)
        let bricks = surface(.bricks, 1700, SceneColor(150, 96, 80), SceneColor(184, 176, 166), 0.28)
        let ceiling = surface(.plaster, 1900, SceneColor(204, 202, 196), SceneColor(188, 188, 184), 0.18)
        let rug = surface(.checks, 900, SceneColor(62, 84, 110), SceneColor(146, 150, 142), 0.34)
        let frame = surface(.planks, 500, SceneColor(70, 54, 42), SceneColor(44, 34, 28), 0.3)
        let poster = surface(.stripes, 760, SceneColor(206, 190, 150), SceneColor(74, 110, 120), 0.3)
        let picture = surface(.plaster, 420, SceneColor(210, 196, 160), SceneColor(86, 120, 104), 0.35)
        let door = surface(.planks, 1100, SceneColor(112, 126, 112), SceneColor(80, 94, 86), 0.26)
        let lamp = surface(.plaster, 800, SceneColor(246, 244, 232), SceneColor(232, 230, 218), 0.06)
        return SceneRoom(
            distance: [470, 1750, 3300, 3200, 5500], surface: [wood, ceiling, plaster, plaster, bricks],
            light: [1.02, 0.95, 0.92, 0.98, 1.0], lamp: SIMD2(0, 3300), lampReach: 3000,
            decals: [
                Decal(plane: .floor, first: SIMD2(-1150, 2150), last: SIMD2(1250, 4550), surface: rug),
                Decal(plane: .backWall, first: SIMD2(-1850, -1120), last: SIMD2(-750, -320), surface: frame),
                Decal(plane: .backWall, first: SIMD2(-1780, -1050), last: SIMD2(-820, -390), surface: picture, light: 1.1),
                Decal(plane: .backWall, first: SIMD2(900, -1250), last: SIMD2(1900, -450), surface: frame),
                Decal(plane: .backWall, first: SIMD2(960, -1190), last: SIMD2(1840, -510), surface: poster, light: 1.05),
                Decal(plane: .leftWall, first: SIMD2(4150, -1300), last: SIMD2(5150, 470), surface: door),
                Decal(plane: .ceiling, first: SIMD2(-650, 4250), last: SIMD2(650, 4850), surface: lamp, light: 1.2),
            ])
    }
}
