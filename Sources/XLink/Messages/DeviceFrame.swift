// SPDX-License-Identifier: Apache-2.0

/// The description of an uncompressed image.
public struct DeviceFrame: Sendable, Hashable, NOPRepresentable {
    /// How the pixels lie; other formats keep their number.
    public struct Format: RawRepresentable, Sendable, Hashable {
        public let rawValue: Int32

        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// Planes of full, quarter and quarter size (ColorCamera.isp).
        public static let yuv420p = Format(rawValue: 2)
        /// Planes of red, green, blue.
        public static let rgbPlanar = Format(rawValue: 7)
        /// Planes of blue, green, red (ColorCamera.preview).
        public static let bgrPlanar = Format(rawValue: 8)
        /// Red, green, blue of each pixel.
        public static let rgbInterleaved = Format(rawValue: 9)
        /// Blue, green, red of each pixel (ColorCamera.preview, interleaved).
        public static let bgrInterleaved = Format(rawValue: 10)
        /// 16 bits: depth in the unit that was asked for (0 = unknown), disparity with fractions.
        public static let raw16 = Format(rawValue: 14)
        /// 8 bits (MonoCamera.out, rectified images, disparity).
        public static let raw8 = Format(rawValue: 18)
        /// A plane of brightness, one of colours at half size (ColorCamera.video).
        public static let nv12 = Format(rawValue: 22)
        /// Compressed, no pixels at all (VideoEncoder.bitstream).
        public static let bitstream = Format(rawValue: 24)
        /// 8 bits.
        public static let gray8 = Format(rawValue: 30)
    }

    public var format: Format
    public var width: Int
    public var height: Int
    /// Bytes of a row, as the device says; see `layout`.
    public var stride: Int
    public var bytesPerPixel: Int
    /// Where the planes begin, as the device says; see `layout`.
    public var planes: SIMD3<Int>
    public var exposure: DeviceExposure
    public var category: UInt32
    /// The socket of the camera.
    public var socket: UInt32
    public var stamp: DeviceStamp

    public init(
        format: Format, width: Int, height: Int, stride: Int, bytesPerPixel: Int = 1, planes: SIMD3<Int> = .zero,
        exposure: DeviceExposure = DeviceExposure(), category: UInt32 = 0, socket: UInt32 = 0, stamp: DeviceStamp
    ) {
        self.format = format
        self.width = width
        self.height = height
        self.stride = stride
        self.bytesPerPixel = bytesPerPixel
        self.planes = planes
        self.exposure = exposure
        self.category = category
        self.socket = socket
        self.stamp = stamp
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("frame", fields: 7)
        let further = try decoder.structure("frame.fb", fields: 8)
        format = Format(rawValue: try decoder.integer("fb.type"))
        width = Int(try decoder.integer("fb.width") as UInt32)
        height = Int(try decoder.integer("fb.height") as UInt32)
        stride = Int(try decoder.integer("fb.stride") as UInt32)
        bytesPerPixel = Int(try decoder.integer("fb.bytesPP") as UInt32)
        let first: UInt32 = try decoder.integer("fb.p1")
        let second: UInt32 = try decoder.integer("fb.p2")
        let third: UInt32 = try decoder.integer("fb.p3")
        planes = SIMD3(Int(first), Int(second), Int(third))
        try decoder.skip(further)
        exposure = try DeviceExposure(&decoder)
        category = try decoder.integer("category")
        socket = try decoder.integer("instance")
        stamp = try DeviceStamp(&decoder)
        try decoder.skip(surplus)
    }

    public var nop: NOPValue {
        let buffer: NOPValue = .structure([
            .signed(Int64(format.rawValue)), .unsigned(width), .unsigned(height), .unsigned(stride), .unsigned(bytesPerPixel),
            .unsigned(planes.x), .unsigned(planes.y), .unsigned(planes.z),
        ])
        return .structure([buffer, exposure.nop, .unsigned(UInt64(category)), .unsigned(UInt64(socket))] + stamp.fields)
    }
}

/// How a camera took an image.
public struct DeviceExposure: Sendable, Hashable, NOPRepresentable {
    public var microseconds: Int32
    public var iso: Int32
    /// 0...255.
    public var lensPosition: Int32
    /// White balance in kelvin.
    public var kelvin: Int32
    /// 0...1.
    public var lensPositionRaw: Float

    public init(microseconds: Int32 = 0, iso: Int32 = 0, lensPosition: Int32 = 0, kelvin: Int32 = 0, lensPositionRaw: Float = 0) {
        self.microseconds = microseconds
        self.iso = iso
        self.lensPosition = lensPosition
        self.kelvin = kelvin
        self.lensPositionRaw = lensPositionRaw
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("cam", fields: 5)
        microseconds = try decoder.integer("cam.exposure")
        iso = try decoder.integer("cam.iso")
        lensPosition = try decoder.integer("cam.lens")
        kelvin = try decoder.integer("cam.wb")
        lensPositionRaw = try decoder.float("cam.lensRaw")
        try decoder.skip(surplus)
    }

    public var nop: NOPValue {
        .structure([
            .signed(Int64(microseconds)), .signed(Int64(iso)), .signed(Int64(lensPosition)), .signed(Int64(kelvin)),
            .float(lensPositionRaw),
        ])
    }
}
