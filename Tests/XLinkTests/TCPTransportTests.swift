// SPDX-License-Identifier: Apache-2.0
import Core
import Glibc
import TestSupport
import Testing
import XLink

/// A port of this machine that takes connections.
struct Listener {
    private let descriptor: Int32
    let port: Int

    init() {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        port = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length)
                getsockname(descriptor, $0, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        listen(descriptor, 4)
    }

    func accept() -> TCPTransport { TCPTransport(descriptor: Glibc.accept(descriptor, nil, nil)) }
    func close() { _ = Glibc.close(descriptor) }

    /// Both ends of a TCP connection.
    static func pair() throws -> (TCPTransport, TCPTransport) {
        let listener = Listener()
        defer { listener.close() }
        let first = try TCPTransport.connect(to: "127.0.0.1", port: listener.port, until: .soon)
        return (first, listener.accept())
    }
}

extension Timestamp {
    /// Long enough for whatever is to happen.
    static var soon: Timestamp { now().advanced(byNanoseconds: 60_000_000_000) }
    /// For what is not to happen.
    static var atOnce: Timestamp { now().advanced(byNanoseconds: 20_000_000) }
}

struct TCPTransportTests {
    private func read(_ count: Int, _ transport: TCPTransport) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes { try transport.read(into: $0) }
        return bytes
    }

    private func write(_ header: [UInt8], _ payload: [UInt8], _ transport: TCPTransport) throws {
        try header.withUnsafeBytes { header in
            try payload.withUnsafeBytes { try transport.write(header: header, payload: $0) }
        }
    }

    @Test func bytesArriveInOrderHoweverTheyAreCut() async throws {
        let (first, second) = try Listener.pair()
        var random = SeededRandom(1)
        let packets = (0..<40).map { index in
            (random.bytes(84), [UInt8](repeating: UInt8(index), count: index % 4 == 0 ? 0 : index * 100_000))
        }
        async let sent: Void = Blocking.run { for packet in packets { try self.write(packet.0, packet.1, first) } }
        let same = try await Blocking.run {
            try packets.allSatisfy { try self.read(84, second) == $0.0 && self.read($0.1.count, second) == $0.1 }
        }
        try await sent
        #expect(same)
    }

    @Test func aReadThatWaitsEndsWithShutdown() async throws {
        let (first, second) = try Listener.pair()
        async let ended = Blocking.run { () -> XLinkTransportError? in
            do { _ = try self.read(1, first) } catch { return error as? XLinkTransportError }
            return nil
        }
        first.shutdown()
        first.shutdown()
        #expect(try await ended == .gone("The peer closed the connection"))
        #expect(throws: XLinkTransportError.self) { _ = try read(1, second) }
    }

    @Test func aWriteThatWaitsEndsWithShutdown() async throws {
        let (first, second) = try Listener.pair()
        async let ended = Blocking.run { () -> XLinkTransportError? in
            let large = [UInt8](repeating: 1, count: 64 << 20)
            do { try self.write([], large, first) } catch { return error as? XLinkTransportError }
            return nil
        }
        // Bytes come, so the write is under way; the kernel does not take 64 MiB.
        _ = try read(1, second)
        first.shutdown()
        #expect(try await ended == .gone("The connection is lost: Broken pipe"))
    }

    @Test func writingToAPeerThatIsGoneIsAnErrorAndNoSignal() throws {
        let (first, second) = try Listener.pair()
        second.shutdown()
        first.shutdown()
        #expect(throws: XLinkTransportError.gone("The connection is lost: Broken pipe")) { try write([1], [2], first) }
    }

    @Test func aPortWithoutAListenerIsNamed() throws {
        let listener = Listener()
        listener.close()
        let error = #expect(throws: XLinkTransportError.self) {
            try TCPTransport.connect(to: "127.0.0.1", port: listener.port, until: .soon)
        }
        #expect(
            error?.description
                == "No connection to 127.0.0.1:\(listener.port) (Connection refused); check the camera's address and its network")
    }

    @Test func whatIsNoAddressIsNamed() throws {
        let error = #expect(throws: XLinkTransportError.self) { try TCPTransport.connect(to: "a b", until: .soon) }
        #expect(error?.description.hasPrefix("'a b' is not an address (") == true)
    }

    @Test func aSocketPairWillDo() throws {
        var descriptors: [Int32] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &descriptors) == 0)
        let (first, second) = (TCPTransport(descriptor: descriptors[0]), TCPTransport(descriptor: descriptors[1]))
        try write([1, 2], [3], first)
        #expect(try read(3, second) == [1, 2, 3])
    }
}
