// SPDX-License-Identifier: Apache-2.0
import Core
import Logging
import NIOCore
import NIOPosix
import Pipeline

/// The server's work, all of it on the event loop of its socket: asks the `LeaseTable` what to do, and does it.
final class UDPServerHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let appliance: any ApplianceService
    private let figures: UDPServerStatistics
    private let log: Logger
    private let eventLoop: any EventLoop
    private let destinations: [StaticTarget.Destination]
    private let sender: DatagramSender
    private var table: LeaseTable
    private var directory = StreamDirectory()
    private var subscribers: [Int: UDPSubscriber] = [:]
    private var targets: [StaticTarget] = []
    private var cache: [EncodingKey: (published: Timestamp, result: EncodedResult)] = [:]
    private var clockFlag: UInt8 = 0
    private var timer: RepeatedTask?
    private var ticks = 0

    private struct EncodingKey: Hashable {
        var stream: UInt16
        var encoding: ResultEncoding
        var limit: Int
    }

    /// Leases and targets are looked after four times a second; descriptions go out every 20 ticks (5 s), to groups every
    /// 4 (1 s).
    private static let tick = TimeAmount.milliseconds(250)
    private static let ticksPerDescription = 20
    private static let ticksPerGroupDescription = 4

    init(
        appliance: any ApplianceService, settings: UDPSettings, figures: UDPServerStatistics, log: Logger,
        eventLoop: any EventLoop
    ) {
        self.appliance = appliance
        self.figures = figures
        self.log = log
        self.eventLoop = eventLoop
        destinations = settings.destinations
        sender = DatagramSender(seal: settings.seal, eventLoop: eventLoop)
        table = LeaseTable(
            session: .random(in: 1 ... .max), policy: settings.policy, maximum: settings.maximumSubscriptions,
            refusesReplays: settings.seal != nil,
            at: .now(),
            newSecret: { (0..<32).map { _ in .random(in: 0 ... .max) } })
    }

    func channelActive(context: ChannelHandlerContext) {
        sender.channel = context.channel
        directory.refresh(appliance, describing: true)
        clockFlag = SystemClock.isSynchronised ? WireHeader.clockSynchronised : 0
        let me = NIOLoopBound(self, eventLoop: eventLoop)
        for destination in destinations {
            let id = table.addFixed(SubscribeRequest(), at: .now())
            targets.append(StaticTarget(destination, lease: id))
            subscribers[id] = UDPSubscriber(lease: id, request: SubscribeRequest(), route: .none)
        }
        timer = eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: UDPServerHandler.tick) { _ in me.value.lookAfter() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        for subscriber in subscribers.values { subscriber.dismiss() }
        subscribers = [:]
        targets = []
        sender.channel = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A datagram that could not be sent or received; the next one may. The socket closes itself where it is broken.
        table.count("socket_errors")
        log.debug("UDP: \(error)")
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        take(unwrapInboundIn(data))
    }

    /// Judges a datagram that came to the server's socket or to a subscriber's.
    private func take(_ envelope: AddressedEnvelope<ByteBuffer>) {
        guard let endpoint = Endpoint(envelope.remoteAddress) else { return }
        table.count("received")
        guard let datagram = sender.opened(Array(envelope.data.readableBytesView)) else { return table.count("refused_key") }
        switch table.receive(datagram, from: endpoint, at: .now()) {
        case .nothing: break
        case .reply(let datagram): send(datagram, .address(envelope.remoteAddress))
        case .bind(let id): bind(id, to: envelope.remoteAddress)
        case .ended(let id): forget(id)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
    }

    /// Tells every subscriber, then closes the socket.
    func sayGoodbye() {
        for subscriber in subscribers.values { send(ControlMessage.bye.datagram(session: table.session), subscriber.route) }
        for subscriber in subscribers.values { sender.flush(subscriber.route) }
        sender.channel?.flush()
        sender.channel?.close(promise: nil)
    }

    // MARK: Subscriptions

    private func bind(_ id: Int, to address: SocketAddress) {
        guard let request = table.leases[id]?.request else { return }
        directory.refresh(appliance, describing: true)
        let subscriber = subscribers[id] ?? UDPSubscriber(lease: id, request: request, route: .address(address))
        subscriber.request = request
        subscribers[id] = subscriber
        if case .reply(let refusal)? = objection(to: request) {
            table.end(id)
            forget(id)
            send(refusal, .address(address))
            return
        }
        let acceptance = acceptance(of: request)
        send(acceptance.datagram(session: table.session), subscriber.route)
        // ACCEPT comes before what the subscriber's own socket sends.
        sender.flush(subscriber.route)
        if case .address = subscriber.route { tie(subscriber, to: address) }
        attach(subscriber)
        for stream in subscriber.feeds.keys.sorted() { describe(stream, to: subscriber) }
    }

    /// Gives a subscriber a socket of its own. Where that is not possible, the server's serves, and an end goes unnoticed until
    /// the lease is over.
    private func tie(_ subscriber: UDPSubscriber, to address: SocketAddress) {
        guard let server = sender.channel?.localAddress else { return }
        let me = NIOLoopBound(self, eventLoop: eventLoop)
        let bound = NIOLoopBound(subscriber, eventLoop: eventLoop)
        let handler = TiedSocketHandler {
            me.value.take($0)
            me.value.sender.channel?.flush()
        } onLoss: { _ in
            me.value.subscriberLost(bound.value)
        }
        TiedSocket.open(sharing: server, to: address, on: eventLoop, handler: handler).hop(to: eventLoop).whenSuccess { channel in
            let subscriber = bound.value
            guard me.value.subscribers[subscriber.lease] === subscriber else { return channel.close(promise: nil) }
            subscriber.route = .connected(channel)
        }
    }

    /// Nobody listens at a subscriber's port any more.
    private func subscriberLost(_ subscriber: UDPSubscriber) {
        guard subscribers[subscriber.lease] === subscriber else { return }
        table.count("subscriber_unreachable")
        table.end(subscriber.lease)
        forget(subscriber.lease)
    }

    private func acceptance(of request: SubscribeRequest) -> ControlMessage {
        let granted = entries(for: request).compactMap { entry in
            directory.body(entry.id, limit: sender.room(in: request.bytes)).map {
                ControlMessage.Acceptance.Stream(name: entry.name, id: entry.id, schema: $0.schema)
            }
        }
        let lease = Int(LeaseLimits.leaseNanoseconds / 1_000_000)
        return .accept(ControlMessage.Acceptance(streams: granted, leaseMilliseconds: lease))
    }

    /// Why a request that is well formed cannot be granted.
    private func objection(to request: SubscribeRequest) -> LeaseTable.Action? {
        if let unknown = request.streams?.first(where: { directory[$0]?.hub == nil }) {
            let known = directory.present.map(\.name).joined(separator: ", ")
            return table.refuse(.stream, "No result stream \(unknown.cut(toBytes: 64)); there are: \(known)")
        }
        let room = sender.room(in: request.bytes)
        let isInJSON = request.encoding == .json || (request.streams ?? []).contains { directory[$0]?.isAlwaysJSON == true }
        if isInJSON, room < 600 {
            let least = 600 + request.bytes - room
            return table.refuse(.bytes, "bytes: results in JSON need datagrams of at least \(least) bytes")
        }
        if acceptance(of: request).datagram(session: 0).count > room {
            return table.refuse(.bytes, "bytes: this many streams do not fit \(request.bytes); name fewer in streams")
        }
        return nil
    }

    private func entries(for request: SubscribeRequest) -> [StreamDirectory.Entry] {
        guard let names = request.streams else { return directory.offered }
        return names.compactMap { directory[$0] }.filter { $0.hub != nil }
    }

    /// Joins the streams a receiver should have and leaves the others: cameras come and go.
    private func attach(_ subscriber: UDPSubscriber) {
        let wanted = entries(for: subscriber.request)
        subscriber.leave { id, feed in !wanted.contains { $0.id == id && $0.hub === feed.hub } }
        for entry in wanted where subscriber.feeds[entry.id] == nil {
            guard let hub = entry.hub else { continue }
            let subscription = hub.subscribe(entry.stream, capacity: 1)
            subscriber.feeds[entry.id] = UDPSubscriber.Feed(hub: hub, subscription: subscription)
            let me = NIOLoopBound(self, eventLoop: eventLoop)
            let (loop, lease, stream) = (eventLoop, subscriber.lease, entry.id)
            subscription.mailbox.setOnReady { loop.execute { me.value.drain(lease, stream) } }
            subscription.setOnGap { gap in loop.execute { me.value.interrupt(lease, stream, gap) } }
        }
    }

    /// Results stop for a while: the description says why, at once.
    private func interrupt(_ lease: Int, _ stream: UInt16, _ gap: StreamGap) {
        guard let subscriber = subscribers[lease], subscriber.feeds[stream] != nil else { return }
        _ = subscriber.feeds[stream]?.subscription.mailbox.poll()
        directory.note(gap)
        describe(stream, to: subscriber)
    }

    private func forget(_ id: Int) {
        subscribers.removeValue(forKey: id)?.dismiss()
    }

    // MARK: Sending

    private func drain(_ lease: Int, _ stream: UInt16) {
        guard let subscriber = subscribers[lease], let packet = subscriber.feeds[stream]?.subscription.mailbox.poll(),
            let result = encoded(packet, stream, subscriber.request)
        else { return }
        let limit = sender.room(in: subscriber.request.bytes)
        guard let schema = directory.body(stream, limit: limit)?.schema else { return }
        guard table.mayStart(lease, stream: stream, datagrams: result.parts.count, at: .now()) else {
            table.count("held_back")
            return
        }
        if subscriber.feeds[stream]?.described != schema { describe(stream, to: subscriber) }
        for part in result.parts.indices {
            let taken = sender.isWritable(subscriber.route)
            let now = Timestamp.now()
            table.noteSend(lease, taken: taken, at: now)
            guard taken else { continue }
            var header = WireHeader(.result)
            header.flags = clockFlag
            header.session = table.session
            header.sequence = table.nextSequence(lease)
            header.stream = stream
            header.schema = schema
            send(result.datagram(part: part, header: header, at: now), subscriber.route)
            sender.flush(subscriber.route)
            figures.meter.record(wall: Timestamp.now().nanoseconds(since: packet.published))
        }
    }

    /// The packet for this kind of receiver; made once for all receivers of the kind.
    private func encoded(_ packet: StreamPacket, _ stream: UInt16, _ request: SubscribeRequest) -> EncodedResult? {
        let limit = sender.room(in: request.bytes)
        let key = EncodingKey(stream: stream, encoding: request.encoding, limit: limit)
        if let kept = cache[key], kept.published == packet.published, kept.result.head.frame == UInt64(clamping: packet.sequence)
        {
            return kept.result
        }
        guard let entry = directory.entries[stream] else { return nil }
        let result: EncodedResult
        if case .motion(let batch) = packet.payload {
            directory.noteRunning(stream)
            result = EncodedResult(batch, stream: entry.name, limit: limit)
        } else {
            guard let content = ResultContent(packet) else { return nil }
            directory.note(content, on: stream, appliance: appliance)
            result = EncodedResult(content, packet, stream: entry.name, encoding: request.encoding, limit: limit)
        }
        if cache.count >= 2 * LeaseLimits.subscriptions { cache = [:] }
        cache[key] = (packet.published, result)
        return result
    }

    private func describe(_ stream: UInt16, to subscriber: UDPSubscriber) {
        guard let (body, schema) = directory.body(stream, limit: sender.room(in: subscriber.request.bytes)) else { return }
        let taken = sender.isWritable(subscriber.route)
        table.noteSend(subscriber.lease, taken: taken, at: .now())
        guard taken else { return }
        subscriber.feeds[stream]?.described = schema
        var header = WireHeader(.describe)
        header.flags = clockFlag
        header.session = table.session
        header.sequence = table.nextSequence(subscriber.lease)
        header.stream = stream
        header.schema = schema
        send(header.datagram(body), subscriber.route)
        sender.flush(subscriber.route)
    }

    private func send(_ datagram: [UInt8], _ route: UDPSubscriber.Route) {
        sender.send(datagram, route) { [self] _ in table.count("send_failed") }
    }

    // MARK: Four times a second

    private func lookAfter() {
        for id in table.expire(at: .now()) { forget(id) }
        for target in targets where target.wantsConnection(at: .now()) { connect(target) }
        if ticks % UDPServerHandler.ticksPerDescription == 0 {
            describeAll()
        } else if ticks % UDPServerHandler.ticksPerGroupDescription == 0 {
            for target in targets where target.isGroup { describeAll(to: subscribers[target.lease]) }
        }
        ticks += 1
        let leased = table.leases.values.count { $0.kind == .leased }
        figures.set(subscriptions: leased, counters: table.counters)
    }

    private func describeAll() {
        clockFlag = SystemClock.isSynchronised ? WireHeader.clockSynchronised : 0
        guard !subscribers.isEmpty else { return }
        directory.refresh(appliance, describing: true)
        for subscriber in subscribers.values { describeAll(to: subscriber) }
    }

    private func describeAll(to subscriber: UDPSubscriber?) {
        guard let subscriber else { return }
        if case .none = subscriber.route { return }
        attach(subscriber)
        for stream in subscriber.feeds.keys.sorted() { describe(stream, to: subscriber) }
    }

    // MARK: Targets

    private func connect(_ target: StaticTarget) {
        target.isConnecting = true
        let me = NIOLoopBound(self, eventLoop: eventLoop)
        let bound = NIOLoopBound(target, eventLoop: eventLoop)
        target.connect(on: eventLoop, handler: TiedSocketHandler { me.value.lost(bound.value, $0) })
            .hop(to: eventLoop)
            .whenComplete { me.value.connected(bound.value, $0) }
    }

    private func connected(_ target: StaticTarget, _ result: Result<any Channel, any Error>) {
        switch result {
        case .failure(let error): lost(target, error)
        case .success(let connection):
            guard let subscriber = subscribers[target.lease] else { return connection.close(promise: nil) }
            target.open(connection, at: .now())
            subscriber.route = .connected(connection)
            describeAll(to: subscriber)
        }
    }

    /// Nobody listens at a target, or its network is away: sends nothing for a while, longer each time.
    private func lost(_ target: StaticTarget, _ error: any Error) {
        guard target.pause(at: .now()) else { return }
        table.count("target_unreachable")
        log.debug("UDP target \(target.destination): \(error)")
        subscribers[target.lease]?.leaveAll()
        subscribers[target.lease]?.route = .none
    }
}
