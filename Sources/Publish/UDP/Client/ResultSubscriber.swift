// SPDX-License-Identifier: Apache-2.0
import Core
import NIOCore
import NIOPosix

/// Receives the results of a box over UDP, as `depthd subscribe` does: subscribes, keeps the subscription alive, notices
/// when the box was restarted or has gone and subscribes again.
public struct ResultSubscriber: Sendable {
    /// Host name or address of the box.
    public var host: String
    public var port: Int
    /// `camera/stream`; nil for every result stream of every camera.
    public var streams: [String]?
    /// Datagrams per second and stream; nil for every frame.
    public var rate: Int?
    /// The longest datagram to receive, 256...1200.
    public var bytes: Int
    /// Whether the box writes the results as JSON; they come as `SubscriberMessage.json` then.
    public var json: Bool
    /// The key shared with the box (`udp.key_file` there); empty for none.
    public var key: [UInt8]

    public init(
        host: String, port: Int = UDPSettings.standardPort, streams: [String]? = nil, rate: Int? = nil, bytes: Int = 1200,
        json: Bool = false,
        key: [UInt8] = []
    ) {
        self.host = host
        self.port = port
        self.streams = streams
        self.rate = rate
        self.bytes = bytes
        self.json = json
        self.key = key
    }

    private func request() throws(PublishError) -> SubscribeRequest {
        guard (1...65_535).contains(port) else {
            throw .setting(field: "port", problem: "\(port) is not a port; use 1 to 65535")
        }
        guard (256...WireHeader.largestDatagram).contains(bytes) else {
            throw .setting(field: "bytes", problem: "\(bytes) is not in 256 to \(WireHeader.largestDatagram)")
        }
        if let rate, !(1...1_000_000).contains(rate) {
            throw .setting(field: "rate", problem: "\(rate) is not in 1 to 1000000 datagrams per second")
        }
        if !key.isEmpty, let problem = DatagramSeal.problem(with: key) { throw .setting(field: "key", problem: problem) }
        var request = SubscribeRequest()
        request.streams = streams
        request.rate = rate.map(Double.init)
        request.bytes = bytes
        request.encoding = json ? .json : .cbor
        return request
    }

    /// What the socket's thread hands to the subscriber's task.
    private enum Event: Sendable {
        case datagram([UInt8])
        case tick
    }

    /// Subscribes and receives until the task is cancelled; says goodbye then.
    /// - Parameter onMessage: called for everything that happens, one after the other.
    /// - Throws: `PublishError` when the host has no address, or the box refuses what was asked for.
    public func run(onMessage: (SubscriberMessage) -> Void) async throws {
        let request = try self.request()
        let events = Mailbox<Event>(capacity: 256, onFull: .dropOldest)
        let box = try await address()
        let channel = try await open(box, events)
        let timer = channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(100)) { _ in
            events.offer(.tick)
        }
        var machine = SubscriberMachine(request, seal: key.isEmpty ? nil : DatagramSeal(key: key), at: .now()) {
            (0..<8).map { _ in .random(in: 0 ... .max) }
        }
        var failure: PublishError?
        while failure == nil, let event = await events.receive() {
            let output =
                switch event {
                case .datagram(let datagram): machine.receive(datagram, at: .now())
                case .tick: machine.tick(at: .now())
                }
            // A CHALLENGE is answered at once, not at the next tick.
            let followUp = if case .datagram = event { machine.tick(at: .now()) } else { SubscriberMachine.Output() }
            for datagram in output.datagrams + followUp.datagrams {
                channel.writeAndFlush(AddressedEnvelope(remoteAddress: box, data: ByteBuffer(bytes: datagram)), promise: nil)
            }
            for message in output.messages + followUp.messages { onMessage(message) }
            failure = output.failure
        }
        timer.cancel()
        for datagram in machine.farewell() {
            try? await channel.writeAndFlush(AddressedEnvelope(remoteAddress: box, data: ByteBuffer(bytes: datagram))).get()
        }
        try? await channel.close().get()
        if let failure { throw failure }
    }

    /// Looks the host's name up, on a thread that may wait.
    private func address() async throws(PublishError) -> SocketAddress {
        let (host, port) = (host, port)
        do {
            return try await NIOThreadPool.singleton.runIfActive { try SocketAddress.makeAddressResolvingHost(host, port: port) }
        } catch {
            throw .unreachable(host: host, port: port, reason: "\(error)")
        }
    }

    /// A socket that is not tied to the box: a tied one would fail whenever the box is away.
    private func open(_ box: SocketAddress, _ events: Mailbox<Event>) async throws(PublishError) -> any Channel {
        let isV6 = box.protocol == .inet6
        do {
            return try await UDPSocket.bootstrap(on: MultiThreadedEventLoopGroup.singleton, isV6: isV6)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Inbox(from: box) { events.offer(.datagram($0)) })
                    }
                }
                .bind(host: isV6 ? "::" : "0.0.0.0", port: 0).get()
        } catch {
            throw .unreachable(host: host, port: port, reason: "\(error)")
        }
    }
}

/// Hands on what the box sends, and nothing else.
private final class Inbox: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    private let box: Endpoint?
    private let onDatagram: ([UInt8]) -> Void

    init(from box: SocketAddress, onDatagram: @escaping ([UInt8]) -> Void) {
        self.box = Endpoint(box)
        self.onDatagram = onDatagram
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard Endpoint(envelope.remoteAddress) == box else { return }
        onDatagram(Array(envelope.data.readableBytesView))
    }
}
