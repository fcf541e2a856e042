// SPDX-License-Identifier: Apache-2.0
import Core
import Logging
import Synchronization

/// One client at the server: a thread that reads what it asks, a thread that sends what it gets.
final class LinkConnection: Sendable {
    private let socket: StreamSocket
    private let outbox = LinkOutbox()
    private let threads: Mutex<[StageThread]>

    /// Pieces in which a payload is read: memory grows with what has come, not with what was announced.
    private static let pieceByteCount = 1 << 20

    /// - Parameters:
    ///   - makeSession: makes the client's conversation, on the thread that reads.
    ///   - onEnd: called once, on that thread, when the client is gone and nothing of it is left.
    init(
        _ descriptor: Int32, logger: Logger, makeSession: @escaping @Sendable (LinkOutbox) -> LinkSession,
        onEnd: @escaping @Sendable (LinkConnection) -> Void
    ) {
        let socket = StreamSocket(descriptor)
        self.socket = socket
        threads = Mutex([])
        let outbox = self.outbox
        let writer = StageThread(name: "depthai send") { Self.send(from: outbox, to: socket) }
        let reader = StageThread(name: "depthai read") { [weak self] in
            let session = makeSession(outbox)
            do {
                try Self.receive(from: socket, session)
            } catch {
                logger.info("a depthai client was disconnected: \(error)")
            }
            outbox.close()
            session.end()
            // What was still to be said is said before the socket ends.
            writer.join()
            socket.end()
            if let self { onEnd(self) }
        }
        threads.withLock { $0 = [reader] }
    }

    /// Asks both threads to end; returns at once.
    func end() { socket.end() }

    /// Blocks until the client is gone and nothing of it is left. Never call from a Swift task.
    func join() { for thread in threads.withLock({ $0 }) { thread.join() } }

    private static func receive(from socket: StreamSocket, _ session: LinkSession) throws(LinkError) {
        var start = [UInt8](repeating: 0, count: LinkHeader.byteCount)
        while start.withUnsafeMutableBytes({ socket.read(into: $0) }) {
            guard let header = start.withUnsafeBytes({ LinkHeader($0) }) else { throw .noMessage }
            let isWanted = try session.takes(header)
            var payload: [UInt8] = []
            var rest = header.length
            while rest > 0 {
                var piece = [UInt8](repeating: 0, count: min(rest, pieceByteCount))
                guard piece.withUnsafeMutableBytes({ socket.read(into: $0) }) else { return }
                rest -= piece.count
                if isWanted { payload.append(contentsOf: piece) }
            }
            if isWanted { session.handle(LinkMessage(header: header, payload: payload)) }
        }
    }

    private static func send(from outbox: LinkOutbox, to socket: StreamSocket) {
        let shaper = PictureShaper()
        while let item = outbox.next() {
            let isSent =
                switch item {
                case .message(let message): send(message.header, message.payload, to: socket)
                case .packet(let packet, let number): send(packet, number, shaper, to: socket)
                }
            // The reader sees the end of the socket and ends the rest.
            guard isSent else { return socket.end() }
        }
    }

    private static func send(_ header: LinkHeader, _ payload: [UInt8], to socket: StreamSocket) -> Bool {
        header.bytes.withUnsafeBytes { start in payload.withUnsafeBytes { socket.write([start, $0]) } }
    }

    private static func send(_ packet: LinkPacket, _ number: UInt32, _ shaper: PictureShaper, to socket: StreamSocket) -> Bool {
        func write(_ payload: UnsafeRawBufferPointer, _ metadata: FrameMetadata) -> Bool {
            let header = LinkHeader(
                .packet, stream: UInt8(clamping: packet.stream), flags: 1, number: number,
                length: payload.count + FrameMetadata.byteCount)
            return header.bytes.withUnsafeBytes { start in
                metadata.bytes.withUnsafeBytes { end in socket.write([start, payload, end]) }
            }
        }
        switch packet.body {
        case .picture(let frame, let form):
            return shaper.withPicture(frame, form) { shape, bytes in
                var metadata = FrameMetadata(shape, category: packet.category, payloadBytes: bytes.count)
                metadata.instance = packet.instance
                return write(bytes, metadata)
            }
        case .bytes(let bytes):
            return bytes.withUnsafeBytes { payload in
                write(
                    payload,
                    FrameMetadata(
                        instance: packet.instance, category: packet.category, sequence: packet.sequence,
                        captured: packet.captured, payloadBytes: payload.count))
            }
        }
    }
}
