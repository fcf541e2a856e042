// SPDX-License-Identifier: Apache-2.0
import Tasks
import TestSupport
import Testing

@Suite struct OutlineTests {
    private func outline(_ rows: String...) -> [SIMD2<Int>] {
        MaskOutline(rows.joined().map { $0 == "#" }, width: rows[0].count, height: rows.count).longest
    }

    @Test func onePixelIsASquare() {
        #expect(outline("...", ".#.", "...") == [SIMD2(1, 1), SIMD2(2, 1), SIMD2(2, 2), SIMD2(1, 2)])
    }

    @Test func cornersTurnBothWays() {
        #expect(
            outline("##", "#.") == [SIMD2(0, 0), SIMD2(2, 0), SIMD2(2, 1), SIMD2(1, 1), SIMD2(1, 2), SIMD2(0, 2)])
    }

    @Test func theLargestPartIsTakenAndHolesAreNot() {
        #expect(outline("#....", "..###", "..#.#", "..###") == [SIMD2(2, 1), SIMD2(5, 1), SIMD2(5, 4), SIMD2(2, 4)])
        #expect(outline("...", "...") == [])
    }

    /// The polygon's area is that of the pixels of any mask that is one part without holes: here, columns that stand side by
    /// side on the ground.
    @Test func theAreaIsThatOfThePixels() {
        var numbers = SeededRandom(7)
        for _ in 0..<200 {
            let heights = (0..<12).map { _ in Int.random(in: 1...9, using: &numbers) }
            let mask = (0..<10).flatMap { y in heights.map { y >= 10 - $0 } }
            let border = MaskOutline(mask, width: 12, height: 10).longest
            let area = border.indices.reduce(0) { sum, index in
                let (a, b) = (border[index], border[(index + 1) % border.count])
                return sum + a.x * b.y - b.x * a.y
            }
            #expect(area == 2 * heights.reduce(0, +))
        }
    }

    /// Two candidates of 8×8 pixels' picture with prototypes of 4×4: an object in the left half whose prototype is positive
    /// in its upper part, and a weaker double of it.
    @Test func objectsComeWithTheirMasks() throws {
        let boxes: [[Float]] = [[2, 2], [4, 4], [4, 4], [8, 8]]
        let scores: [[Float]] = [[0.1, 0.2], [0.9, 0.8]]
        let coefficients: [[Float]] = [[1, 1]]
        let rows = (boxes + scores + coefficients).flatMap(\.self)
        let prototype = (0..<16).map { Float($0 < 8 ? 1 : -1) }
        let masks = try #require(PrototypeMasks([([1, 7, 2], rows), ([1, 1, 4, 4], prototype)]))
        let found = masks.objects(confidence: 0.4, iou: 0.45, maximum: 5, width: 8, height: 8)
        #expect(found.count == 1)
        let object = try #require(found.first)
        #expect(object.label == 1 && object.confidence == 0.9 && object.left == 0 && object.bottom == 8)
        #expect(object.outline == [SIMD2(0, 0), SIMD2(4, 0), SIMD2(4, 4), SIMD2(0, 4)])
        #expect(PrototypeMasks([([1, 7, 2], rows)]).map { _ in 0 } == nil)
    }
}
