// SPDX-License-Identifier: Apache-2.0
import Codec
import Core

/// Frames and files the tests make for themselves.
enum Pictures {
    static func header(_ width: Int, _ height: Int, _ format: PixelFormat) throws -> FrameHeader {
        let camera = try requireCamera()
        return FrameHeader(
            camera: camera, instance: .color, sequence: 7, captured: Timestamp(nanoseconds: 5), width: width, height: height,
            format: format)
    }

    private static func requireCamera() throws -> CameraID {
        guard let camera = CameraID("test") else { throw CodecError.unknownKind }
        return camera
    }

    static func frame(_ width: Int, _ height: Int, _ format: PixelFormat, _ value: (Int) -> UInt8) throws -> Frame {
        let draft = FramePool.standalone(try header(width, height, format))
        draft.withUnsafeMutableBytes { bytes in
            for index in bytes.indices { bytes[index] = value(index) }
        }
        return draft.seal()
    }

    /// A smooth picture: JPEG keeps it within a few levels.
    static func smooth(_ width: Int, _ height: Int, _ format: PixelFormat) throws -> Frame {
        let row = format.rowBytes(width: width)
        let samples = row / width
        return try frame(width, height, format) { index in
            let x = index % row / samples
            let (y, channel) = (index / row, index % samples)
            let slope = (x * 80 + y * 60) / max(width, height)
            return UInt8(40 + channel * 30 + slope)
        }
    }

    static func bytes(_ frame: Frame) -> [UInt8] { frame.withUnsafeBytes { Array($0) } }

    /// A PGM or PPM file.
    static func pnm(_ width: Int, _ height: Int, channels: Int, _ value: (Int) -> UInt8) -> [UInt8] {
        Array("P\(channels == 1 ? 5 : 6)\n# made by a test\n\(width) \(height)\n255\n".utf8)
            + (0..<width * height * channels).map(value)
    }

    /// A JPEG file as an encoder writes it.
    static func jpeg(_ width: Int = 48, _ height: Int = 32, _ format: PixelFormat = .bgr24) throws -> [UInt8] {
        try JPEGEncoder(quality: 90).encode(try smooth(width, height, format))
    }

    /// The segments of a JPEG file: marker code and the whole segment, scan data included.
    static func segments(_ jpeg: [UInt8]) -> [(marker: UInt8, bytes: [UInt8])] {
        var starts: [(Int, UInt8)] = []
        var offset = 2
        while offset + 1 < jpeg.count {
            let marker = jpeg[offset + 1]
            guard jpeg[offset] == 0xFF, marker != 0, !(0xD0...0xD7).contains(marker) else {
                offset += 1
                continue
            }
            starts.append((offset, marker))
            if marker == 0xD9 { break }
            offset += 2 + Int(jpeg[offset + 2]) << 8 + Int(jpeg[offset + 3])
        }
        let ends = starts.dropFirst().map(\.0) + [jpeg.count]
        return zip(starts, ends).map { start, end in (start.1, Array(jpeg[start.0..<end])) }
    }
}
