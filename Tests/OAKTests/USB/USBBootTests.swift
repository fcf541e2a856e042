// SPDX-License-Identifier: Apache-2.0
import OAK
import TestSupport
import Testing
import USB
import XLink

struct USBBootTests {
    private static let piece = 1 << 20
    private static let headerBytes = BootHeader().bytes.count

    /// An image of that size: records of the largest kind, fillers, the jump.
    static func image(_ count: Int) throws -> FirmwareImage {
        var bytes = Array("MA2x".utf8)
        let record = FirmwareFixtures.load([UInt8](repeating: 0x5A, count: 4 * 65535))
        while bytes.count + record.count + FirmwareFixtures.jump.count <= count { bytes += record }
        bytes += [UInt8](repeating: 0, count: count - bytes.count - FirmwareFixtures.jump.count)
        return try FirmwareImage(bytes + FirmwareFixtures.jump)
    }

    private func upload(_ image: FirmwareImage, _ channel: ListeningChannel) -> USBTransferError? {
        do throws(USBTransferError) {
            try USBBoot.upload(image, header: BootHeader(), to: channel)
            return nil
        } catch {
            return error
        }
    }

    @Test func headerAndImageGoInPiecesOfAMiBEachWithinTwoSeconds() throws {
        let image = try Self.image(5 << 19)
        let channel = ListeningChannel()
        #expect(upload(image, channel) == nil)
        let writes = channel.now.writes
        #expect(writes.map(\.bytes.count) == [Self.piece, Self.piece, (5 << 19) + Self.headerBytes - 2 * Self.piece])
        #expect(Array(writes.map(\.bytes).joined()) == BootHeader().bytes + image.bytes)
        #expect(writes.allSatisfy { $0.limit == 2_000_000_000 })
    }

    @Test func anImageSmallerThanAPieceGoesInOne() throws {
        let channel = ListeningChannel()
        let image = try FirmwareImage(FirmwareFixtures.image())
        #expect(upload(image, channel) == nil)
        #expect(channel.now.writes.map(\.bytes) == [BootHeader().bytes + image.bytes])
    }

    /// The ROM would wait for more after a transfer that fills its last packet.
    @Test(arguments: [(1536, true), (1537, false), (1124, false), (1 << 20, true), (2 << 20, true)])
    func aPacketWithoutBytesFollowsAFullOne(total: Int, isFollowed: Bool) throws {
        let channel = ListeningChannel()
        #expect(upload(try Self.image(total - Self.headerBytes), channel) == nil)
        #expect((channel.now.writes.last?.bytes.isEmpty == true) == isFollowed)
    }

    @Test func onlyWhatWentOutToTheLastRecordIsSuccess() throws {
        let image = try Self.image(5 << 19)
        for taken in 0..<3 { #expect(upload(image, ListeningChannel(last: taken)) == .gone("it left")) }
        #expect(upload(image, ListeningChannel(last: 3)) == nil)
    }

    @Test func aDeviceThatLeavesBeforeTheEmptyPacketHasTakenAll() throws {
        let image = try Self.image(2048 - Self.headerBytes)
        #expect(upload(image, ListeningChannel(last: 1)) == nil)
        #expect(upload(image, ListeningChannel(last: 1, error: .timedOut("late"))) == .timedOut("late"))
    }

    @Test func restartingAFlashBootedCameraTakesAnyAnswer() {
        let channel = ListeningChannel()
        USBBoot.restart(channel)
        #expect(channel.now.controls == ["0 245 3489 0 1000000000"])
    }

    /// As the library sent it.
    @Test func theHeaderThatForcesUSB2IsTheLibrarysOwn() throws {
        let vectors = try #require(try OAKRig.vectors()["boot_header"])
        #expect(BootHeader(maximumSpeed: .high).bytes == vectors["hex_usb2"]?.string?.hexBytes)
        #expect(BootHeader().bytes == vectors["hex"]?.string?.hexBytes)
    }
}

struct USBTransportTests {
    private func write(_ header: [UInt8], _ payload: [UInt8], _ transport: USBTransport) -> XLinkTransportError? {
        header.withUnsafeBytes { header in
            payload.withUnsafeBytes { payload in
                do throws(XLinkTransportError) {
                    try transport.write(header: header, payload: payload)
                    return nil
                } catch {
                    return error
                }
            }
        }
    }

    @Test func aHeaderIsATransferOfItsOwn() {
        let channel = ListeningChannel()
        let transport = USBTransport(channel)
        let header = [UInt8](repeating: 1, count: 84)
        #expect(write(header, [2, 3], transport) == nil)
        #expect(write(header, [], transport) == nil)
        #expect(channel.now.writes.map(\.bytes) == [header, [2, 3], header])
        #expect(channel.now.writes.allSatisfy { $0.limit == 5_000_000_000 })
    }

    @Test func aDeviceThatIsGoneEndsTheLinkWithItsWords() {
        let transport = USBTransport(ListeningChannel(last: 0))
        #expect(write([1], [], transport) == .gone("it left"))
        var byte: UInt8 = 0
        #expect(throws: XLinkTransportError.gone("it left")) {
            try withUnsafeMutableBytes(of: &byte) { try transport.read(into: $0) }
        }
    }

    @Test func shutdownIsTheChannels() {
        let channel = ListeningChannel()
        USBTransport(channel).shutdown()
        #expect(channel.now.isShut)
    }
}
