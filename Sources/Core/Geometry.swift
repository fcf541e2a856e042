// SPDX-License-Identifier: Apache-2.0

/// An axis-aligned box in fractions of a picture: 0 is the left or top edge, 1 the right or bottom one. x right, y down.
public struct NormalizedBox: Sendable, Hashable {
    public var xMin: Float
    public var yMin: Float
    public var xMax: Float
    public var yMax: Float

    public init(xMin: Float, yMin: Float, xMax: Float, yMax: Float) {
        self.xMin = xMin
        self.yMin = yMin
        self.xMax = xMax
        self.yMax = yMax
    }

    public var width: Float { xMax - xMin }
    public var height: Float { yMax - yMin }
    public var area: Float { max(0, width) * max(0, height) }
    public var centerX: Float { (xMin + xMax) / 2 }
    public var centerY: Float { (yMin + yMax) / 2 }

    /// The part inside the picture; NaN becomes an empty box at the origin.
    public var clamped: NormalizedBox {
        func unit(_ value: Float) -> Float { value.isNaN ? 0 : min(1, max(0, value)) }
        return NormalizedBox(xMin: unit(xMin), yMin: unit(yMin), xMax: unit(xMax), yMax: unit(yMax))
    }

    /// Intersection over union, 0...1; 0 when either box is empty.
    public func intersectionOverUnion(_ other: NormalizedBox) -> Float {
        let overlap = NormalizedBox(
            xMin: max(xMin, other.xMin), yMin: max(yMin, other.yMin), xMax: min(xMax, other.xMax), yMax: min(yMax, other.yMax))
        guard overlap.width > 0, overlap.height > 0 else { return 0 }
        return overlap.area / (area + other.area - overlap.area)
    }
}

/// A point in millimetres relative to the right grey camera: x to the right, y up, z away from it (the gen1 convention).
public struct PositionMillimetres: Sendable, Hashable {
    public var x: Float
    public var y: Float
    public var z: Float

    public init(x: Float, y: Float, z: Float) {
        self.x = x
        self.y = y
        self.z = z
    }
}
