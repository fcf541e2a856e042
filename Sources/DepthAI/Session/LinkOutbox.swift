// SPDX-License-Identifier: Apache-2.0
package import Core
import Foundation
import Pipeline

/// A packet on its way to a client.
package struct LinkPacket: Sendable {
    package enum Body: Sendable {
        /// A picture, in the form the client expects of its stream.
        case picture(Frame, PictureForm)
        case bytes([UInt8])
    }

    /// The index in the client's list of streams.
    package var stream: Int
    package var body: Body
    package var instance: CameraInstance
    package var category: FrameMetadata.Category
    package var sequence: Int
    package var captured: Timestamp

    package init(
        stream: Int, body: Body, instance: CameraInstance, category: FrameMetadata.Category, sequence: Int, captured: Timestamp
    ) {
        (self.stream, self.body, self.instance) = (stream, body, instance)
        (self.category, self.sequence, self.captured) = (category, sequence, captured)
    }

    /// Bytes it keeps from others.
    var byteCount: Int {
        switch body {
        case .picture(let frame, _): frame.header.byteCount
        case .bytes(let bytes): bytes.count
        }
    }

    var isPicture: Bool {
        if case .picture = body { true } else { false }
    }
}

/// What waits for a client: answers, which it always gets, and packets, of which the newest win. One receiver.
package final class LinkOutbox: @unchecked Sendable {
    // `@unchecked Sendable`: everything below is touched only with `condition` locked.
    /// Something to send.
    package enum Item: Sendable {
        case message(LinkMessage)
        case packet(LinkPacket, number: UInt32)
    }

    /// Pictures are borrowed from the camera's pools: a client that does not read may not keep more of a stream.
    private static let pictures = 2
    /// Packets of all streams together.
    private static let packets = 30
    private static let bytes = 32 << 20
    /// A client that asks on and on and reads no answer is not served further.
    private static let answers = 256

    private let condition = NSCondition()
    private var messages: [LinkMessage] = []
    private var packets: [(packet: LinkPacket, number: UInt32)] = []
    private var number: UInt32 = 0
    private var isClosed = false
    private var dropped = 0

    package init() {}

    /// Queues an answer. False when the client has too many unread ones, or the outbox is closed.
    @discardableResult
    package func offer(_ message: LinkMessage) -> Bool {
        condition.withLock {
            guard !isClosed, messages.count < Self.answers else { return false }
            messages.append(message)
            condition.broadcast()
            return true
        }
    }

    /// Queues a packet; the oldest ones make room. Returns at once.
    package func offer(_ packet: LinkPacket) {
        let evicted = condition.withLock { () -> [LinkPacket] in
            guard !isClosed else { return [] }
            number &+= 1
            let evicted = makeRoom(for: packet)
            dropped += evicted.count
            packets.append((packet, number))
            condition.broadcast()
            return evicted
        }
        // Their memory goes back outside of the lock.
        withExtendedLifetime(evicted) {}
    }

    /// Takes out what has to go for one more packet.
    private func makeRoom(for packet: LinkPacket) -> [LinkPacket] {
        var evicted: [LinkPacket] = []
        let brothers = packets.indices.filter { packets[$0].packet.stream == packet.stream }
        if packet.isPicture, brothers.count >= Self.pictures { evicted.append(packets.remove(at: brothers[0]).packet) }
        var bytes = packets.reduce(packet.byteCount) { $0 + $1.packet.byteCount }
        while packets.count >= Self.packets || (bytes > Self.bytes && !packets.isEmpty) {
            evicted.append(packets.removeFirst().packet)
            bytes -= evicted[evicted.count - 1].byteCount
        }
        return evicted
    }

    /// Throws packets away: the pipeline they come from is gone.
    package func clearPackets() {
        let old = condition.withLock {
            defer { packets = [] }
            return packets
        }
        withExtendedLifetime(old) {}
    }

    /// Blocks until there is something to send: answers first. nil once the outbox is closed. Never call from a Swift task.
    package func next() -> Item? {
        condition.lock()
        defer { condition.unlock() }
        while messages.isEmpty, packets.isEmpty, !isClosed { condition.wait() }
        if !messages.isEmpty { return .message(messages.removeFirst()) }
        guard !isClosed, !packets.isEmpty else { return nil }
        let first = packets.removeFirst()
        return .packet(first.packet, number: first.number)
    }

    /// Ends it: answers that wait are still given out, packets are not.
    package func close() {
        let old = condition.withLock {
            defer { packets = [] }
            isClosed = true
            condition.broadcast()
            return packets
        }
        withExtendedLifetime(old) {}
    }

    /// Packets nobody has taken yet. For tests.
    package var waitingPackets: Int { condition.withLock { packets.count } }
    /// Packets thrown away for newer ones. For tests; clients see the gap in the packet numbers.
    package var droppedPackets: Int { condition.withLock { dropped } }
}
