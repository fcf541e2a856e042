// SPDX-License-Identifier: Apache-2.0

/// How the bytes of a frame are to be read.
public enum PixelFormat: String, Sendable, Hashable {
    /// One byte of luminance per pixel.
    case gray8
    /// Blue, green, red, one byte each, interleaved.
    case bgr24
    /// Three full planes of bytes: blue, green, red.
    case bgrPlanar
    /// A full plane of Y, then quarter planes of U and V. Width and height are even.
    case i420
    /// Little-endian `UInt16` millimetres; `Depth.unknown` where nothing is known.
    case depth16
    /// Little-endian `UInt16` sixteenths of a pixel; 0 where nothing is known.
    case disparity16
    /// Whole pixels, one byte; 0 where nothing is known (the gen1 `disparity` stream).
    case disparity8

    /// Bytes of one tightly packed row of the first plane.
    public func rowBytes(width: Int) -> Int {
        switch self {
        case .gray8, .bgrPlanar, .i420, .disparity8: width
        case .bgr24: width * 3
        case .depth16, .disparity16: width * 2
        }
    }

    /// Bytes of a whole tightly packed picture.
    public func byteCount(width: Int, height: Int) -> Int {
        switch self {
        case .bgrPlanar: width * height * 3
        case .i420: width * height + 2 * (width / 2) * (height / 2)
        default: rowBytes(width: width) * height
        }
    }
}

/// Depth as depthd keeps it: whole millimetres in a `UInt16`.
public enum Depth {
    /// The gen1 mark for "no distance known"; never confuse it with 0 mm.
    public static let unknown = UInt16.max
}

/// Who made a frame, when, and how its bytes are laid out. Rows are always tightly packed.
public struct FrameHeader: Sendable, Hashable {
    public var camera: CameraID
    public var instance: CameraInstance
    /// Counts up by one for each exposure of the camera; left, right and colour of one exposure share it.
    public var sequence: Int
    /// Middle of the exposure where it is known, on the host's monotonic clock.
    public var captured: Timestamp
    /// The same instant on the camera's own clock, in nanoseconds; equals `captured` for cameras without a clock.
    public var deviceNanoseconds: Int64
    public var width: Int
    public var height: Int
    public var format: PixelFormat

    public init(
        camera: CameraID, instance: CameraInstance, sequence: Int, captured: Timestamp, deviceNanoseconds: Int64? = nil,
        width: Int, height: Int, format: PixelFormat
    ) {
        self.camera = camera
        self.instance = instance
        self.sequence = sequence
        self.captured = captured
        self.deviceNanoseconds = deviceNanoseconds ?? captured.nanoseconds
        self.width = width
        self.height = height
        self.format = format
    }

    /// Bytes of the whole picture.
    public var byteCount: Int { format.byteCount(width: width, height: height) }

    /// The same exposure seen as another picture.
    public func reshaped(width: Int, height: Int, format: PixelFormat) -> FrameHeader {
        var header = self
        header.width = width
        header.height = height
        header.format = format
        return header
    }
}

/// A finished picture: immutable, cheap to copy, shared by everyone who reads it. Its memory goes back to the pool by
/// itself when the last copy is gone.
public struct Frame: Sendable {
    public let header: FrameHeader
    let storage: FrameStorage

    /// Lends the picture's bytes for the duration of `body`.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(start: storage.base, count: header.byteCount))
    }

    /// Lends the picture as `UInt16` values: for `depth16` and `disparity16`.
    public func withUnsafeUInt16<Result>(_ body: (UnsafeBufferPointer<UInt16>) throws -> Result) rethrows -> Result {
        try withUnsafeBytes { try body($0.assumingMemoryBound(to: UInt16.self)) }
    }

    /// The same bytes under another header, for views of a stream by another name.
    /// - Precondition: the new header describes no more bytes than the old one.
    public func relabelled(_ header: FrameHeader) -> Frame {
        precondition(header.byteCount <= self.header.byteCount)
        return Frame(header: header, storage: storage)
    }
}

/// A picture being written. It cannot be copied, so nobody can read a frame that still changes; `seal` ends the writing.
public struct FrameDraft: ~Copyable {
    public let header: FrameHeader
    let storage: FrameStorage

    /// Lends the bytes to write. Their old content is whatever the pool's last user left.
    public func withUnsafeMutableBytes<Result>(_ body: (UnsafeMutableRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeMutableRawBufferPointer(start: storage.base, count: header.byteCount))
    }

    /// Lends the picture to write as `UInt16` values: for `depth16` and `disparity16`.
    public func withUnsafeMutableUInt16<Result>(_ body: (UnsafeMutableBufferPointer<UInt16>) throws -> Result) rethrows -> Result
    {
        try withUnsafeMutableBytes { try body($0.assumingMemoryBound(to: UInt16.self)) }
    }

    /// Turns the draft into a frame that everybody may read and nobody may change.
    public consuming func seal() -> Frame {
        Frame(header: header, storage: storage)
    }
}
