// SPDX-License-Identifier: Apache-2.0
import Core
import Testing

struct GeometryTests {
    @Test func halfOverlappingBoxesShareAThird() {
        let left = NormalizedBox(xMin: 0, yMin: 0, xMax: 0.5, yMax: 1)
        let right = NormalizedBox(xMin: 0.25, yMin: 0, xMax: 0.75, yMax: 1)
        #expect(abs(left.intersectionOverUnion(right) - 1.0 / 3) < 1e-6)
        #expect(left.intersectionOverUnion(left) == 1)
    }

    @Test func boxesThatOnlyTouchShareNothing() {
        let left = NormalizedBox(xMin: 0, yMin: 0, xMax: 0.5, yMax: 1)
        #expect(left.intersectionOverUnion(NormalizedBox(xMin: 0.5, yMin: 0, xMax: 1, yMax: 1)) == 0)
        #expect(left.intersectionOverUnion(NormalizedBox(xMin: 0.1, yMin: 0.1, xMax: 0.1, yMax: 0.1)) == 0)
    }

    @Test func clampingSurvivesNotANumber() {
        let box = NormalizedBox(xMin: .nan, yMin: -1, xMax: 2, yMax: .infinity).clamped
        #expect(box == NormalizedBox(xMin: 0, yMin: 0, xMax: 1, yMax: 1))
    }

    @Test func aMatrixTimesItsInverseIsOne() throws {
        let matrix = Matrix3([2, 1, 0, -1, 3, 0.5, 0, 0.25, 4])
        let product = matrix * (try #require(matrix.inverse))
        for (value, one) in zip(product.rows, Matrix3.identity.rows) { #expect(abs(value - one) < 1e-12) }
        #expect(Matrix3([1, 2, 3, 2, 4, 6, 0, 0, 1]).inverse == nil)
    }

    @Test func theFocalLengthIsTheDocumentedOne() {
        // specs of gen1: 1280 px and 71.86° are 883.15 px.
        let model = CameraModel.ideal(width: 1280, height: 800, horizontalFieldOfViewDegrees: 71.86)
        #expect(abs(model.fx - 883.15) < 0.01)
        #expect(model.cx == 639.5)
    }

    @Test func binningHalvesTheCamera() {
        let full = CameraModel(width: 1280, height: 800, fx: 800, fy: 810, cx: 639.5, cy: 399.5)
        let half = full.scaled(width: 640, height: 400)
        #expect(half.fx == 400 && half.fy == 405 && half.cx == 319.5 && half.cy == 199.5)
    }
}
