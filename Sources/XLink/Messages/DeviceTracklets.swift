// SPDX-License-Identifier: Apache-2.0

/// What the tracker of a device follows.
public struct DeviceTracklets: Sendable, Hashable, NOPRepresentable {
    public var tracklets: [DeviceTracklet]
    public var stamp: DeviceStamp

    public init(_ tracklets: [DeviceTracklet], stamp: DeviceStamp) {
        self.tracklets = tracklets
        self.stamp = stamp
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("tracklets", fields: 4)
        tracklets = try decoder.list(of: DeviceTracklet.self, "tracklets")
        stamp = try DeviceStamp(&decoder)
        try decoder.skip(surplus)
    }

    public var nop: NOPValue { .structure([tracklets.nop] + stamp.fields) }
}

/// One thing that a device follows.
public struct DeviceTracklet: Sendable, Hashable, NOPRepresentable, FiniteCheckable {
    public struct Status: RawRepresentable, Sendable, Hashable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let new = Status(rawValue: 0)
        public static let tracked = Status(rawValue: 1)
        public static let lost = Status(rawValue: 2)
        public static let removed = Status(rawValue: 3)
    }

    /// Where it is now, in fractions of the image.
    public var region: DeviceRectangle
    public var id: Int32
    /// The network's number of the class.
    public var label: Int32
    /// Frames since it was seen first.
    public var age: Int32
    public var status: Status
    /// The last detection of it.
    public var detection: DeviceBox
    /// Millimetres: x to the right, y up, z ahead; all 0 when unknown.
    public var position: SIMD3<Float>

    public init(
        region: DeviceRectangle, id: Int32, label: Int32, age: Int32, status: Status, detection: DeviceBox, position: SIMD3<Float>
    ) {
        self.region = region
        self.id = id
        self.label = label
        self.age = age
        self.status = status
        self.detection = detection
        self.position = position
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("tracklet", fields: 7)
        region = try DeviceRectangle(&decoder)
        id = try decoder.integer("tracklet.id")
        label = try decoder.integer("tracklet.label")
        age = try decoder.integer("tracklet.age")
        status = Status(rawValue: try decoder.integer("tracklet.status"))
        detection = try DeviceBox(&decoder)
        position = try decoder.point("tracklet.xyz")
        try decoder.skip(surplus)
    }

    public var nop: NOPValue {
        .structure([
            region.nop, .signed(Int64(id)), .signed(Int64(label)), .signed(Int64(age)), .signed(Int64(status.rawValue)),
            detection.nop, .point(position),
        ])
    }

    public var isFinite: Bool { region.isFinite && detection.isFinite && position.isFinite }
}
