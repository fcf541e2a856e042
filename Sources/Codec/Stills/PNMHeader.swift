// SPDX-License-Identifier: Apache-2.0
import Core

/// The header of a binary PGM (`P5`) or PPM (`P6`) with 8 bits per sample; the pixels follow it as they are.
public struct PNMHeader: Sendable, Hashable {
    public var width: Int
    public var height: Int
    /// 1 for P5, 3 (red, green, blue) for P6.
    public var channels: Int
    /// Where the pixels start.
    public var payloadOffset: Int

    /// Bytes of the pixels.
    public var payloadBytes: Int { width * height * channels }

    /// The longest header that is accepted, comments included.
    public static let maximumLength = 1024

    /// Reads the header from the first bytes of a file; the pixels need not be there.
    /// - Parameter prefix: at least the header; `maximumLength` bytes are always enough.
    public init(prefix: UnsafeRawBufferPointer, limits: ImageLimits = .default) throws(CodecError) {
        try self.init(ByteView(bytes: prefix), limits: limits)
    }

    init(_ view: ByteView, limits: ImageLimits) throws(CodecError) {
        guard PNMHeader.isPNM(view) else { throw .unknownKind }
        channels = view.byte(at: 1) == UInt8(ascii: "5") ? 1 : 3
        var offset = 2
        width = try PNMHeader.number(view, &offset)
        height = try PNMHeader.number(view, &offset)
        let maximum = try PNMHeader.number(view, &offset)
        guard let blank = view.byte(at: offset) else { throw .truncated("the PNM header") }
        guard PNMHeader.isBlank(blank) else { throw .damaged("no white space between the PNM header and its pixels") }
        payloadOffset = offset + 1
        guard maximum == 255 else { throw .unsupported("PNM with maximum value \(maximum); only 255 (8 bits)") }
        try limits.checkSize(width: width, height: height)
    }

    static func isPNM(_ view: ByteView) -> Bool {
        guard view.byte(at: 0) == UInt8(ascii: "P"), let kind = view.byte(at: 1) else { return false }
        return kind == UInt8(ascii: "5") || kind == UInt8(ascii: "6")
    }

    /// Header and length of a whole file.
    static func inspect(_ view: ByteView, limits: ImageLimits) throws(CodecError) -> ImageInfo {
        let header = try PNMHeader(view, limits: limits)
        guard header.payloadBytes <= view.count - header.payloadOffset else { throw .truncated("the PNM pixels") }
        return header.info
    }

    /// The header as it is told of any picture.
    var info: ImageInfo { ImageInfo(kind: .pnm, width: width, height: height, channels: channels, bitDepth: 8) }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (9...13).contains(byte)
    }

    /// Steps over white space and comments, then reads one decimal number.
    private static func number(_ view: ByteView, _ offset: inout Int) throws(CodecError) -> Int {
        let start = offset
        while let byte = headerByte(view, offset) {
            if byte == UInt8(ascii: "#") {
                while let next = headerByte(view, offset), next != UInt8(ascii: "\n") { offset += 1 }
            } else if isBlank(byte) {
                offset += 1
            } else {
                break
            }
        }
        guard offset > start || headerByte(view, offset) == nil else { throw .damaged("a PNM header without white space") }
        var value = 0
        var digits = 0
        while let byte = headerByte(view, offset), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
            digits += 1
            offset += 1
            guard digits <= 9 else { throw .damaged("a PNM header with a number of more than 9 digits") }
        }
        guard digits > 0 else {
            throw headerByte(view, offset) == nil ? .truncated("the PNM header") : .damaged("a PNM header without a number")
        }
        return value
    }

    private static func headerByte(_ view: ByteView, _ offset: Int) -> UInt8? {
        offset < maximumLength ? view.byte(at: offset) : nil
    }
}

extension PNMHeader {
    /// Turns the pixels of a PGM or PPM into a picture of depthd.
    /// - Parameters:
    ///   - payload: `payloadBytes` bytes.
    ///   - target: a whole picture of `format`, `gray8` or `bgr24`.
    func convert(_ payload: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer, as format: PixelFormat) {
        let pixels = width * height
        precondition(payload.count >= payloadBytes && target.count >= format.byteCount(width: width, height: height))
        guard let from = payload.baseAddress?.assumingMemoryBound(to: UInt8.self),
            let to = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return }
        switch (channels, format) {
        case (1, .gray8): to.update(from: from, count: pixels)
        case (1, _): PixelConversion.replicateGray(from, to, pixels: pixels)
        case (_, .gray8): PixelConversion.luma(fromRGB: from, to, pixels: pixels)
        default: PixelConversion.swapRedAndBlue(from, to, pixels: pixels)
        }
    }
}
