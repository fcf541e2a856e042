// SPDX-License-Identifier: Apache-2.0
package import Core

/// x' = a·x + b·y + c, y' = d·x + e·y + f.
package struct Affine: Sendable, Hashable {
    package var a: Double
    package var b: Double
    package var c: Double
    package var d: Double
    package var e: Double
    package var f: Double

    package func callAsFunction(_ point: SIMD2<Double>) -> SIMD2<Double> {
        SIMD2(a * point.x + b * point.y + c, d * point.x + e * point.y + f)
    }
}

/// Where each point of a new picture lies in an old one.
package enum PictureTransform: Sendable {
    case affine(Affine)
    /// The quadrilateral with these corners becomes the whole new picture: top left, top right, bottom right, bottom left.
    case quadrilateral([SIMD2<Double>])

    /// Draws the new picture; what lies outside the old one is black.
    /// - Parameter frame: `bgr24`.
    package func draw(_ frame: Frame, width: Int, height: Int) -> Frame {
        let header = frame.header
        let map = mapping(width: Double(width), height: Double(height))
        let draft = FramePool.standalone(header.reshaped(width: width, height: height, format: .bgr24))
        frame.withUnsafeBytes { source in
            draft.withUnsafeMutableBytes { target in
                for y in 0..<height {
                    for x in 0..<width {
                        let point = map(SIMD2(Double(x), Double(y)))
                        Self.sample(source, header.width, header.height, point, to: target, at: (y * width + x) * 3)
                    }
                }
            }
        }
        return draft.seal()
    }

    private func mapping(width: Double, height: Double) -> (SIMD2<Double>) -> SIMD2<Double> {
        switch self {
        case .affine(let affine): return { affine($0) }
        case .quadrilateral(let corners):
            let square = Self.unitSquare(to: corners)
            // Corners are edges of pixels, whole coordinates their centres.
            return { square(SIMD2(($0.x + 0.5) / width, ($0.y + 0.5) / height)) - 0.5 }
        }
    }

    /// The projective map from the unit square to a quadrilateral (Heckbert, "Fundamentals of Texture Mapping and Image
    /// Warping", 1989, section 2.2.3).
    private static func unitSquare(to corners: [SIMD2<Double>]) -> (SIMD2<Double>) -> SIMD2<Double> {
        let (p0, p1, p2, p3) = (corners[0], corners[1], corners[2], corners[3])
        let (d1, d2): (SIMD2<Double>, SIMD2<Double>) = (p1 - p2, p3 - p2)
        let sum: SIMD2<Double> = (p0 - p1) + (p2 - p3)
        let determinant = d1.x * d2.y - d2.x * d1.y
        let isFlat = abs(determinant) < 1e-9
        let g = isFlat ? 0 : (sum.x * d2.y - d2.x * sum.y) / determinant
        let h = isFlat ? 0 : (d1.x * sum.y - sum.x * d1.y) / determinant
        let right: SIMD2<Double> = (p1 - p0) + g * p1
        let down: SIMD2<Double> = (p3 - p0) + h * p3
        return { point in
            let numerator: SIMD2<Double> = right * point.x + down * point.y + p0
            return numerator / (g * point.x + h * point.y + 1)
        }
    }

    /// Bilinear; pixel centres have whole coordinates.
    private static func sample(
        _ source: UnsafeRawBufferPointer, _ width: Int, _ height: Int, _ point: SIMD2<Double>,
        to target: UnsafeMutableRawBufferPointer, at place: Int
    ) {
        // Comparisons are false for what is not a number, too.
        guard point.x > -1, point.y > -1, point.x < Double(width), point.y < Double(height) else {
            for color in 0..<3 { target[place + color] = 0 }
            return
        }
        let (left, top) = (point.x.rounded(.down), point.y.rounded(.down))
        let (fx, fy) = (Float(point.x - left), Float(point.y - top))
        let (x, y) = (Int(left), Int(top))
        func value(_ x: Int, _ y: Int, _ color: Int) -> Float {
            guard x >= 0, y >= 0, x < width, y < height else { return 0 }
            return Float(source[(y * width + x) * 3 + color])
        }
        for color in 0..<3 {
            let upper = value(x, y, color) * (1 - fx) + value(x + 1, y, color) * fx
            let lower = value(x, y + 1, color) * (1 - fx) + value(x + 1, y + 1, color) * fx
            target[place + color] = UInt8(min(255, max(0, (upper * (1 - fy) + lower * fy).rounded())))
        }
    }
}
