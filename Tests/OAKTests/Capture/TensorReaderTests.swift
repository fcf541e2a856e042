// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import OAK
import TestSupport
import Testing
import XLink

struct TensorReaderTests {
    private let counters = CaptureCounters()
    private static let now = Timestamp(nanoseconds: 100_000_000_000)
    private static let picture = FrameHeader(
        camera: CameraID("oak")!, instance: .color, sequence: 0, captured: now, width: 300, height: 300, format: .bgr24)
    private static let outputs = [
        TensorDescription(name: "boxes", shape: [2, 3], element: .uint8),
        TensorDescription(name: "scores", shape: [2], element: .float32),
    ]

    private func reader(_ outputs: [TensorDescription] = outputs) -> TensorReader {
        TensorReader(outputs, of: Self.picture, counters: counters)
    }

    private func packet(_ tensors: [DeviceTensor], _ data: [UInt8], time: Timestamp = now) -> [UInt8] {
        let stamp = DeviceStamp(sequence: 9, time: time, deviceTime: Timestamp(nanoseconds: 5))
        return DeviceMessage.encode(.tensors(DeviceTensors(tensors, stamp: stamp)), data: data)
    }

    private func read(_ reader: TensorReader, _ packet: [UInt8]) -> CaptureTensors? {
        packet.withUnsafeBytes { reader.read($0, at: Self.now) }
    }

    private func bytes(_ tensors: CaptureTensors?) -> [[UInt8]]? { tensors?.withViews { $0.map { Array($0.bytes) } } }

    /// Rows of three bytes, each padded to four, and two floats at the end.
    private static let boxes = DeviceTensor(
        name: "boxes", element: .uint8, order: 0x43, dimensions: [2, 3], strides: [4, 1], offset: 0)
    private static let scores = DeviceTensor(
        name: "scores", element: .float32, order: 0x3, dimensions: [2], strides: [4], offset: 8)
    private static let data: [UInt8] = [1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 128, 63, 0, 0, 0, 64]

    @Test func outputsAreFoundByTheirNamesAndLoseWhatPadsThem() throws {
        let tensors = try #require(read(reader(), packet([Self.scores, Self.boxes], Self.data)))
        #expect(bytes(tensors) == [[1, 2, 3, 4, 5, 6], [0, 0, 128, 63, 0, 0, 0, 64]])
        tensors.withViews { #expect($0[1].floats.map(Array.init) == [1, 2]) }
        #expect(tensors.header.captured == Self.now && tensors.header.sequence == 9 && tensors.header.width == 300)
        #expect(counters.undecodable.current == 0)
    }

    /// Some firmware names the innermost dimension first: what counts is how far apart neighbours are.
    @Test func dimensionsMayBeNamedInEitherOrder() {
        var turned = Self.boxes
        (turned.dimensions, turned.strides) = ([3, 2], [1, 4])
        #expect(bytes(read(reader(), packet([turned, Self.scores], Self.data)))?[0] == [1, 2, 3, 4, 5, 6])
    }

    @Test func whatIsNotTheNetworksIsCountedAndDropped() {
        let reader = reader()
        var (other, large, far) = (Self.boxes, Self.boxes, Self.boxes)
        other.element = .int8
        large.dimensions = [4, 3]
        far.offset = 10
        for wrong in [[Self.boxes], [other, Self.scores], [large, Self.scores], [far, Self.scores], []] {
            #expect(read(reader, packet(wrong, Self.data)) == nil)
        }
        #expect(counters.undecodable.current == 5 && !reader.isHopeless)
        for _ in 0..<3 { #expect(read(reader, [1, 2, 3]) == nil) }
        #expect(reader.isHopeless)
    }

    @Test func readersThatKeepResultsCostResultsNotMemory() {
        let reader = reader()
        let good = packet([Self.boxes, Self.scores], Self.data)
        let kept = (0..<6).compactMap { _ in read(reader, good) }
        #expect(kept.count == 4 && counters.dropped.current == 2)
    }

    /// What the rig's camera sent for a network to the vendor's library.
    @Test(.enabled(if: SharedData.isRequired)) func aRecordedResultIsRead() throws {
        let sent = try OAKRig.packets("all").filter { !$0.isFromHost && $0.stream == "raw" }
        let reader = reader([TensorDescription(name: "out0", shape: [1, 4], element: .float16)])
        let results = sent.prefix(3).compactMap { read(reader, $0.payload) }
        #expect(results.count == 3)
        let halves: [UInt16] = [0x3800, 0x3C00, 0x3E00, 0x4000]
        #expect(bytes(results.first) == [halves.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }])
    }
}
