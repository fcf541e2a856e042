// SPDX-License-Identifier: Apache-2.0
import CV4L2
import Capture
import Codec
import Core
import TestSupport
import Testing
import V4L2

/// What each format becomes.
struct V4L2FormatTests {
    private let width = 16
    private let height = 8

    private func camera(_ format: V4L2Format, bytes: [UInt8], stride: UInt32? = nil) -> FakeCamera {
        let size = FakeCamera.Size(
            code: format.code, width: UInt32(width), height: UInt32(height), intervals: [(1, 30)])
        let camera = FakeCamera([size]) { _ in FakePicture(bytes: bytes) }
        if let stride {
            camera.answer = {
                $0.bytesperline = stride
                $0.sizeimage = UInt32(bytes.count)
            }
        }
        return camera
    }

    private func noise(_ count: Int) -> [UInt8] {
        var random = SeededRandom(3)
        return random.bytes(count)
    }

    /// `width` bytes from the start, or from `offset`, of each row.
    private func rows(of bytes: [UInt8], pitch: Int, offset: Int = 0, width: Int? = nil, height: Int? = nil) -> [UInt8] {
        (0..<(height ?? self.height)).reduce(into: [UInt8]()) { all, row in
            let start = row * pitch + offset
            all += bytes[start..<start + (width ?? self.width)]
        }
    }

    @Test func greyPassesAsItIs() {
        let bytes = noise(width * height)
        #expect(FakeRun(camera(.grey, bytes: bytes), frames: 1).bytes(0) == bytes)
    }

    @Test func paddedRowsAreRead() {
        // The last row of a picture need not be padded.
        let bytes = noise(23 * (height - 1) + width)
        let run = FakeRun(camera(.grey, bytes: bytes, stride: 23), frames: 1)
        #expect(run.bytes(0) == rows(of: bytes, pitch: 23))
    }

    @Test(arguments: [(16, 8), (12, 4), (10, 2), (8, 0)])
    func deepGreyIsMovedToEightBits(bits: Int, shift: Int) {
        let samples: [UInt16] = (0..<width * height).map { UInt16(truncatingIfNeeded: $0 * 521) }
        let bytes = samples.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        let settings = V4L2Camera(node: "/dev/video0", significantBits: bits)
        let expected: [UInt8] = samples.map { UInt8(min(255, $0 >> UInt16(shift))) }
        #expect(FakeRun(camera(.y16, bytes: bytes), settings, frames: 1).bytes(0) == expected)
        // As colour, three times the same.
        let color = FakeRun(camera(.y16, bytes: bytes), settings, as: .color, frames: 1).bytes(0)
        #expect(color == expected.flatMap { [$0, $0, $0] })
    }

    @Test func yuyvBecomesItsLuminance() {
        let bytes = noise(width * height * 2)
        let luminance: [UInt8] = (0..<width * height).map { bytes[2 * $0] }
        #expect(FakeRun(camera(.yuyv, bytes: bytes), frames: 1).bytes(0) == luminance)
    }

    /// BT.601 in floating point.
    private func bgr(_ y: UInt8, _ u: UInt8, _ v: UInt8, full: Bool) -> [Double] {
        let luma: Double = full ? Double(y) : 255.0 / 219 * (max(16, Double(y)) - 16)
        let scale: Double = full ? 1 : 255.0 / 224
        let (cb, cr) = ((Double(u) - 128) * scale, (Double(v) - 128) * scale)
        let channels: [Double] = [luma + 1.772 * cb, luma - 0.344136 * cb - 0.714136 * cr, luma + 1.402 * cr]
        return channels.map { min(255, max(0, $0)) }
    }

    private func worst(_ actual: [UInt8], _ expected: [Double]) -> Double {
        guard actual.count == expected.count else { return .infinity }
        return zip(actual, expected).map { abs(Double($0) - $1) }.max() ?? 0
    }

    @Test(arguments: [false, true])
    func yuyvBecomesColour(full: Bool) {
        let bytes = noise(width * height * 2)
        let camera = camera(.yuyv, bytes: bytes)
        camera.answer = { $0.quantization = full ? 1 : 2 }
        let expected = (0..<width * height).flatMap { pixel -> [Double] in
            let pair = pixel / 2 * 4
            return bgr(bytes[2 * pixel], bytes[pair + 1], bytes[pair + 3], full: full)
        }
        #expect(worst(FakeRun(camera, as: .color, frames: 1).bytes(0), expected) <= 1.5)
    }

