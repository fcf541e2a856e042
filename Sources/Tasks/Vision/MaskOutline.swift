// SPDX-License-Identifier: Apache-2.0

/// The borders of a mask, as polygons along the edges of its pixels.
package struct MaskOutline {
    private let inside: [Bool]
    private let width: Int
    private let height: Int

    /// - Parameter inside: `width` × `height` pixels, row by row.
    package init(_ inside: [Bool], width: Int, height: Int) {
        precondition(inside.count == width * height)
        self.inside = inside
        self.width = width
        self.height = height
    }

    private func isInside(_ x: Int, _ y: Int) -> Bool {
        x >= 0 && y >= 0 && x < width && y < height && inside[y * width + x]
    }

    /// The border that encloses the most pixels, clockwise, corners only; empty for an empty mask.
    package var longest: [SIMD2<Int>] {
        // Every upper edge of a pixel belongs to exactly one border; a walk marks those it passes.
        var seen = [Bool](repeating: false, count: inside.count)
        var (best, bestArea) = ([SIMD2<Int>](), 0)
        for y in 0..<height {
            for x in 0..<width where isInside(x, y) && !isInside(x, y - 1) && !seen[y * width + x] {
                let border = walk(from: SIMD2(x, y), &seen)
                let area = Self.area(border)
                if area > bestArea { (best, bestArea) = (border, area) }
            }
        }
        return best
    }

    /// Walks along pixel edges with the mask at the right hand, from the upper left corner of a pixel to the right.
    private func walk(from start: SIMD2<Int>, _ seen: inout [Bool]) -> [SIMD2<Int>] {
        let steps = [SIMD2(1, 0), SIMD2(0, 1), SIMD2(-1, 0), SIMD2(0, -1)]
        // Seen from a corner: the pixel ahead at the left and at the right of each direction.
        let ahead: [(left: SIMD2<Int>, right: SIMD2<Int>)] = [
            (SIMD2(0, -1), SIMD2(0, 0)), (SIMD2(0, 0), SIMD2(-1, 0)), (SIMD2(-1, 0), SIMD2(-1, -1)),
            (SIMD2(-1, -1), SIMD2(0, -1)),
        ]
        var (corner, direction) = (start, 0)
        var border = [start]
        repeat {
            if direction == 0 { seen[corner.y * width + corner.x] = true }
            corner = corner &+ steps[direction]
            let (left, right) = (corner &+ ahead[direction].left, corner &+ ahead[direction].right)
            let turned: Int
            if !isInside(right.x, right.y) {
                turned = (direction + 1) % 4
            } else if isInside(left.x, left.y) {
                turned = (direction + 3) % 4
            } else {
                turned = direction
            }
            if turned != direction, corner != start || turned != 0 { border.append(corner) }
            direction = turned
        } while corner != start || direction != 0
        return border
    }

    /// Twice the area of a polygon whose corners go clockwise in a picture; negative for holes.
    private static func area(_ border: [SIMD2<Int>]) -> Int {
        border.indices.reduce(0) { sum, index in
            let (a, b) = (border[index], border[(index + 1) % border.count])
            return sum + a.x * b.y - b.x * a.y
        }
    }
}
