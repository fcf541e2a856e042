// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Who is in the demo scene at an instant: a pure function of seed and time.
///
/// The room has five lanes, each at its own depth, so that nothing runs through anything. In every lane one object after
/// another comes in at a side, passes or turns round, and leaves; each visit is one object with an identity of its own.
struct DemoChoreography: Sendable {
    /// One depth band of the room.
    private struct Lane {
        /// Depth of the centre, millimetres.
        var depth: ClosedRange<Double>
        /// Size of the largest side, millimetres.
        var size: ClosedRange<Double>
        /// Seconds from one visit to the next.
        var period: Double
        /// Whether objects may stand on the floor: in the first lane the picture does not reach down to it.
        var hasFloor: Bool
    }

    private static let lanes = [
        Lane(depth: 1020...1180, size: 170...230, period: 9.5, hasFloor: false),
        Lane(depth: 1660...1940, size: 240...310, period: 12, hasFloor: true),
        Lane(depth: 2500...2850, size: 300...390, period: 14.5, hasFloor: true),
        Lane(depth: 3420...3720, size: 370...460, period: 17, hasFloor: true),
        Lane(depth: 4300...4720, size: 430...540, period: 20, hasFloor: true),
    ]

    let seed: UInt64
    /// Height of the lens above the floor, millimetres.
    let floor: Double

    /// Everything that is on its way `seconds` after the start, seen or not.
    func bodies(at seconds: Double) -> [SceneBody] {
        DemoChoreography.lanes.indices.compactMap { lane(at: $0, seconds: seconds) }
    }

    private func lane(at index: Int, seconds: Double) -> SceneBody? {
        let lane = DemoChoreography.lanes[index]
        var start = SceneRandom(seed, UInt64(index), 0x4C61_6E65)
        let time = seconds / lane.period + start.real(0.15...0.75)
        let visit = Int(time.rounded(.down))
        // A pause of a twelfth of the period between two visits.
        let progress = (time - Double(visit)) * 12 / 11
        guard progress < 1 else { return nil }
        let id = visit * DemoChoreography.lanes.count + index + 1
        var random = SceneRandom(seed, UInt64(id), 0x5669_7369)
        var body = newBody(id: id, lane: lane, random: &random)
        move(&body, lane: lane, progress: progress, seconds: progress * lane.period, random: &random)
        return body
    }

    private func newBody(id: Int, lane: Lane, random: inout SceneRandom) -> SceneBody {
        let label = random.pick(SceneLabel.allCases)
        let side = random.real(lane.size)
        let size =
            switch label {
            case .box: SIMD3(side, side * random.real(0.65...1), side * random.real(0.65...1))
            case .ball: SIMD3(repeating: side * 0.95)
            case .cone: SIMD3(side * 0.85, side * random.real(1...1.25), side * 0.85)
            }
        return SceneBody(
            id: id, label: label, size: size, center: .zero,
            surface: DemoChoreography.surface(id: id, label: label, random: &random))
    }

    /// Distinct hues for neighbouring identities (the golden angle), with a second colour that sets the pattern off.
    private static func surface(id: Int, label: SceneLabel, random: inout SceneRandom) -> SceneSurface {
        let hue = (Double(id) * 0.381966 + random.real(0...0.06)).truncatingRemainder(dividingBy: 1)
        let first = SceneColor(hue: hue, saturation: random.real(0.62...0.85), value: random.real(0.78...0.95))
        let light = SceneColor(hue: hue, saturation: 0.12, value: 0.94)
        let other = SceneColor(hue: (hue + 0.45).truncatingRemainder(dividingBy: 1), saturation: 0.6, value: 0.55)
        let textures: [SceneTexture] =
            switch label {
            case .box: [.planks, .checks, .dots, .plaster, .bricks]
            case .ball: [.stripes, .dots, .plaster, .checks]
            case .cone: [.stripes, .stripes, .plaster, .dots]
            }
        return SceneSurface(
            texture: random.pick(textures), tileMillimetres: random.real(300...430), first: first,
            second: random.chance(0.6) ? light : other, contrast: random.real(0.26...0.38),
            offset: SIMD2(random.real(0...512), random.real(0...512)))
    }

    private func move(_ body: inout SceneBody, lane: Lane, progress: Double, seconds: Double, random: inout SceneRandom) {
        let middle = (lane.depth.lowerBound + lane.depth.upperBound) / 2
        let swing = (lane.depth.upperBound - lane.depth.lowerBound) / 2
        let z = middle + swing * sin(seconds * random.real(0.5...0.9) + random.real(0...6.28))
        // Half the picture's width at that depth, and enough to be out of sight of all lenses.
        let outside = z * 0.7248 + body.reach + 130
        let side = random.chance(0.5) ? 1.0 : -1.0
        let x: Double
        if random.chance(0.65) {
            // Across, slower in the middle.
            let eased = progress + 0.11 * sin(2 * .pi * progress)
            x = side * outside * (1 - 2 * eased)
        } else {
            // In, round and out on the same side.
            let turn = random.real(-0.45...0.35) * middle * 0.7248
            let away = abs(2 * progress - 1)
            x = side * (turn + (outside - turn) * away * away * (3 - 2 * away))
        }
        body.center = SIMD3(x, height(of: body, lane: lane, seconds: seconds, random: &random), z)
        turn(&body, seconds: seconds, random: &random)
    }

    /// y of the centre: standing or rolling on the floor, bouncing, or in the air.
    private func height(of body: SceneBody, lane: Lane, seconds: Double, random: inout SceneRandom) -> Double {
        let standing = floor - body.size.y / 2
        let (phase, choice, level) = (random.real(0...6.28), random.real(0...1), random.real(-0.2...0.16))
        guard lane.hasFloor, choice < 0.75 else {
            let middle = lane.depth.lowerBound * (level + (lane.hasFloor ? -0.1 : 0))
            return min(standing, middle + 0.02 * lane.depth.lowerBound * sin(1.7 * seconds + phase))
        }
        guard body.label == .ball, choice < 0.5 else { return standing }
        let bounce = (seconds / 1.15 + phase).truncatingRemainder(dividingBy: 1)
        return standing - 4 * bounce * (1 - bounce) * lane.depth.lowerBound * 0.22
    }

    private func turn(_ body: inout SceneBody, seconds: Double, random: inout SceneRandom) {
        let (speed, start, tilt) = (random.real(-0.7...0.7), random.real(0...6.28), random.real(-0.3...0.3))
        let isStanding = body.center.y + body.size.y / 2 > floor - 1
        body.yaw = start + speed * seconds
        switch body.label {
        case .ball: body.roll = body.center.x / (body.size.x / 2)
        case .box where !isStanding: (body.pitch, body.roll) = (tilt, 0.3 * sin(seconds * 0.8 + start))
        case .cone where !isStanding: (body.pitch, body.roll) = (tilt, 0.2 * sin(seconds * 0.9 + start))
        case .box, .cone: break
        }
    }
}
