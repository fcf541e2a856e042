// SPDX-License-Identifier: Apache-2.0
import Core
import DepthAI
import Testing

struct OutboxTests {
    private func packet(_ stream: Int, _ sequence: Int, isPicture: Bool = false) -> LinkPacket {
        let camera = CameraID("front")!
        let header = FrameHeader(
            camera: camera, instance: .left, sequence: sequence, captured: .now(), width: 2, height: 2, format: .gray8)
        return LinkPacket(
            stream: stream, body: isPicture ? .picture(FramePool.standalone(header).seal(), PictureForm()) : .bytes([1]),
            instance: .left, category: .video, sequence: sequence, captured: .now())
    }

    private func drain(_ outbox: LinkOutbox) -> [(stream: Int, sequence: Int, number: UInt32)] {
        var packets: [(Int, Int, UInt32)] = []
        while outbox.waitingPackets > 0, case .packet(let packet, let number)? = outbox.next() {
            packets.append((packet.stream, packet.sequence, number))
        }
        return packets
    }

    @Test func aStreamKeepsItsNewestAndTouchesNoOther() {
        let outbox = LinkOutbox()
        outbox.offer(packet(1, 0))
        for sequence in 0..<5 { outbox.offer(packet(0, sequence, isPicture: true)) }
        let rest = drain(outbox)
        #expect(rest.map(\.stream) == [1, 0, 0])
        #expect(rest.map(\.sequence) == [0, 3, 4])
        #expect(rest.map(\.number) == [1, 5, 6])
        #expect(outbox.droppedPackets == 3)
    }

    @Test func resultsWaitLongerThanPictures() {
        let outbox = LinkOutbox()
        for sequence in 0..<40 { outbox.offer(packet(0, sequence)) }
        #expect(drain(outbox).map(\.sequence) == Array(10..<40))
    }

    @Test func whatWaitsIsBoundedInBytes() {
        let outbox = LinkOutbox()
        for sequence in 0..<5 {
            outbox.offer(
                LinkPacket(
                    stream: 0, body: .bytes([UInt8](repeating: 0, count: 10 << 20)), instance: .left, category: .video,
                    sequence: sequence, captured: .now()))
        }
        #expect(drain(outbox).map(\.sequence) == [2, 3, 4])
    }

    @Test func answersComeFirstAndAreGivenOutAfterTheEnd() {
        let outbox = LinkOutbox()
        outbox.offer(packet(0, 1))
        outbox.offer(LinkMessage(.pong, number: 9))
        outbox.close()
        guard case .message(let message)? = outbox.next() else {
            Issue.record("an answer was expected")
            return
        }
        #expect(message.header.number == 9)
        #expect(outbox.next() == nil)
        #expect(!outbox.offer(LinkMessage(.pong)))
    }

    @Test func aClientThatReadsNoAnswersGetsNoMore() {
        let outbox = LinkOutbox()
        let taken = (0..<1000).count { _ in outbox.offer(LinkMessage(.pong)) }
        #expect(taken == 256)
    }
}
