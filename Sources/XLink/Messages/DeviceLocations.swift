// SPDX-License-Identifier: Apache-2.0

/// The distances of parts of a depth image.
public struct DeviceLocations: Sendable, Hashable, NOPRepresentable {
    public var locations: [DeviceLocation]
    public var stamp: DeviceStamp

    public init(_ locations: [DeviceLocation], stamp: DeviceStamp) {
        self.locations = locations
        self.stamp = stamp
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("locations", fields: 4)
        locations = try decoder.list(of: DeviceLocation.self, "locations")
        stamp = try DeviceStamp(&decoder)
        try decoder.skip(surplus)
    }

    public var nop: NOPValue { .structure([locations.nop] + stamp.fields) }
}

/// The distance of a part of a depth image, in millimetres.
public struct DeviceLocation: Sendable, Hashable, NOPRepresentable, FiniteCheckable {
    public var region: DeviceDepthRegion
    public var mean: Float
    public var mode: Float
    public var median: Float
    public var nearest: UInt16
    public var farthest: UInt16
    /// Pixels that were measured.
    public var pixels: UInt32
    /// x to the right, y up, z ahead.
    public var position: SIMD3<Float>

    public init(
        region: DeviceDepthRegion, mean: Float, mode: Float, median: Float, nearest: UInt16, farthest: UInt16, pixels: UInt32,
        position: SIMD3<Float>
    ) {
        self.region = region
        self.mean = mean
        self.mode = mode
        self.median = median
        self.nearest = nearest
        self.farthest = farthest
        self.pixels = pixels
        self.position = position
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("location", fields: 8)
        region = try DeviceDepthRegion(&decoder)
        mean = try decoder.float("location.mean")
        mode = try decoder.float("location.mode")
        median = try decoder.float("location.median")
        nearest = try decoder.integer("location.min")
        farthest = try decoder.integer("location.max")
        pixels = try decoder.integer("location.count")
        position = try decoder.point("location.xyz")
        try decoder.skip(surplus)
    }

    public var nop: NOPValue {
        .structure([
            region.nop, .float(mean), .float(mode), .float(median), .unsigned(UInt64(nearest)), .unsigned(UInt64(farthest)),
            .unsigned(UInt64(pixels)), .point(position),
        ])
    }

    public var isFinite: Bool {
        region.region.isFinite && mean.isFinite && mode.isFinite && median.isFinite && position.isFinite
    }
}
