// SPDX-License-Identifier: Apache-2.0

/// The boxes of a detection network.
public struct DeviceDetections: Sendable, Hashable, NOPRepresentable {
    public var boxes: [DeviceBox]
    public var stamp: DeviceStamp

    public init(_ boxes: [DeviceBox], stamp: DeviceStamp) {
        self.boxes = boxes
        self.stamp = stamp
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("detections", fields: 4)
        boxes = try decoder.list(of: DeviceBox.self, "detections")
        stamp = try DeviceStamp(&decoder)
        try decoder.skip(surplus)
    }

    public var nop: NOPValue { .structure([boxes.nop] + stamp.fields) }
}

/// The boxes of a spatial detection network.
public struct DeviceSpatialDetections: Sendable, Hashable, NOPRepresentable {
    public var boxes: [DeviceSpatialBox]
    public var stamp: DeviceStamp

    public init(_ boxes: [DeviceSpatialBox], stamp: DeviceStamp) {
        self.boxes = boxes
        self.stamp = stamp
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("spatial detections", fields: 4)
        boxes = try decoder.list(of: DeviceSpatialBox.self, "spatial detections")
        stamp = try DeviceStamp(&decoder)
        try decoder.skip(surplus)
    }

    public var nop: NOPValue { .structure([boxes.nop] + stamp.fields) }
}

/// Something a network found. Coordinates are fractions of the network's image, 0 at the left and at the top; a device may
/// send anything else, too.
public struct DeviceBox: Sendable, Hashable, NOPRepresentable, FiniteCheckable {
    /// The network's number of the class.
    public var label: UInt32
    /// 0...1.
    public var confidence: Float
    public var left: Float
    public var top: Float
    public var right: Float
    public var bottom: Float

    public init(label: UInt32, confidence: Float, left: Float, top: Float, right: Float, bottom: Float) {
        self.label = label
        self.confidence = confidence
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("box", fields: 6)
        try self.init(fieldsOf: &decoder)
        try decoder.skip(surplus)
    }

    /// The fields, within a structure that has more of them.
    init(fieldsOf decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        label = try decoder.integer("box.label")
        confidence = try decoder.float("box.confidence")
        left = try decoder.float("box.xmin")
        top = try decoder.float("box.ymin")
        right = try decoder.float("box.xmax")
        bottom = try decoder.float("box.ymax")
    }

    public var nop: NOPValue { .structure(fields) }

    var fields: [NOPValue] {
        [.unsigned(UInt64(label)), .float(confidence), .float(left), .float(top), .float(right), .float(bottom)]
    }

    public var isFinite: Bool {
        confidence.isFinite && left.isFinite && top.isFinite && right.isFinite && bottom.isFinite
    }
}

/// A box and where the thing in it is.
public struct DeviceSpatialBox: Sendable, Hashable, NOPRepresentable, FiniteCheckable {
    public var box: DeviceBox
    /// Millimetres from the camera the depth is aligned to: x to the right, y up, z ahead; all 0 when unknown.
    public var position: SIMD3<Float>
    /// The part of the depth image that was measured.
    public var mapping: DeviceDepthRegion

    public init(box: DeviceBox, position: SIMD3<Float>, mapping: DeviceDepthRegion) {
        self.box = box
        self.position = position
        self.mapping = mapping
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("spatial box", fields: 8)
        box = try DeviceBox(fieldsOf: &decoder)
        position = try decoder.point("box.xyz")
        mapping = try DeviceDepthRegion(&decoder)
        try decoder.skip(surplus)
    }

    public var nop: NOPValue { .structure(box.fields + [.point(position), mapping.nop]) }

    public var isFinite: Bool { box.isFinite && position.isFinite }
}

/// A part of a depth image and how its distance is measured.
public struct DeviceDepthRegion: Sendable, Hashable, NOPRepresentable {
    public enum Algorithm {
        public static let mean: Int32 = 0
        public static let nearest: Int32 = 1
        public static let farthest: Int32 = 2
        public static let mode: Int32 = 3
        public static let median: Int32 = 4
    }

    /// Fractions of the image, or pixels where they exceed 1.
    public var region: DeviceRectangle
    /// Depths outside of these are left out, in millimetres.
    public var nearestMillimetres: UInt32
    public var farthestMillimetres: UInt32
    public var algorithm: Int32
    /// Every so many pixels; -1: the firmware chooses.
    public var step: Int32

    public init(
        _ region: DeviceRectangle, nearestMillimetres: UInt32 = 0, farthestMillimetres: UInt32 = 65_535,
        algorithm: Int32 = Algorithm.median, step: Int32 = -1
    ) {
        self.region = region
        self.nearestMillimetres = nearestMillimetres
        self.farthestMillimetres = farthestMillimetres
        self.algorithm = algorithm
        self.step = step
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("depth region", fields: 4)
        region = try DeviceRectangle(&decoder)
        let further = try decoder.structure("depth region.thresholds", fields: 2)
        nearestMillimetres = try decoder.integer("depth region.lower")
        farthestMillimetres = try decoder.integer("depth region.upper")
        try decoder.skip(further)
        algorithm = try decoder.integer("depth region.algorithm")
        step = try decoder.integer("depth region.step")
        try decoder.skip(surplus)
    }

    public var nop: NOPValue {
        let thresholds: NOPValue = .structure([
            .unsigned(UInt64(nearestMillimetres)), .unsigned(UInt64(farthestMillimetres)),
        ])
        return .structure([region.nop, thresholds, .signed(Int64(algorithm)), .signed(Int64(step))])
    }
}
