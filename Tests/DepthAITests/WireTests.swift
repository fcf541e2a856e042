// SPDX-License-Identifier: Apache-2.0
import Core
import DepthAI
import Testing

/// The bytes on the wire, against the layouts of docs/depthai-link.md written out by hand.
struct WireTests {
    private let camera = CameraID("front")!

    @Test func aHeaderIsSixteenBytes() throws {
        let header = LinkHeader(.packet, stream: 3, flags: 1, number: 0x0102_0304, length: 0x0A0B0C)
        #expect(header.bytes == [0x44, 0x41, 0x49, 0x31, 68, 3, 1, 0, 4, 3, 2, 1, 0x0C, 0x0B, 0x0A, 0])
        #expect(try #require(header.bytes.withUnsafeBytes { LinkHeader($0) }) == header)
    }

    @Test(arguments: [0, 5, 15])
    func aCutHeaderIsNone(count: Int) {
        let bytes = Array(LinkHeader(.hello, length: 0).bytes.prefix(count))
        #expect(bytes.withUnsafeBytes { LinkHeader($0) } == nil)
    }

    @Test func anotherMagicIsNone() {
        var bytes = LinkHeader(.hello, length: 0).bytes
        bytes[3] = 0x32
        #expect(bytes.withUnsafeBytes { LinkHeader($0) } == nil)
    }

    @Test func metadataIsFiftySixBytes() {
        let header = FrameHeader(
            camera: camera, instance: .right, sequence: 7, captured: Timestamp(nanoseconds: 3_000_000_005), width: 640,
            height: 400, format: .depth16)
        let bytes = FrameMetadata(header, category: .video, payloadBytes: 512_000).bytes
        let words: [UInt32] = [15, 400, 640, 1280, 2, 0, 2, 7]
        let expected =
            words.flatMap(Self.little) + Self.little(UInt64(3)) + Self.little(UInt64(5)) + Self.little(UInt32(512_000))
            + [0x0D, 0xF0, 0xFE, 0xCA]
        #expect(bytes == expected)
    }

    @Test func detectionsAreRecordsOfThirtySixBytes() {
        let detection = Detection(
            label: 15, confidence: 0.75, box: NormalizedBox(xMin: 0.125, yMin: 0.25, xMax: 0.5, yMax: 1),
            position: PositionMillimetres(x: -250, y: 500, z: 1500))
        let bytes = ResultRecords.detections([detection])
        #expect(bytes.count == 3604)
        let floats: [Float] = [0.75, 0.125, 0.25, 0.5, 1, -0.25, 0.5, 1.5]
        let expected = Self.little(Int32(1)) + Self.little(UInt32(15)) + floats.flatMap { Self.little($0.bitPattern) }
        #expect(Array(bytes.prefix(40)) == expected)
        #expect(bytes.dropFirst(40).allSatisfy { $0 == 0 })
        #expect(ResultRecords.detections([Detection](repeating: detection, count: 120)).prefix(4).elementsEqual([100, 0, 0, 0]))
    }

    @Test func trackletsAreRecordsOfThirtyTwoBytesAfterEight() {
        let detection = Detection(label: 2, confidence: 1, box: NormalizedBox(xMin: 0.1, yMin: 0.2, xMax: 0.5, yMax: 0.9))
        let gone = Track(id: 4, state: .removed, detection: detection)
        let bytes = ResultRecords.tracklets(
            [gone, Track(id: 5, state: .lost, detection: detection)], width: 300, height: 200)
        #expect(bytes.count == 648)
        let expected: [UInt8] =
            Self.little(Int32(1)) + Self.little(Int32(0)) + [Int32(30), 40, 150, 180].flatMap(Self.little) + Self.little(Int64(5))
            + Self.little(Int32(2)) + Self.little(Int32(2))
        #expect(Array(bytes.prefix(40)) == expected)
    }

    @Test func tensorsLieOneAfterTheOtherWithStrides() {
        let layout = LinkTensor.layout([
            TensorDescription(name: "a", shape: [1, 3, 5, 7], element: .float16),
            TensorDescription(name: "b", shape: [1, 4], element: .float32),
        ])
        #expect(layout.map(\.offset) == [0, 256])
        #expect(layout[0].strides == [210, 70, 14, 2])
        #expect(layout.map(\.order) == ["NCHW", "HW"])
        #expect(layout.map(\.dataType) == ["f16", "f32"])
        #expect(layout.map(\.byteCount) == [210, 16])
    }

    private static func little<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
