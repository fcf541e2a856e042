// SPDX-License-Identifier: Apache-2.0

/// Why bytes do not get through.
public enum XLinkTransportError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no connection: the address, the limit, what the system says.
    case unreachable(String)
    /// The connection is over; nothing more can be read or written.
    case gone(String)

    public var description: String {
        switch self {
        case .unreachable(let why), .gone(let why): why
        }
    }
}

/// What carries a link: TCP or USB. Blocks, so one thread reads and another writes; neither is a thread of Swift's tasks.
public protocol XLinkTransport: Sendable {
    /// Fills the buffer. Waits as long as it takes: a read that gives up would lose what has come so far.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(XLinkTransportError)

    /// Writes both, one after the other; the payload may be empty.
    func write(header: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer) throws(XLinkTransportError)

    /// Ends the connection: a read and a write that wait throw at once. From any thread, any number of times.
    func shutdown()
}
