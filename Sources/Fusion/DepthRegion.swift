// SPDX-License-Identifier: Apache-2.0

/// A rectangle of whole pixels of the depth picture.
public struct DepthRegion: Sendable, Hashable {
    public var x: Int
    public var y: Int
    public var width: Int
    public var height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The pixels whose centres lie between two corners given in pixel-edge coordinates (0 = left or top edge), inside a
    /// `pictureWidth`×`pictureHeight` picture; at least one pixel per axis, nil when the rectangle misses the picture.
    init?(low: SIMD2<Double>, high: SIMD2<Double>, pictureWidth: Int, pictureHeight: Int) {
        guard let (x, width) = DepthRegion.span(low.x, high.x, pictureWidth),
            let (y, height) = DepthRegion.span(low.y, high.y, pictureHeight)
        else { return nil }
        self.init(x: x, y: y, width: width, height: height)
    }

    private static func span(_ low: Double, _ high: Double, _ size: Int) -> (start: Int, count: Int)? {
        guard low <= high, high > 0, low < Double(size) else { return nil }
        let (from, to) = (max(0, low), min(Double(size), high))
        let (first, last) = (Int((from - 0.5).rounded(.up)), Int((to - 0.5).rounded(.up)))
        guard last <= first else { return (first, last - first) }
        return (min(size - 1, Int((from + to) / 2)), 1)
    }
}
