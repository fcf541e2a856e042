// SPDX-License-Identifier: Apache-2.0
internal import Core

/// Fits a soft mask to the edges of a picture (He, Sun and Tang, "Guided Image Filtering", 2010, with a grey guide): hair and
/// fur get their outline back, for which matting is asked.
struct GuidedFilter {
    /// Pixels around each one that decide.
    let radius: Int
    /// How much the guide must vary to count as an edge, in squares of 0...1.
    private let smoothness: Float = 1e-4

    init(radius: Int) {
        self.radius = radius
    }

    /// - Parameters:
    ///   - mask: one number of 0...1 for each pixel of the guide.
    ///   - guide: `bgr24`.
    func refine(_ mask: [Float], guide: Frame) -> [Float] {
        let (width, height) = (guide.header.width, guide.header.height)
        let gray = YCbCr(guide).luminance.map { Float($0) / 255 }
        func mean(_ values: [Float]) -> [Float] { BoxBlur.mean(values, width: width, height: height, radius: radius) }
        func product(_ a: [Float], _ b: [Float]) -> [Float] { zip(a, b).map { $0 * $1 } }
        let (meanGray, meanMask) = (mean(gray), mean(mask))
        let covariance = zip(mean(product(gray, mask)), product(meanGray, meanMask)).map { $0 - $1 }
        let variance = zip(mean(product(gray, gray)), product(meanGray, meanGray)).map { $0 - $1 }
        let slope = zip(covariance, variance).map { $0 / ($1 + smoothness) }
        let offset = zip(meanMask, product(slope, meanGray)).map { $0 - $1 }
        return zip(product(mean(slope), gray), mean(offset)).map { min(1, max(0, $0 + $1)) }
    }
}

/// Means over squares, in time that does not depend on their size.
enum BoxBlur {
    /// At the edges the mean is of what lies inside.
    static func mean(_ values: [Float], width: Int, height: Int, radius: Int) -> [Float] {
        var rows = [Float](repeating: 0, count: values.count)
        for y in 0..<height {
            slide(width, radius) {
                values[y * width + $0]
            } write: {
                rows[y * width + $0] = $1
            }
        }
        var result = rows
        for x in 0..<width {
            slide(height, radius) {
                rows[$0 * width + x]
            } write: {
                result[$0 * width + x] = $1
            }
        }
        return result
    }

    private static func slide(_ count: Int, _ radius: Int, read: (Int) -> Float, write: (Int, Float) -> Void) {
        var (sum, inside) = (0.0, 0)
        for index in 0..<min(radius, count) {
            sum += Double(read(index))
            inside += 1
        }
        for index in 0..<count {
            if index + radius < count {
                sum += Double(read(index + radius))
                inside += 1
            }
            if index > radius {
                sum -= Double(read(index - radius - 1))
                inside -= 1
            }
            write(index, Float(sum / Double(max(1, inside))))
        }
    }
}