    @Test func nv12BecomesGreyAndColour() {
        let pitch = 18
        let bytes = noise(pitch * (height + height / 2 - 1) + width)
        let gray = FakeRun(camera(.nv12, bytes: bytes, stride: UInt32(pitch)), frames: 1).bytes(0)
        #expect(gray == rows(of: bytes, pitch: pitch))
        let expected = (0..<width * height).flatMap { pixel -> [Double] in
            let (x, y) = (pixel % width, pixel / width)
            let chroma = pitch * height + y / 2 * pitch + x / 2 * 2
            return bgr(bytes[y * pitch + x], bytes[chroma], bytes[chroma + 1], full: false)
        }
        #expect(
            worst(FakeRun(camera(.nv12, bytes: bytes, stride: UInt32(pitch)), as: .color, frames: 1).bytes(0), expected) <= 1.5)
    }

    // MARK: JPEG

    /// A smooth picture, a JPEG of it, and both its forms in bytes.
    private func jpeg(_ width: Int, _ height: Int, _ format: PixelFormat) throws -> (jpeg: [UInt8], pixels: [UInt8]) {
        let header = FrameHeader(
            camera: try #require(CameraID("test")), instance: .left, sequence: 0, captured: Timestamp(nanoseconds: 0),
            width: width, height: height, format: format)
        let draft = FramePool.standalone(header)
        let row = format.rowBytes(width: width)
        let pixels: [UInt8] = (0..<header.byteCount).map { index in
            let (x, y) = (index % row, index / row)
            return UInt8(20 + x * 150 / row + y * 60 / height)
        }
        draft.withUnsafeMutableBytes { $0.copyBytes(from: pixels) }
        return (try JPEGEncoder(quality: 95).encode(draft.seal()), pixels)
    }

    private func camera(jpeg: [UInt8], _ width: Int, _ height: Int) -> FakeCamera {
        FakeCamera([
            FakeCamera.Size(code: V4L2Format.mjpeg.code, width: UInt32(width), height: UInt32(height), intervals: [(1, 30)])
        ]) {
            _ in FakePicture(bytes: jpeg)
        }
    }

    @Test(arguments: [CameraInstance.left, .color])
    func aJPEGIsDecoded(lens: CameraInstance) throws {
        let (jpeg, pixels) = try jpeg(64, 48, lens == .color ? .bgr24 : .gray8)
        // Cameras pad their pictures.
        let run = FakeRun(camera(jpeg: jpeg + [0, 0, 0, 0], 64, 48), as: lens, frames: 1)
        #expect(worst(run.bytes(0), pixels.map { Double($0) }) < 12)
        #expect(run.counters.undecodable.current == 0)
    }

    @Test func aJPEGWithoutTablesIsDecodedWithTheUsualOnes() throws {
        // Motion JPEG cameras may leave the Huffman tables (DHT) out.
        let (full, _) = try jpeg(64, 48, .gray8)
        var bare: [UInt8] = Array(full[..<2])
        var offset = 2
        while full[offset + 1] != 0xDA {
            let length = Int(full[offset + 2]) << 8 | Int(full[offset + 3])
            if full[offset + 1] != 0xC4 { bare += full[offset..<offset + 2 + length] }
            offset += 2 + length
        }
        bare += full[offset...]
        try #require(bare.count < full.count)
        let whole = FakeRun(camera(jpeg: full, 64, 48), frames: 1)
        #expect(FakeRun(camera(jpeg: bare, 64, 48), frames: 1).bytes(0) == whole.bytes(0))
        #expect(!whole.frames.isEmpty)
    }

    @Test(arguments: [2, 4, 8])
    func aLargerJPEGIsReducedWhileItIsDecoded(reduction: Int) throws {
        let (jpeg, _) = try jpeg(64 * reduction, 48 * reduction, .gray8)
        let run = FakeRun(
            camera(jpeg: jpeg, 64 * reduction, 48 * reduction), V4L2Camera(node: "/dev/video0", width: 64, height: 48), frames: 1)
        let (_, small) = try self.jpeg(64, 48, .gray8)
        #expect(run.frames.first?.header.width == 64)
        #expect(run.source?.agreements.first?.reduction == reduction)
        #expect(worst(run.bytes(0), small.map { Double($0) }) < 8)
    }

    @Test func bothHalvesOfAJPEGAreCut() throws {
        let (jpeg, pixels) = try jpeg(64, 16, .gray8)
        let run = FakeRun(
            V4L2Settings(layout: .sideBySide(V4L2Camera(node: "/dev/video0", width: 32, height: 16), rightFirst: false)),
            on: FakeVideo(camera(jpeg: jpeg, 64, 16)), frames: 2)
        #expect(run.frames.map(\.header.instance) == [.left, .right])
        for (index, offset) in [(0, 0), (1, 32)] {
            let half = rows(of: pixels, pitch: 64, offset: offset, width: 32, height: 16)
            #expect(worst(run.bytes(index), half.map { Double($0) }) < 12)
        }
    }

    @Test(arguments: [V4L2Format.grey, .y16, .yuyv, .nv12], [false, true])
    func bothHalvesOfARawPictureAreCut(format: V4L2Format, rightFirst: Bool) throws {
        let bytes = noise(format == .grey ? width * height : format == .nv12 ? width * height * 3 / 2 : width * height * 2)
        let whole = FakeRun(camera(format, bytes: bytes), frames: 1).bytes(0)
        let run = FakeRun(
            V4L2Settings(layout: .sideBySide(V4L2Camera(node: "/dev/video0", width: 8, height: 8), rightFirst: rightFirst)),
            on: FakeVideo(camera(format, bytes: bytes)), frames: 4)
        #expect(run.frames.map(\.header.sequence) == [0, 0, 1, 1])
        #expect(run.frames.map(\.header.instance) == [.left, .right, .left, .right])
        for (index, offset) in [(0, rightFirst ? 8 : 0), (1, rightFirst ? 0 : 8)] {
            #expect(run.bytes(index) == rows(of: whole, pitch: 16, offset: offset, width: 8))
        }
    }
}
