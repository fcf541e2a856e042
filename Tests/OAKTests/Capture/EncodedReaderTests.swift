// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import OAK
import TestSupport
import Testing
import XLink

struct EncodedReaderTests {
    private let counters = CaptureCounters()
    private static let now = Timestamp(nanoseconds: 100_000_000_000)

    private func packet(
        _ profile: DeviceEncodedFrame.Profile, _ type: DeviceEncodedFrame.FrameType, size: UInt32 = 4
    ) -> [UInt8] {
        let stamp = DeviceStamp(sequence: 9, time: Self.now, deviceTime: Self.now)
        return DeviceMessage.encode(
            .encodedFrame(DeviceEncodedFrame(profile: profile, frameType: type, size: size, stamp: stamp)), data: [0, 0, 1, 9])
    }

    @Test func picturesAreNumberedSoThatALossShows() throws {
        let reader = EncodedReader(width: 640, height: 360, counters: counters)
        func read(_ packet: [UInt8]) -> EncodedPicture? { packet.withUnsafeBytes { reader.read($0, at: Self.now) } }
        let key = try #require(read(packet(.h264, .key)))
        #expect(key.isKey && key.number == 1 && key.bytes == [0, 0, 1, 9] && key.coding == .h264 && key.width == 640)
        // Longer than it is, of no coding that is shown, and empty.
        for wrong in [packet(.h264, .key, size: 5), packet(.h265, .key), packet(.h264, .key, size: 0)] {
            #expect(read(wrong) == nil)
        }
        let next = try #require(read(packet(.h264, .predicted)))
        #expect(!next.isKey && next.number == 5 && counters.undecodable.current == 3)
        #expect(try #require(read(packet(.jpeg, .unknown))).isKey)
    }

    @Test(.enabled(if: SharedData.isRequired)) func recordedVideoIsRead() throws {
        let reader = EncodedReader(width: 640, height: 360, counters: counters)
        let sent = try OAKRig.packets("more").filter { !$0.isFromHost && $0.stream == "enc" }
        let pictures = sent.compactMap { packet in packet.payload.withUnsafeBytes { reader.read($0, at: .now()) } }
        #expect(!pictures.isEmpty && pictures.count == sent.count)
        #expect(pictures[0].isKey && pictures.dropFirst().prefix(20).allSatisfy { !$0.isKey })
        #expect(pictures.allSatisfy { $0.bytes.starts(with: [0, 0, 0, 1, 9, 16]) && $0.bytes.count == 256 })
    }
}
