// SPDX-License-Identifier: Apache-2.0

/// Finds the places of a picture that look like corners of a chessboard, strongest first.
///
/// A corner where four squares meet is a saddle of brightness: the determinant of the second derivatives is negative,
/// whichever way the board is turned. The strongest saddles of their surroundings are then looked at on a ring.
enum CornerFinder {
    /// More candidates than this are clutter.
    private static let most = 3000
    /// Saddles weaker than this part of a strong one are not looked at; the response goes with contrast squared.
    private static let leastShare: Float = 0.01
    /// Grey levels between dark and bright.
    private static let leastContrast: Float = 12
    private static let neighbourhood = 4

    static func candidates(in plane: GrayPlane) -> [CornerCandidate] {
        let smooth = plane.smoothed
        let response = saddles(smooth.smoothed)
        let peaks = peaks(response, width: plane.width, height: plane.height)
        return peaks.compactMap { peak in
            let position = SIMD2(Double(peak.x), Double(peak.y))
            return CornerCandidate(smooth, at: position, response: peak.response, least: leastContrast)
        }
    }

    /// Minus the determinant of the second derivatives, 0 where it is no saddle.
    private static func saddles(_ plane: GrayPlane) -> [Float] {
        let (width, height) = (plane.width, plane.height)
        var result = [Float](repeating: 0, count: width * height)
        plane.pixels.withUnsafeBufferPointer { p in
            for y in 1..<height - 1 {
                for x in 1..<width - 1 {
                    let at = y * width + x
                    let xx = p[at - 1] - 2 * p[at] + p[at + 1]
                    let yy = p[at - width] - 2 * p[at] + p[at + width]
                    let xy = (p[at + width + 1] - p[at + width - 1] - p[at - width + 1] + p[at - width - 1]) / 4
                    result[at] = max(0, xy * xy - xx * yy)
                }
            }
        }
        return result
    }

    private static func peaks(_ response: [Float], width: Int, height: Int) -> [(x: Int, y: Int, response: Float)] {
        let reach = neighbourhood
        guard width > 2 * reach, height > 2 * reach else { return [] }
        var peaks: [(x: Int, y: Int, response: Float)] = []
        // What a strong saddle is: not the strongest, which may be a glint.
        var strongest = [Float](repeating: 0, count: 64)
        response.withUnsafeBufferPointer { r in
            for y in reach..<height - reach {
                for x in reach..<width - reach {
                    let value = r[y * width + x]
                    guard value > 1, isPeak(r, x, y, width, value) else { continue }
                    peaks.append((x, y, value))
                    if value > strongest[strongest.count - 1] {
                        let place = strongest.firstIndex { value > $0 } ?? strongest.count - 1
                        strongest.insert(value, at: place)
                        strongest.removeLast()
                    }
                }
            }
        }
        let strong = strongest[min(8, strongest.count - 1)]
        let kept = peaks.filter { $0.response >= leastShare * strong }.sorted { $0.response > $1.response }
        return Array(kept.prefix(most))
    }

    private static func isPeak(_ r: UnsafeBufferPointer<Float>, _ x: Int, _ y: Int, _ width: Int, _ value: Float) -> Bool {
        let reach = neighbourhood
        for dy in -reach...reach {
            for dx in -reach...reach {
                let other = r[(y + dy) * width + x + dx]
                // Of equal neighbours the first one counts.
                if other > value || (other == value && (dy < 0 || (dy == 0 && dx < 0))) { return false }
            }
        }
        return true
    }
}
