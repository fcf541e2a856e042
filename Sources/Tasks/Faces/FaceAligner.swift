// SPDX-License-Identifier: Apache-2.0
public import Core

/// Cuts a face out so that its eyes, nose and mouth lie where embedding networks were trained to find them.
public struct FaceAligner: Sendable {
    /// Pixels of the square crop.
    public static let side = 112

    /// Where ArcFace and its relatives want the five points of a face of 112×112 pixels: the eye at the left of the
    /// picture, the other eye, nose, left and right corner of the mouth (published with InsightFace as `arcface_dst`).
    static let template: [SIMD2<Double>] = [
        SIMD2(38.2946, 51.6963), SIMD2(73.5318, 51.5014), SIMD2(56.0252, 71.7366), SIMD2(41.5493, 92.3655),
        SIMD2(70.7299, 92.2041),
    ]

    public init() {}

    /// The aligned face in blue, green and red. Without five landmarks a square around the box is cut.
    /// - Parameter frame: `bgr24`.
    public func align(_ face: Detection, in frame: Frame) -> Frame {
        let size = SIMD2(Double(frame.header.width), Double(frame.header.height))
        let transform: PictureTransform
        if face.landmarks.count == 5, let found = Self.similarity(face.landmarks.map { SIMD2<Double>($0) * size }) {
            transform = .affine(found)
        } else {
            transform = .affine(Self.square(face.box, size))
        }
        return transform.draw(frame, width: Self.side, height: Self.side)
    }

    /// The similarity (turn, scale, shift) from the crop to the picture that brings the template closest to `points` in the
    /// sense of least squares; nil when the points are all one.
    ///
    /// With both sets centred, z' = c·z in complex numbers, and c = Σ conj(zᵢ)·z'ᵢ ∕ Σ |zᵢ|².
    package static func similarity(_ points: [SIMD2<Double>]) -> Affine? {
        let count = Double(points.count)
        let to = points.reduce(SIMD2(0, 0), +) / count
        let from = template.reduce(SIMD2(0, 0), +) / count
        var (real, imaginary, norm) = (0.0, 0.0, 0.0)
        for (point, place) in zip(points, template) {
            let (z, w) = (place - from, point - to)
            real += z.x * w.x + z.y * w.y
            imaginary += z.x * w.y - z.y * w.x
            norm += z.x * z.x + z.y * z.y
        }
        let (c, s) = (real / norm, imaginary / norm)
        guard (c * c + s * s).squareRoot() > 1e-6, c.isFinite, s.isFinite else { return nil }
        return Affine(
            a: c, b: -s, c: to.x - c * from.x + s * from.y, d: s, e: c, f: to.y - s * from.x - c * from.y)
    }

    private static func square(_ box: NormalizedBox, _ size: SIMD2<Double>) -> Affine {
        let side = max(1, max(Double(box.width) * size.x, Double(box.height) * size.y))
        let scale = side / Double(Self.side)
        return Affine(
            a: scale, b: 0, c: Double(box.centerX) * size.x - side / 2, d: 0, e: scale,
            f: Double(box.centerY) * size.y - side / 2)
    }
}
