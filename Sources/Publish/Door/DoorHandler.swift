// SPDX-License-Identifier: Apache-2.0
import Core
import Logging
import NIOCore
import NIOPosix
import Pipeline

/// The door's work, all of it on the event loop of its socket: asks the `LeaseTable` what to do, and does it.
final class DoorHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let box: any ApplianceService
    private let figures: DoorFigures
    private let log: Logger
    private let eventLoop: any EventLoop
    private let destinations: [StaticTarget.Destination]
    private let courier: Courier
    private var table: LeaseTable
    private var directory = StreamDirectory()
    private var receivers: [Int: Receiver] = [:]
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
        box: any ApplianceService, settings: UDPSettings.Checked, maximum: Int, figures: DoorFigures, log: Logger,
        eventLoop: any EventLoop
    ) {
        self.box = box
        self.figures = figures
        self.log = log
        self.eventLoop = eventLoop
        destinations = settings.targets
        courier = Courier(seal: settings.seal, eventLoop: eventLoop)
        table = LeaseTable(
            session: .random(in: 1 ... .max), policy: settings.policy, maximum: maximum, refusesReplays: settings.seal != nil,
            at: .now(),
            newSecret: { (0..<32).map { _ in .random(in: 0 ... .max) } })
    }

    func channelActive(context: ChannelHandlerContext) {
        courier.channel = context.channel
        directory.refresh(box, describing: true)
        clockFlag = SystemClock.isSynchronised ? WireHeader.clockSynchronised : 0
        let me = NIOLoopBound(self, eventLoop: eventLoop)
        for destination in destinations {
            let id = table.addFixed(SubscribeRequest(), at: .now())
            targets.append(StaticTarget(destination, lease: id))
            receivers[id] = Receiver(lease: id, request: SubscribeRequest(), route: .none)
        }
        timer = eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: DoorHandler.tick) { _ in me.value.lookAfter() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        for receiver in receivers.values { receiver.dismiss() }
        receivers = [:]
        targets = []
        courier.channel = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A datagram that could not be sent or received; the next one may. The socket closes itself where it is broken.
        table.count("socket_errors")
        log.debug("UDP: \(error)")
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        take(unwrapInboundIn(data))
    }

    /// Judges a datagram that came to the door's socket or to a subscriber's.
    private func take(_ envelope: AddressedEnvelope<ByteBuffer>) {
        guard let endpoint = Endpoint(envelope.remoteAddress) else { return }
        table.count("received")
        guard let datagram = courier.opened(Array(envelope.data.readableBytesView)) else { return table.count("refused_key") }
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
        for receiver in receivers.values { send(ControlMessage.bye.datagram(session: table.session), receiver.route) }
        for receiver in receivers.values { courier.flush(receiver.route) }
        courier.channel?.flush()
        courier.channel?.close(promise: nil)
    }

    // MARK: Subscriptions

    private func bind(_ id: Int, to address: SocketAddress) {
        guard let request = table.leases[id]?.request else { return }
        directory.refresh(box, describing: true)
        let receiver = receivers[id] ?? Receiver(lease: id, request: request, route: .address(address))
        receiver.request = request
        receivers[id] = receiver
        if case .reply(let refusal)? = objection(to: request) {
            table.end(id)
            forget(id)
            send(refusal, .address(address))
            return
        }
        let acceptance = acceptance(of: request)
        send(acceptance.datagram(session: table.session), receiver.route)
        // ACCEPT comes before what the subscriber's own socket sends.
        courier.flush(receiver.route)
        if case .address = receiver.route { tie(receiver, to: address) }
        attach(receiver)
        for stream in receiver.feeds.keys.sorted() { describe(stream, to: receiver) }
    }

    /// Gives a subscriber a socket of its own. Where that is not possible, the door's serves, and an end goes unnoticed until
    /// the lease is over.
    private func tie(_ receiver: Receiver, to address: SocketAddress) {
        guard let door = courier.channel?.localAddress else { return }
        let me = NIOLoopBound(self, eventLoop: eventLoop)
        let bound = NIOLoopBound(receiver, eventLoop: eventLoop)
        let handler = TiedSocketHandler {
            me.value.take($0)
            me.value.courier.channel?.flush()
        } onLoss: { _ in
            me.value.subscriberLost(bound.value)
        }
        TiedSocket.open(sharing: door, to: address, on: eventLoop, handler: handler).hop(to: eventLoop).whenSuccess { channel in
            let receiver = bound.value
            guard me.value.receivers[receiver.lease] === receiver else { return channel.close(promise: nil) }
            receiver.route = .connected(channel)
        }
    }

    /// Nobody listens at a subscriber's port any more.
    private func subscriberLost(_ receiver: Receiver) {
        guard receivers[receiver.lease] === receiver else { return }
        table.count("subscriber_unreachable")
        table.end(receiver.lease)
        forget(receiver.lease)
    }

    private func acceptance(of request: SubscribeRequest) -> ControlMessage {
        let granted = entries(for: request).compactMap { entry in
            directory.body(entry.id, limit: courier.room(in: request.bytes)).map {
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
        let room = courier.room(in: request.bytes)
        if request.encoding == .json, room < 600 {
            let least = 600 + request.bytes - room
            return table.refuse(.bytes, "bytes: results in JSON need datagrams of at least \(least) bytes")
        }
        if acceptance(of: request).datagram(session: 0).count > room {
            return table.refuse(.bytes, "bytes: so many streams do not fit \(request.bytes); name fewer in streams")
        }
        return nil
    }

    private func entries(for request: SubscribeRequest) -> [StreamDirectory.Entry] {
        guard let names = request.streams else { return directory.offered }
        return names.compactMap { directory[$0] }.filter { $0.hub != nil }
    }

    /// Joins the streams a receiver should have and leaves the others: cameras come and go.
    private func attach(_ receiver: Receiver) {
        let wanted = entries(for: receiver.request)
        receiver.leave { id, feed in !wanted.contains { $0.id == id && $0.hub === feed.hub } }
        for entry in wanted where receiver.feeds[entry.id] == nil {
            guard let hub = entry.hub else { continue }
            let subscription = hub.subscribe(entry.stream, capacity: 1)
            receiver.feeds[entry.id] = Receiver.Feed(hub: hub, subscription: subscription)
            let me = NIOLoopBound(self, eventLoop: eventLoop)
            let (loop, lease, stream) = (eventLoop, receiver.lease, entry.id)
            subscription.mailbox.setOnReady { loop.execute { me.value.drain(lease, stream) } }
            subscription.setOnGap { gap in loop.execute { me.value.interrupt(lease, stream, gap) } }
        }
    }

    /// Results stop for a while: the description says why, at once.
    private func interrupt(_ lease: Int, _ stream: UInt16, _ gap: StreamGap) {
        guard let receiver = receivers[lease], receiver.feeds[stream] != nil else { return }
        _ = receiver.feeds[stream]?.subscription.mailbox.poll()
        directory.note(gap)
        describe(stream, to: receiver)
    }

    private func forget(_ id: Int) {
        receivers.removeValue(forKey: id)?.dismiss()
    }

    // MARK: Sending

    private func drain(_ lease: Int, _ stream: UInt16) {
        guard let receiver = receivers[lease], let packet = receiver.feeds[stream]?.subscription.mailbox.poll(),
            let result = encoded(packet, stream, receiver.request)
        else { return }
        let limit = courier.room(in: receiver.request.bytes)
        guard let schema = directory.body(stream, limit: limit)?.schema else { return }
        guard table.mayStart(lease, stream: stream, datagrams: result.parts.count, at: .now()) else {
            table.count("held_back")
            return
        }
        if receiver.feeds[stream]?.described != schema { describe(stream, to: receiver) }
        for part in result.parts.indices {
            let taken = courier.isWritable(receiver.route)
            let now = Timestamp.now()
            table.noteSend(lease, taken: taken, at: now)
            guard taken else { continue }
            var header = WireHeader(.result)
            header.flags = clockFlag
            header.session = table.session
            header.sequence = table.nextSequence(lease)
            header.stream = stream
            header.schema = schema
            send(result.datagram(part: part, header: header, at: now), receiver.route)
            courier.flush(receiver.route)
            figures.meter.record(wall: Timestamp.now().nanoseconds(since: packet.published))
        }
    }

    /// The packet for this kind of receiver; made once for all receivers of the kind.
    private func encoded(_ packet: StreamPacket, _ stream: UInt16, _ request: SubscribeRequest) -> EncodedResult? {
        let limit = courier.room(in: request.bytes)
        let key = EncodingKey(stream: stream, encoding: request.encoding, limit: limit)
        if let kept = cache[key], kept.published == packet.published, kept.result.head.frame == UInt64(clamping: packet.sequence)
        {
            return kept.result
        }
        guard let content = ResultContent(packet), let entry = directory.entries[stream] else { return nil }
        directory.note(content, on: stream, box: box)
        let result = EncodedResult(content, packet, stream: entry.name, encoding: request.encoding, limit: limit)
        if cache.count >= 2 * LeaseLimits.subscriptions { cache = [:] }
        cache[key] = (packet.published, result)
        return result
    }

    private func describe(_ stream: UInt16, to receiver: Receiver) {
        guard let (body, schema) = directory.body(stream, limit: courier.room(in: receiver.request.bytes)) else { return }
        let taken = courier.isWritable(receiver.route)
        table.noteSend(receiver.lease, taken: taken, at: .now())
        guard taken else { return }
        receiver.feeds[stream]?.described = schema
        var header = WireHeader(.describe)
        header.flags = clockFlag
        header.session = table.session
        header.sequence = table.nextSequence(receiver.lease)
        header.stream = stream
        header.schema = schema
        send(header.datagram(body), receiver.route)
        courier.flush(receiver.route)
    }

    private func send(_ datagram: [UInt8], _ route: Receiver.Route) {
        courier.send(datagram, route) { [self] _ in table.count("send_failed") }
    }

    // MARK: Four times a second

    private func lookAfter() {
        for id in table.expire(at: .now()) { forget(id) }
        for target in targets where target.wantsConnection(at: .now()) { connect(target) }
        if ticks % DoorHandler.ticksPerDescription == 0 {
            describeAll()
        } else if ticks % DoorHandler.ticksPerGroupDescription == 0 {
            for target in targets where target.isGroup { describeAll(to: receivers[target.lease]) }
        }
        ticks += 1
        let leased = table.leases.values.count { $0.kind == .leased }
        figures.set(subscriptions: leased, counters: table.counters)
    }

    private func describeAll() {
        clockFlag = SystemClock.isSynchronised ? WireHeader.clockSynchronised : 0
        guard !receivers.isEmpty else { return }
        directory.refresh(box, describing: true)
        for receiver in receivers.values { describeAll(to: receiver) }
    }

    private func describeAll(to receiver: Receiver?) {
        guard let receiver else { return }
        if case .none = receiver.route { return }
        attach(receiver)
        for stream in receiver.feeds.keys.sorted() { describe(stream, to: receiver) }
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
            guard let receiver = receivers[target.lease] else { return connection.close(promise: nil) }
            target.open(connection, at: .now())
            receiver.route = .connected(connection)
            describeAll(to: receiver)
        }
    }

    /// Nobody listens at a target, or its network is away: sends nothing for a while, longer each time.
    private func lost(_ target: StaticTarget, _ error: any Error) {
        guard target.pause(at: .now()) else { return }
        table.count("target_unreachable")
        log.debug("UDP target \(target.destination): \(error)")
        receivers[target.lease]?.leaveAll()
        receivers[target.lease]?.route = .none
    }
}
