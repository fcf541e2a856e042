// SPDX-License-Identifier: Apache-2.0
public import Core

/// Gets a packet on the connection's reading thread. The bytes are valid during the call only; afterwards the packet is released.
/// It must not block: nothing else is read meanwhile. Of the stream's methods it may call `offer`.
public typealias XLinkPacketHandler = @Sendable (UnsafeRawBufferPointer) -> Void

/// One stream of an `XLinkConnection`: a name and two directions, each of which its writer opens.
///
/// `@unchecked Sendable`: every variable is touched only with the connection's condition locked.
public final class XLinkStream: @unchecked Sendable {
    public let name: String
    let connection: XLinkConnection

    /// The link's number for this stream; nil until the host has picked it.
    var number: UInt32?
    /// Whether this end may write, or has asked for it.
    var isOpen = false
    var isAsked = false
    var isClosedByPeer = false
    var handler: XLinkPacketHandler?
    /// Packets that came without a handler. The endpoint's limits bound them.
    var unread: [[UInt8]] = []

    init(_ name: String, of connection: XLinkConnection) {
        (self.name, self.connection) = (name, connection)
    }

    /// Asks to write, too, to a stream that the peer has opened. Does not wait for the answer, so `onOpen` may call it.
    public func open(writeSize: Int) throws(XLinkError) {
        try connection.open(name, writeSize: writeSize, until: nil)
    }

    /// Sends a packet: waits for credit and until the transport has taken it. Blocks; never call from a handler or a Swift task.
    /// A packet whose time ran out while the transport was busy may still leave.
    public func write(_ bytes: [UInt8], until deadline: Timestamp) throws(XLinkError) {
        try connection.write(bytes, to: self, until: deadline)
    }

    /// Queues a packet if the peer has answered `open` and has credit for it. Never waits, so handlers may call it.
    public func offer(_ bytes: [UInt8]) throws(XLinkError) -> Bool {
        try connection.offer(bytes, to: self)
    }

    /// The oldest packet that no handler took, or nil at the deadline. Blocks; never call from a handler or a Swift task.
    public func read(until deadline: Timestamp) throws(XLinkError) -> [UInt8]? {
        try connection.read(self, until: deadline)
    }

    /// Has `handler` called with every packet from now on; first with those that wait, on this thread. Once for a stream.
    public func setHandler(_ handler: @escaping XLinkPacketHandler) {
        connection.setHandler(handler, of: self)
    }

    /// Ends this end's direction: waits until the peer has released everything and has taken note.
    public func close(until deadline: Timestamp) throws(XLinkError) {
        try connection.close(self, until: deadline)
    }
}
