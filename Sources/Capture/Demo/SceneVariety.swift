// SPDX-License-Identifier: Apache-2.0

extension SceneColor {
    /// Any colour, greys included.
    static func random(_ random: inout SceneRandom) -> SceneColor {
        let saturation = random.chance(0.25) ? random.real(0...0.15) : random.real(0.2...1)
        return SceneColor(hue: random.real(0...1), saturation: saturation, value: random.real(0.15...1))
    }
}

extension SceneSurface {
    /// Any surface, of a tile size in `tile` millimetres.
    static func random(tile: ClosedRange<Double>, _ random: inout SceneRandom) -> SceneSurface {
        SceneSurface(
            texture: random.pick(SceneTexture.allCases), tileMillimetres: random.real(tile), first: .random(&random),
            second: .random(&random), contrast: random.real(0.02...0.4),
            offset: SIMD2(random.real(0...512), random.real(0...512)))
    }
}

extension SceneRoom {
    /// Any room, with up to eight rectangles of other surfaces that are no objects.
    static func random(_ random: inout SceneRandom) -> SceneRoom {
        let distance = [
            random.real(300...1200), random.real(700...2500), random.real(1200...4500), random.real(1200...4500),
            random.real(3000...8000),
        ]
        let surface = Plane.allCases.map { _ in SceneSurface.random(tile: 700...2600, &random) }
        let bright = random.real(0.5...1.15)
        let decals = (0..<random.whole(0...8)).map { _ -> Decal in
            let first = SIMD2(random.real(-2500...4500), random.real(-1200...4500))
            return Decal(
                plane: random.pick(Plane.allCases), first: first,
                last: first + SIMD2(random.real(150...2200), random.real(150...1800)),
                surface: .random(tile: 250...1800, &random), light: random.real(0.7...1.25))
        }
        return SceneRoom(
            distance: distance, surface: surface, light: Plane.allCases.map { _ in bright * random.real(0.75...1.2) },
            lamp: SIMD2(random.real(-1500...1500), random.real(800...5000)), lampReach: random.real(1500...5000), decals: decals)
    }
}

extension SceneBody {
    /// Some objects at random places in sight of the colour lens, none through another or through a wall.
    static func randomGroup(in room: SceneRoom, _ random: inout SceneRandom) -> [SceneBody] {
        var bodies: [SceneBody] = []
        for id in 1...random.whole(1...8) {
            let body = SceneBody.random(id: id, in: room, &random)
            let isFree = bodies.allSatisfy { other in
                let gap = other.center - body.center
                return (gap * gap).sum().squareRoot() > 0.75 * (other.reach + body.reach)
            }
            if isFree, body.center.z + body.reach < room.distance[SceneRoom.Plane.backWall.rawValue] { bodies.append(body) }
        }
        return bodies
    }

    private static func random(id: Int, in room: SceneRoom, _ random: inout SceneRandom) -> SceneBody {
        let label = random.pick(SceneLabel.allCases)
        // Even in the logarithm of the depth would crowd the picture with near objects; this is even in depth.
        let z = random.real(700...5400)
        // 6 % to 60 % of the picture's height, more often small.
        let share = 0.06 + 0.54 * random.real(0...1) * random.real(0...1)
        let side = min(share * z * 0.856, 1100)
        let size =
            switch label {
            case .box: SIMD3(side * random.real(0.5...1.3), side, side * random.real(0.5...1.3))
            case .ball: SIMD3(repeating: side)
            case .cone: SIMD3(side * random.real(0.55...1.0), side, 0)
            }
        var body = SceneBody(
            id: id, label: label, size: size, center: .zero, surface: .random(tile: 180...700, &random))
        if label == .cone { body.size.z = body.size.x }
        let x = random.real(-0.72...0.72) * z
        let standing = room.floor - body.size.y / 2
        body.center = SIMD3(x, min(standing, random.chance(0.4) ? standing : random.real(-0.42...0.42) * z), z)
        body.yaw = random.real(0...6.28)
        if body.center.y < standing || random.chance(0.2) {
            (body.pitch, body.roll) = (random.real(-0.5...0.5), random.real(-0.5...0.5))
        }
        return body
    }
}
