// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import OAK
import Testing
import XLink

struct PictureReaderTests {
    private let counters = CaptureCounters()
    private static let now = Timestamp(nanoseconds: 100_000_000_000)

    private func reader(_ pixels: PixelFormat, width: Int = 4, height: Int = 2, buffers: Int = 4) -> PictureReader {
        PictureReader(
            .init(instance: .right, format: LensFormat(width: width, height: height, pixels: pixels)), camera: CameraID("oak")!,
            buffers: buffers, counters: counters)
    }

    private func packet(
        _ format: DeviceFrame.Format, _ data: [UInt8], width: Int = 4, height: Int = 2, stride: Int = 4,
        planes: SIMD3<Int> = .zero,
        time: Timestamp = now
    ) -> [UInt8] {
        let stamp = DeviceStamp(sequence: 9, time: time, deviceTime: Timestamp(nanoseconds: 5))
        return DeviceMessage.encode(
            .frame(DeviceFrame(format: format, width: width, height: height, stride: stride, planes: planes, stamp: stamp)),
            data: data)
    }

    private func read(_ reader: PictureReader, _ packet: [UInt8]) -> Frame? {
        packet.withUnsafeBytes { reader.read($0, at: Self.now) }
    }

    private func bytes(_ frame: Frame?) -> [UInt8]? { frame?.withUnsafeBytes(Array.init) }

    @Test func rowsLoseWhatPadsThem() {
        let padded: [UInt8] = [1, 2, 3, 4, 0, 0, 5, 6, 7, 8, 0, 0]
        let frame = read(reader(.gray8), packet(.raw8, padded, stride: 6))
        #expect(bytes(frame) == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(frame?.header.sequence == 9 && frame?.header.captured == Self.now && frame?.header.deviceNanoseconds == 5)
    }

    @Test func unknownDepthGetsTheMarkOfTheHouse() {
        let frame = read(reader(.depth16, width: 2, height: 1), packet(.raw16, [0, 0, 0xE8, 3], width: 2, height: 1))
        #expect(frame?.withUnsafeUInt16(Array.init) == [Depth.unknown, 1000])
    }

    @Test func planesOfColoursAreInterleaved() {
        let planar: [UInt8] = [1, 2, 11, 12, 21, 22]
        let frame = read(
            reader(.bgr24, width: 2, height: 1), packet(.bgrPlanar, planar, width: 2, height: 1, stride: 2, planes: [0, 2, 4]))
        #expect(bytes(frame) == [1, 11, 21, 2, 12, 22])
    }

    @Test(arguments: [Int64.min, 0, 94_000_000_000, 101_000_000_000, Int64.max] as [Int64])
    func aTimeThatCannotBeIsTheTimeOfArrival(nanoseconds: Int64) {
        let frame = read(reader(.gray8), packet(.raw8, Array(repeating: 0, count: 8), time: Timestamp(nanoseconds: nanoseconds)))
        #expect(frame?.header.captured == Self.now)
    }

    @Test func whatIsNoPictureOfTheLensIsCountedAndDropped() {
        let reader = reader(.gray8)
        let good = [UInt8](repeating: 0, count: 8)
        for wrong in [
            packet(.raw8, Array(good.dropLast())), packet(.raw8, good, width: 8, height: 1), packet(.raw16, good),
            packet(.raw8, [], width: 0, height: 0), DeviceMessage.encode(.unknown(kind: 77)),
        ] { #expect(read(reader, wrong) == nil) }
        #expect(counters.undecodable.current == 5 && !reader.isHopeless)
    }

    @Test func threeMessagesThatNobodyCanReadAreTheEnd() {
        let reader = reader(.gray8)
        let good = packet(.raw8, [UInt8](repeating: 0, count: 8))
        for _ in 0..<2 { #expect(read(reader, Array(good.dropLast())) == nil) }
        #expect(read(reader, good) != nil && !reader.isHopeless)
        for _ in 0..<3 { #expect(read(reader, [1, 2, 3]) == nil) }
        #expect(reader.isHopeless)
    }

    @Test func readersThatKeepPicturesCostPicturesNotMemory() {
        let reader = reader(.gray8, buffers: 2)
        let good = packet(.raw8, [UInt8](repeating: 0, count: 8))
        let kept = (0..<4).map { _ in read(reader, good) }
        #expect(kept.compactMap { $0 }.count == 2 && counters.dropped.current == 2)
    }
}
