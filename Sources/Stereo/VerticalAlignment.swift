// SPDX-License-Identifier: Apache-2.0
public import Core

/// How well the rows of a rectified pair meet: what a knock, heat or a calibration of another device leaves of it.
public struct VerticalAlignment: Sendable, Hashable {
    /// Rows by which the left picture shows things lower than the right one, in the middle of the picture, px.
    public let offset: Double
    /// How much `offset` grows from the left edge of the picture to the right one, px: one camera has rolled.
    public let roll: Double
    /// Robust standard deviation of the patches around that line, px.
    public let spread: Double
    /// Patches that agree.
    public let count: Int

    public init(offset: Double, roll: Double, spread: Double, count: Int) {
        self.offset = offset
        self.roll = roll
        self.spread = spread
        self.count = count
    }

    /// The error where it is largest along the middle row, px.
    public var worst: Double { abs(offset) + abs(roll) / 2 }

    /// Standard error of `offset`, px.
    public var standardError: Double { 1.2533 * spread / Double(max(1, count)).squareRoot() }

    /// Fewer patches are no measurement: a wall, darkness, fog.
    private static let leastPatches = 24
    /// Patches that scatter more than this around their line were matched by likeness, not by place, px; true ones scatter
    /// by 0.1 to 0.4.
    private static let mostSpread = 0.8

    /// Measures a rectified pair; nil when too little of it has texture that both pictures show.
    ///
    /// Patches with edges both ways are looked for in the other picture, over all disparities and four rows up and down,
    /// and the place found is refined to a fraction of a pixel. Of the vertical offsets a line is kept (offset and roll)
    /// that resists a third of wrong matches. Needs no disparity map, so it also tells when matching fails for bad rows.
    /// - Parameters:
    ///   - left: `gray8`, rectified.
    ///   - right: the same size.
    ///   - disparities: searched from 0 up, 16...256 pixels.
    /// - Throws: `StereoError.format`, `.size`, `.setting`.
    public static func measure(left: Frame, right: Frame, disparities: Int = 96) throws(StereoError) -> VerticalAlignment? {
        guard (16...256).contains(disparities) else {
            throw .setting(name: "disparities", value: disparities, allowed: "16...256 pixels")
        }
        let (width, height) = (right.header.width, right.header.height)
        try right.header.expect("right", .gray8, width: width, height: height)
        try left.header.expect("left", .gray8, width: width, height: height)
        let offsets = left.withUnsafeBytes { left in
            right.withUnsafeBytes { right in
                PatchSearch(left: left, right: right, width: width, height: height, disparities: disparities).offsets()
            }
        }
        return fit(offsets, width: Double(width))
    }

    /// The line through the offsets that most of them agree on: repeated medians, then a mean of what lies near.
    static func fit(_ offsets: [(x: Double, dy: Double)], width: Double) -> VerticalAlignment? {
        guard offsets.count >= leastPatches else { return nil }
        let middle = width / 2
        let slopes = offsets.map { one in
            median(offsets.compactMap { abs($0.x - one.x) > width / 10 ? ($0.dy - one.dy) / ($0.x - one.x) : nil }) ?? 0
        }
        guard var slope = median(slopes), var level = median(offsets.map { $0.dy - slope * ($0.x - middle) }) else { return nil }
        let residuals = offsets.map { abs($0.dy - level - slope * ($0.x - middle)) }
        let spread = 1.4826 * (median(residuals) ?? 0)
        let kept = zip(offsets, residuals).filter { $0.1 <= max(0.1, 3 * spread) }.map(\.0)
        guard spread <= mostSpread, kept.count >= leastPatches, kept.count * 3 >= offsets.count * 2 else { return nil }
        // Least squares over the agreeing ones.
        let n = Double(kept.count)
        let meanX = kept.reduce(0) { $0 + $1.x } / n, meanY = kept.reduce(0) { $0 + $1.dy } / n
        let xx = kept.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
        let xy = kept.reduce(0) { $0 + ($1.x - meanX) * ($1.dy - meanY) }
        // Patches from one side of the picture only say nothing about roll.
        slope = xx / n > width * width / 100 ? xy / xx : 0
        level = meanY + slope * (middle - meanX)
        return VerticalAlignment(offset: level, roll: slope * width, spread: spread, count: kept.count)
    }

    private static func median(_ values: [Double]) -> Double? {
        guard !values.isEmpty else { return nil }
        return values.sorted()[values.count / 2]
    }
}
