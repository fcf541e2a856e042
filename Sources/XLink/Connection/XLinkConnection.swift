// SPDX-License-Identifier: Apache-2.0
public import Core

/// A link in use: an `XLinkEndpoint` on a transport, with a thread that reads and one that writes. Both ends use it.
///
/// A write that waits for credit waits on its caller's thread, so answers and other streams never wait behind it.
/// The threads keep the connection alive: whoever starts it has to `end` or `close` it.
///
/// `@unchecked Sendable`: every variable is touched only with `condition` locked.
public final class XLinkConnection: @unchecked Sendable {
    /// Events that wait because the peer takes no bytes. Rightly there can be 6144: answer and release for each of the peer's
    /// 32 × 64 packets, and as many answers to its releases of ours.
    private static let longestOutbox = 8192

    public let role: XLinkRole
    let transport: any XLinkTransport
    let onOpen: @Sendable (XLinkStream) -> Void
    let onEnd: @Sendable (String) -> Void
    /// Tells the writing thread that there is something to send.
    let wake = Mailbox<Void>(capacity: 1, onFull: .dropNewest)

    private let condition = MonotonicCondition()
    private var endpoint: XLinkEndpoint
    private var byName: [String: XLinkStream] = [:]
    private var byNumber: [UInt32: XLinkStream] = [:]
    private var outbox: [XLinkHeader] = []
    private var packets: [Packet] = []
    private var queuedPackets = 0
    private var sentPackets = 0
    private var isResetAcknowledged = false
    /// Set when the link is to end once the outbox is empty.
    private var farewell: String?
    private var sentence: String?
    private var threads: [StageThread] = []

    /// - Parameters:
    ///   - onOpen: called on the reading thread when the peer opens a stream that this end does not use yet, before its first
    ///     packet. The place for `setHandler`, and for `open` without a deadline.
    ///   - onEnd: called once, when nothing more will be read, with the reason. On the reading thread: do not `close` in it.
    public init(
        _ transport: any XLinkTransport, role: XLinkRole, limits: XLinkLimits = XLinkLimits(),
        onOpen: @escaping @Sendable (XLinkStream) -> Void = { _ in }, onEnd: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        (self.transport, self.role, self.onOpen, self.onEnd) = (transport, role, onOpen, onEnd)
        endpoint = XLinkEndpoint(role, limits: limits)
    }

    /// Why the link is over; nil while it is up.
    public var ended: String? { locked { sentence } }

    // MARK: Life

    /// Starts the threads; the host pings. Waits for the peer's ping or its answer. Blocks; never call from a Swift task.
    public func start(until deadline: Timestamp) throws(XLinkError) {
        locked {
            threads = [
                StageThread(name: "xlink-read") { self.readLoop() }, StageThread(name: "xlink-write") { self.writeLoop() },
            ]
            if role == .host { send(endpoint.ping(at: Timestamp.now().nanoseconds)) }
        }
        do {
            try waiting(for: "the peer did not answer the first ping", until: deadline) { endpoint.isConnected ? true : nil }
        } catch {
            close()
            throw error
        }
    }

    /// Asks the peer to drop the link (a camera restarts), waits for its answer, and ends. False when no answer came.
    /// Blocks; never call from a handler or a Swift task.
    @discardableResult
    public func reset(until deadline: Timestamp) -> Bool {
        _ = try? waiting(
            for: "the peer did not answer the reset", until: deadline,
            first: { send(endpoint.reset(at: Timestamp.now().nanoseconds)) }, { isResetAcknowledged ? true : nil })
        end(because: "The link was reset")
        // The peer may have gone before this thread woke up.
        return locked { isResetAcknowledged }
    }

    /// Ends the link with a reason. Waits for nothing; from any thread, any number of times; the first reason counts.
    public func end(because reason: String) {
        let isFirst = locked {
            guard sentence == nil else { return false }
            // A peer that asked for a reset may close before the answer has left.
            sentence = farewell ?? reason
            condition.broadcast()
            return true
        }
        guard isFirst else { return }
        transport.shutdown()
        wake.close()
    }

    /// Ends the link and waits until no handler runs or will run. Blocks; never call from a handler, `onEnd` or a Swift task.
    public func close() {
        end(because: "The link was closed")
        for thread in locked({ threads }) { thread.join() }
    }

    // MARK: Streams

    /// Opens a stream for writing. Names that start with `__` are the device's own.
    /// - Parameters:
    ///   - writeSize: how many bytes may be under way, so also the largest packet; rounded up to 64.
    ///   - deadline: when to give up waiting for the answer; nil not to wait, so that handlers may call this.
    ///   - handler: gets the peer's packets; without one they wait for `read`.
    @discardableResult
    public func open(
        _ name: String, writeSize: Int, until deadline: Timestamp?, handler: XLinkPacketHandler? = nil
    ) throws(XLinkError) -> XLinkStream {
        let stream = try locked { () throws(XLinkError) -> XLinkStream in
            if let sentence { throw .ended(sentence) }
            let header = try endpoint.open(name, writeSize: writeSize, at: Timestamp.now().nanoseconds)
            let stream = streamNamed(name)
            stream.isAsked = true
            if stream.unread.isEmpty, stream.handler == nil { stream.handler = handler }
            send(header)
            return stream
        }
        if let handler { setHandler(handler, of: stream) }
        if let deadline {
            try waiting(for: "the peer did not answer the request for stream '\(name)'", until: deadline) {
                stream.isOpen ? true : nil
            }
        }
        return stream
    }

