// SPDX-License-Identifier: Apache-2.0

/// The description of a compressed image.
public struct DeviceEncodedFrame: Sendable, Hashable, NOPRepresentable {
    public struct Profile: RawRepresentable, Sendable, Hashable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let jpeg = Profile(rawValue: 0)
        public static let h264 = Profile(rawValue: 1)
        public static let h265 = Profile(rawValue: 2)
    }

    public struct FrameType: RawRepresentable, Sendable, Hashable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        /// Can be decoded on its own.
        public static let key = FrameType(rawValue: 0)
        public static let predicted = FrameType(rawValue: 1)
        public static let bidirectional = FrameType(rawValue: 2)
        public static let unknown = FrameType(rawValue: 3)
    }

    public var exposure: DeviceExposure
    /// The socket of the camera.
    public var socket: UInt32
    /// 0...100, of JPEG.
    public var quality: UInt32
    /// Bits per second.
    public var bitrate: UInt32
    public var profile: Profile
    public var isLossless: Bool
    public var frameType: FrameType
    /// Where in the message's bytes the image begins, as the device says; see `range`.
    public var offset: UInt32
    public var size: UInt32
    public var stamp: DeviceStamp

    public init(
        profile: Profile, frameType: FrameType = .key, size: UInt32, offset: UInt32 = 0, quality: UInt32 = 0, bitrate: UInt32 = 0,
        isLossless: Bool = false, exposure: DeviceExposure = DeviceExposure(), socket: UInt32 = 0, stamp: DeviceStamp
    ) {
        self.profile = profile
        self.frameType = frameType
        self.size = size
        self.offset = offset
        self.quality = quality
        self.bitrate = bitrate
        self.isLossless = isLossless
        self.exposure = exposure
        self.socket = socket
        self.stamp = stamp
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("encoded frame", fields: 12)
        exposure = try DeviceExposure(&decoder)
        socket = try decoder.integer("instance")
        quality = try decoder.integer("quality")
        bitrate = try decoder.integer("bitrate")
        profile = Profile(rawValue: try decoder.integer("profile"))
        isLossless = try decoder.bool("lossless")
        frameType = FrameType(rawValue: try decoder.integer("frame type"))
        offset = try decoder.integer("offset")
        size = try decoder.integer("size")
        stamp = try DeviceStamp(&decoder)
        try decoder.skip(surplus)
    }

    public var nop: NOPValue {
        .structure(
            [
                exposure.nop, .unsigned(UInt64(socket)), .unsigned(UInt64(quality)), .unsigned(UInt64(bitrate)),
                .signed(Int64(profile.rawValue)), .bool(isLossless), .signed(Int64(frameType.rawValue)),
                .unsigned(UInt64(offset)),
                .unsigned(UInt64(size)),
            ] + stamp.fields)
    }

    /// Where in the payload the image is; nil when the device announces more than there is.
    public func range(in data: Range<Int>) -> Range<Int>? {
        guard Int(offset) + Int(size) <= data.count else { return nil }
        return data.lowerBound + Int(offset)..<data.lowerBound + Int(offset) + Int(size)
    }
}
