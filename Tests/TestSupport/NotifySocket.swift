// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What systemd has for a service: a socket that hears what becomes of it.
public final class NotifySocket: Sendable {
    /// As `NOTIFY_SOCKET` has it.
    public let name: String
    private let descriptor: Int32

    /// A call failed.
    public struct Failure: Error {
        let call: String
        let code = errno
    }

    /// - Parameter isAbstract: a name of the abstract name space instead of a file in the temporary directory.
    public init(isAbstract: Bool = false) throws {
        let file = "\(isAbstract ? "@" : NSTemporaryDirectory() + "/")notify-\(UUID().uuidString)"
        name = file
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var path = Array(file.utf8)
        if isAbstract { path[0] = 0 }
        guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { throw Failure(call: "name") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard bound == 0 else { throw Failure(call: "bind") }
    }

    deinit {
        close(descriptor)
        if name.hasPrefix("/") { unlink(name) }
    }

    /// The oldest news that was not read yet, or what comes within so many seconds.
    public func next(within seconds: Int32 = 20) throws -> String {
        guard try isReadable(within: seconds) else { throw Failure(call: "poll") }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw Failure(call: "recv") }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// What comes until nothing has come for so many seconds, at most twenty pieces of it.
    public func all(within seconds: Int32) throws -> [String] {
        var news: [String] = []
        while news.count < 20, try isReadable(within: seconds) { news.append(try next()) }
        return news
    }

    /// Whether nothing waits to be read.
    public var isEmpty: Bool {
        get throws { try !isReadable(within: 0) }
    }

    private func isReadable(within seconds: Int32) throws -> Bool {
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let count = poll(&polled, 1, seconds * 1000)
        guard count >= 0 else { throw Failure(call: "poll") }
        return count > 0
    }
}