    func write(_ bytes: [UInt8], to stream: XLinkStream, until deadline: Timestamp) throws(XLinkError) {
        let ticket = try waiting(for: "the peer releases no packets of stream '\(stream.name)'", until: deadline) {
            () throws(XLinkError) in try queue(bytes, stream)
        }
        try waiting(for: "the peer takes no bytes; stream '\(stream.name)' waits", until: deadline) {
            sentPackets >= ticket ? true : nil
        }
    }

    func offer(_ bytes: [UInt8], to stream: XLinkStream) throws(XLinkError) -> Bool {
        try locked { () throws(XLinkError) in
            if let sentence { throw .ended(sentence) }
            return try queue(bytes, stream) != nil
        }
    }

    /// Queues a packet and returns how many have been queued; nil without credit. The credit also bounds the queue.
    private func queue(_ bytes: [UInt8], _ stream: XLinkStream) throws(XLinkError) -> Int? {
        guard stream.isAsked else { throw .notOpen(stream.name) }
        guard stream.isOpen, let number = stream.number,
            let header = try endpoint.write(bytes.count, to: number, at: Timestamp.now().nanoseconds)
        else { return nil }
        packets.append(Packet(header: header, bytes: bytes))
        queuedPackets += 1
        wake.offer(())
        return queuedPackets
    }

    func read(_ stream: XLinkStream, until deadline: Timestamp) throws(XLinkError) -> [UInt8]? {
        condition.lock()
        defer { condition.unlock() }
        while stream.unread.isEmpty {
            if let sentence { throw .ended(sentence) }
            if stream.isClosedByPeer { throw .notOpen(stream.name) }
            guard condition.wait(until: deadline) else { return nil }
        }
        let bytes = stream.unread.removeFirst()
        release(bytes.count, of: stream)
        return bytes
    }

    func setHandler(_ handler: @escaping XLinkPacketHandler, of stream: XLinkStream) {
        // While packets wait, the reading thread adds to them: order is kept, and the handler never runs twice at a time.
        while let bytes = locked({ nextUnread(of: stream, otherwise: handler) }) {
            bytes.withUnsafeBytes(handler)
            locked { release(bytes.count, of: stream) }
        }
    }

    private func nextUnread(of stream: XLinkStream, otherwise handler: @escaping XLinkPacketHandler) -> [UInt8]? {
        guard stream.unread.isEmpty else { return stream.unread.removeFirst() }
        if stream.handler == nil, sentence == nil { stream.handler = handler }
        return nil
    }

    func close(_ stream: XLinkStream, until deadline: Timestamp) throws(XLinkError) {
        try waiting(for: "the peer releases no packets of stream '\(stream.name)'", until: deadline) {
            () throws(XLinkError) -> Bool? in
            guard let number = stream.number, stream.isOpen else { throw .notOpen(stream.name) }
            guard let header = try endpoint.close(number, at: Timestamp.now().nanoseconds) else { return nil }
            stream.isOpen = false
            send(header)
            return true
        }
        try waiting(for: "the peer did not answer the end of stream '\(stream.name)'", until: deadline) {
            stream.isAsked ? nil : true
        }
    }

    // MARK: The reading thread

    private func readLoop() {
        let header = UnsafeMutableRawBufferPointer.allocate(byteCount: XLinkHeader.byteCount, alignment: 8)
        var payload = PayloadBuffer()
        defer {
            header.deallocate()
            payload.deallocate()
        }
        do {
            while ended == nil {
                try transport.read(into: header)
                guard let incoming = try take(header) else { continue }
                let bytes = payload.first(incoming.count)
                try transport.read(into: bytes)
                deliver(UnsafeRawBufferPointer(bytes), of: incoming)
            }
        } catch {
            end(because: "\(error)")
        }
        locked { forgetEverything() }
        onEnd(ended ?? "")
    }

    /// Acts upon a header; returns the payload that follows.
    private func take(_ bytes: UnsafeMutableRawBufferPointer) throws(XLinkFault) -> XLinkIncoming? {
        guard let header = XLinkHeader(UnsafeRawBufferPointer(bytes)) else { return nil }
        let (event, opened) = try locked { () throws(XLinkFault) -> (XLinkEvent?, XLinkStream?) in
            let reception = try endpoint.receive(header, at: Timestamp.now().nanoseconds)
            if let reply = reception.reply { send(reply) }
            guard outbox.count <= Self.longestOutbox else { throw .untakenAnswers(outbox.count) }
            return (reception.event, reception.event.flatMap(note))
        }
        if let opened { onOpen(opened) }
        guard case .payload(let incoming) = event else { return nil }
        return incoming
    }

