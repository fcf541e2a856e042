// SPDX-License-Identifier: Apache-2.0
import Core
import Glibc
import Synchronization

/// A connected stream socket that one thread reads and another writes; both block.
final class StreamSocket: Sendable {
    private let descriptor: Int32
    private let isOpen = Atomic(true)

    /// A socket that takes nothing for so long is as good as gone, seconds.
    private static let writeStall = 10
    /// Room in the kernel for about a picture: then sender and reader of a Unix socket need not take turns all the time.
    private static let localRoom: Int32 = 1 << 20

    /// Takes a connected descriptor over.
    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        // Children of the daemon do not hold clients.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var stall = timeval(tv_sec: Self.writeStall, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &stall, socklen_t(MemoryLayout<timeval>.size))
        var on: Int32 = 1
        // Of no meaning on a Unix socket, and refused there.
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        if Self.isLocal(descriptor) {
            var room = Self.localRoom
            setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &room, socklen_t(MemoryLayout<Int32>.size))
        }
        setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    private static func isLocal(_ descriptor: Int32) -> Bool {
        var domain: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_UNIX
    }

    /// Fills the buffer. False when the other side has ended, or `end` was called.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        var done = 0
        while done < buffer.count {
            let count = recv(descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    /// Writes pieces one after the other, without copying them. False when the other side is gone or takes nothing.
    func write(_ pieces: [UnsafeRawBufferPointer]) -> Bool {
        var vectors = pieces.filter { !$0.isEmpty }.map { piece in
            iovec(iov_base: UnsafeMutableRawPointer(mutating: piece.baseAddress), iov_len: piece.count)
        }
        var first = 0
        while first < vectors.count {
            let sent = vectors[first...].withUnsafeMutableBufferPointer { rest in
                var message = msghdr()
                message.msg_iov = rest.baseAddress
                message.msg_iovlen = rest.count
                return sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
            }
            if sent < 0, errno == EINTR { continue }
            guard sent > 0 else { return false }
            var rest = sent
            while first < vectors.count, rest >= vectors[first].iov_len {
                rest -= vectors[first].iov_len
                first += 1
            }
            if first < vectors.count, rest > 0 {
                vectors[first].iov_base = vectors[first].iov_base.map { $0 + rest }
                vectors[first].iov_len -= rest
            }
        }
        return true
    }

    /// Ends the conversation: both threads come back at once. May be called more than once.
    func end() {
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        shutdown(descriptor, Int32(SHUT_RDWR))
    }
}
