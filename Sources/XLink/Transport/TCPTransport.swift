// SPDX-License-Identifier: Apache-2.0
public import Core
import Glibc
import Synchronization

/// XLink over TCP, as network cameras speak it. Headers and payloads follow each other without other framing.
public final class TCPTransport: XLinkTransport {
    /// Where network cameras listen.
    public static let standardPort = 11490

    /// Sent bytes that the peer's system does not confirm for so long mean that the link is gone, in milliseconds. Without it,
    /// an unplugged network camera would be missed only once all credit is used up.
    private static let unconfirmedLimit: Int32 = 10_000

    private let descriptor: Int32
    private let isOpen = Atomic(true)

    /// Takes over a connected socket.
    public init(descriptor: Int32) {
        self.descriptor = descriptor
        // Children of the daemon do not hold cameras.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        // Refused by sockets that are not TCP, where it means nothing.
        Self.set(descriptor, TCP_NODELAY, 1)
        Self.set(descriptor, TCP_USER_TIMEOUT, Self.unconfirmedLimit)
    }

    deinit { close(descriptor) }

    /// Connects; each address that the host has gets what is left of the time.
    /// - Parameters:
    ///   - host: an address, or a name that the system resolves (which takes as long as it takes).
    ///   - deadline: when to give up.
    public static func connect(
        to host: String, port: Int = standardPort, until deadline: Timestamp
    ) throws(XLinkTransportError) -> TCPTransport {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else {
            throw .unreachable("'\(host)' is not an address (\(String(cString: gai_strerror(code)))); check the camera's address")
        }
        defer { freeaddrinfo(list) }
        var failure = ENOENT
        var next = list
        while let address = next?.pointee {
            switch descriptor(connectedTo: address, until: deadline) {
            case .success(let descriptor): return TCPTransport(descriptor: descriptor)
            case .failure(let error): failure = error.rawValue
            }
            next = address.ai_next
        }
        throw .unreachable("No connection to \(host):\(port) (\(reason(failure))); check the camera's address and its network")
    }

    private static func descriptor(connectedTo address: addrinfo, until deadline: Timestamp) -> Result<Int32, POSIXFailure> {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.ai_family, kind, 0)
        guard descriptor >= 0 else { return .failure(POSIXFailure(rawValue: errno)) }
        var failure = Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno
        if failure == EINPROGRESS { failure = outcome(of: descriptor, until: deadline) }
        guard failure == 0 else {
            close(descriptor)
            return .failure(POSIXFailure(rawValue: failure))
        }
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
        return .success(descriptor)
    }

    /// Waits for a connection that is being made; 0 or what went wrong.
    private static func outcome(of descriptor: Int32, until deadline: Timestamp) -> Int32 {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        var ready: Int32
        repeat {
            let left = max(0, deadline.nanoseconds(since: .now()) / 1_000_000)
            ready = poll(&entry, 1, Int32(clamping: left))
        } while ready < 0 && errno == EINTR
        guard ready > 0 else { return ready == 0 ? ETIMEDOUT : errno }
        var failure: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &length)
        return failure
    }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(XLinkTransportError) {
        var done = 0
        while done < buffer.count {
            let count = recv(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .gone(count == 0 ? "The peer closed the connection" : Self.lost(errno)) }
            done += count
        }
    }

    public func write(header: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer) throws(XLinkTransportError) {
        var done = 0
        while done < header.count + payload.count {
            let sent = send(header.dropFirst(done), payload.dropFirst(max(0, done - header.count)))
            if sent < 0, errno == EINTR { continue }
            guard sent > 0 else { throw .gone(Self.lost(errno)) }
            done += sent
        }
    }

    /// Sends as much of two pieces as the kernel takes at once; no signal when the peer is gone.
    private func send(_ first: Slice<UnsafeRawBufferPointer>, _ second: Slice<UnsafeRawBufferPointer>) -> Int {
        func vector(_ piece: Slice<UnsafeRawBufferPointer>) -> iovec {
            let bytes = UnsafeRawBufferPointer(rebasing: piece)
            return iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
        }
        var vectors = (vector(first), vector(second))
        return withUnsafeMutablePointer(to: &vectors) { pointer in
            var message = msghdr()
            message.msg_iov = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: iovec.self)
            message.msg_iovlen = 2
            return sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
        }
    }

    public func shutdown() {
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        _ = Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private static func set(_ descriptor: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, Int32(IPPROTO_TCP), option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func lost(_ code: Int32) -> String { "The connection is lost: \(reason(code))" }
    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// A number of `errno`.
private struct POSIXFailure: Error { let rawValue: Int32 }
