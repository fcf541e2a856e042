// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A place where four squares may meet: dark and bright sectors alternate around it.
struct CornerCandidate {
    let position: SIMD2<Double>
    /// How strong the saddle of brightness is.
    let response: Float
    /// Directions of the two lines through the corner, unit vectors.
    let lines: (SIMD2<Double>, SIMD2<Double>)
    /// Twice the direction of the dark sectors' middle, as a unit vector: the doubled angle makes opposite sectors equal,
    /// and the dark direction of a neighbouring corner, turned by 90°, the opposite vector.
    let darkness: SIMD2<Double>

    /// Samples a ring around `position`; nil when it does not show four alternating sectors.
    init?(_ plane: GrayPlane, at position: SIMD2<Double>, response: Float, least contrast: Float) {
        var ring: [Float] = []
        for offset in CornerCandidate.ring {
            guard let value = plane.sample(position + offset) else { return nil }
            ring.append(value)
        }
        let count = ring.count
        let sorted = ring.sorted()
        let dark = sorted[count / 8], bright = sorted[count - 1 - count / 8]
        guard bright - dark >= contrast else { return nil }
        let middle = (dark + bright) / 2
        // Where the ring crosses from dark to bright or back, in steps of the ring.
        var crossings: [Double] = []
        for index in 0..<count {
            let (here, next) = (ring[index] - middle, ring[(index + 1) % count] - middle)
            if (here < 0) != (next < 0) { crossings.append(Double(index) + Double(here / (here - next))) }
        }
        guard crossings.count == 4 else { return nil }
        let half = Double(count) / 2
        // Both ends of a line lie opposite to each other, and no sector is too narrow to be one.
        for (first, second) in [(0, 2), (1, 3)] {
            guard abs(crossings[second] - crossings[first] - half) < half * 0.2 else { return nil }
        }
        for index in 0..<4 {
            let width = (crossings[(index + 1) % 4] - crossings[index] + 2 * half).truncatingRemainder(dividingBy: 2 * half)
            guard width > half * 0.14 else { return nil }
        }
        var asymmetry: Float = 0
        for index in 0..<count / 2 { asymmetry += abs(ring[index] - ring[index + count / 2]) }
        guard asymmetry / Float(count / 2) < 0.35 * (bright - dark) else { return nil }
        self.position = position
        self.response = response
        func direction(_ step: Double) -> SIMD2<Double> { SIMD2(cos(step * .pi / half), sin(step * .pi / half)) }
        let angles = (
            (crossings[0] + crossings[2] - half) / 2, (crossings[1] + crossings[3] - half) / 2
        )
        lines = (direction(angles.0), direction(angles.1))
        let between = (angles.0 + angles.1) / 2
        let isDark = ring[Int(between.rounded()) % count] < middle
        darkness = direction(2 * between) * (isDark ? 1 : -1)
    }

    /// Whether two corners can be neighbours on a board: their dark sectors lie crosswise.
    func isOpposite(to other: CornerCandidate) -> Bool {
        (darkness * other.darkness).sum() < -0.3
    }

    /// Whether one of the lines through the corner runs along `direction` (a unit vector).
    func hasLine(along direction: SIMD2<Double>) -> Bool {
        max(abs((lines.0 * direction).sum()), abs((lines.1 * direction).sum())) > 0.9
    }

    /// Pixels; squares must be wider than this for the ring to stay inside the four around a corner.
    static let ringRadius = 4.0
    private static let ring: [SIMD2<Double>] = (0..<32).map { step in
        let angle = Double(step) * .pi / 16
        return SIMD2(cos(angle), sin(angle)) * ringRadius
    }
}
