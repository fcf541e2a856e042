// SPDX-License-Identifier: Apache-2.0

/// A rectangle by its upper left corner, in fractions of an image or in pixels.
public struct DeviceRectangle: Sendable, Hashable, NOPRepresentable, FiniteCheckable {
    public var x: Float
    public var y: Float
    public var width: Float
    public var height: Float

    public init(x: Float, y: Float, width: Float, height: Float) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("rectangle", fields: 4)
        x = try decoder.float("rectangle.x")
        y = try decoder.float("rectangle.y")
        width = try decoder.float("rectangle.width")
        height = try decoder.float("rectangle.height")
        try decoder.skip(surplus)
    }

    public var nop: NOPValue { .floats(x, y, width, height) }

    public var isFinite: Bool { x.isFinite && y.isFinite && width.isFinite && height.isFinite }
}

extension NOPDecoder {
    /// A structure of x, y and z.
    mutating func point(_ field: String) throws(XLinkDecodingError) -> SIMD3<Float> {
        let surplus = try structure(field, fields: 3)
        let x = try float(field)
        let y = try float(field)
        let z = try float(field)
        try skip(surplus)
        return SIMD3(x, y, z)
    }
}

extension NOPValue {
    static func point(_ point: SIMD3<Float>) -> NOPValue { .floats(point.x, point.y, point.z) }
}

extension SIMD3<Float> {
    var isFinite: Bool { x.isFinite && y.isFinite && z.isFinite }
}