    /// Returns the stream that the peer has opened and this end did not know.
    private func note(_ event: XLinkEvent) -> XLinkStream? {
        if case .payload = event { return nil }
        condition.broadcast()
        switch event {
        case .opened(let number, let name):
            attach(streamNamed(name), to: number).isOpen = true
        case .peerOpened(let number, let name, _):
            let isNew = byName[name] == nil
            let stream = attach(streamNamed(name), to: number)
            stream.isClosedByPeer = false
            return isNew ? stream : nil
        case .closed(let number):
            byNumber[number]?.isAsked = false
            forget(number)
        case .peerClosed(let number):
            byNumber[number]?.isClosedByPeer = true
            forget(number)
        case .resetAcknowledged:
            isResetAcknowledged = true
        case .resetRequested:
            farewell = "The peer asked for a reset"
            wake.offer(())
        case .connected, .credit, .payload:
            break
        }
        return nil
    }

    private func deliver(_ bytes: UnsafeRawBufferPointer, of incoming: XLinkIncoming) {
        let (stream, handler) = locked { () -> (XLinkStream?, XLinkPacketHandler?) in
            send(endpoint.received(incoming, at: Timestamp.now().nanoseconds))
            let stream = byNumber[incoming.stream]
            guard let stream, stream.handler == nil else { return (stream, stream?.handler) }
            stream.unread.append(Array(bytes))
            condition.broadcast()
            return (stream, nil)
        }
        guard let stream, let handler else { return }
        handler(bytes)
        locked { release(bytes.count, of: stream) }
    }

    // MARK: The writing thread

    private func writeLoop() {
        let header = UnsafeMutableRawBufferPointer.allocate(byteCount: XLinkHeader.byteCount, alignment: 8)
        defer { header.deallocate() }
        var batch = Batch()
        do {
            while wake.next() != nil {
                while take(&batch) {
                    for answer in batch.answers { try write(answer, [], header) }
                    batch.answers.removeAll(keepingCapacity: true)
                    guard let packet = batch.packet else { continue }
                    try write(packet.header, packet.bytes, header)
                    locked {
                        sentPackets += 1
                        condition.broadcast()
                    }
                }
            }
        } catch {
            end(because: "\(error)")
        }
    }

    /// Takes everything in the outbox and one packet; false when there is nothing to send.
    private func take(_ batch: inout Batch) -> Bool {
        if let farewell = locked({ outbox.isEmpty && packets.isEmpty ? farewell : nil }) { end(because: farewell) }
        return locked {
            guard sentence == nil, !(outbox.isEmpty && packets.isEmpty) else { return false }
            swap(&outbox, &batch.answers)
            batch.packet = packets.isEmpty ? nil : packets.removeFirst()
            return true
        }
    }

    private func write(_ header: XLinkHeader, _ bytes: [UInt8], _ buffer: UnsafeMutableRawBufferPointer) throws {
        header.encode(into: buffer)
        try bytes.withUnsafeBytes { try transport.write(header: UnsafeRawBufferPointer(buffer), payload: $0) }
    }

    // MARK: With the condition locked

    /// Queues an event without payload.
    private func send(_ header: XLinkHeader) {
        outbox.append(header)
        wake.offer(())
    }

    private func release(_ count: Int, of stream: XLinkStream) {
        guard let number = stream.number,
            let header = endpoint.release(count, of: number, at: Timestamp.now().nanoseconds)
        else { return }
        send(header)
    }

    private func streamNamed(_ name: String) -> XLinkStream {
        if let stream = byName[name] { return stream }
        let stream = XLinkStream(name, of: self)
        byName[name] = stream
        return stream
    }

    private func attach(_ stream: XLinkStream, to number: UInt32) -> XLinkStream {
        stream.number = number
        byNumber[number] = stream
        return stream
    }

    private func forget(_ number: UInt32) {
        guard !endpoint.knows(number), let stream = byNumber.removeValue(forKey: number) else { return }
        byName[stream.name] = nil
    }

    /// Streams know their connection, and handlers often do: what is over lets go of both.
    private func forgetEverything() {
        for stream in byName.values { stream.handler = nil }
        byName = [:]
        byNumber = [:]
    }

    // MARK: Locking

    private func locked<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        condition.lock()
        defer { condition.unlock() }
        return try body()
    }

    /// Waits, after `first`, until `attempt` has a result; both run with the condition locked.
    @discardableResult
    private func waiting<Result>(
        for what: String, until deadline: Timestamp, first: () -> Void = {}, _ attempt: () throws(XLinkError) -> Result?
    ) throws(XLinkError) -> Result {
        condition.lock()
        defer { condition.unlock() }
        first()
        while true {
            if let sentence { throw .ended(sentence) }
            if let result = try attempt() { return result }
            guard condition.wait(until: deadline) else { throw .timedOut(what) }
        }
    }
}

/// A packet on its way out.
private struct Packet {
    let header: XLinkHeader
    let bytes: [UInt8]
}

/// What the writing thread sends before it looks again: answers first.
private struct Batch {
    var answers: [XLinkHeader] = []
    var packet: Packet?
}
