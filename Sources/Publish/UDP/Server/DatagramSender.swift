// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Hands datagrams to the sockets, sealed where there is a key. Lives on the server's event loop.
final class DatagramSender {
    let seal: DatagramSeal?
    /// The server's own socket; nil while it is closed.
    var channel: (any Channel)?
    private let eventLoop: any EventLoop

    /// - Parameter seal: nil where no key is shared.
    init(seal: DatagramSeal?, eventLoop: any EventLoop) {
        self.seal = seal
        self.eventLoop = eventLoop
    }

    /// Bytes of a datagram of `size` that are left for header and body.
    func room(in size: Int) -> Int { size - (seal == nil ? 0 : DatagramSeal.length) }

    /// What was inside a datagram; nil when it should be sealed and is not, or by another key.
    func opened(_ datagram: [UInt8]) -> [UInt8]? {
        guard let seal else { return datagram }
        return seal.opened(datagram)
    }

    func isWritable(_ route: UDPSubscriber.Route) -> Bool {
        switch route {
        case .none: false
        case .address: channel?.isWritable ?? false
        case .connected(let channel): channel.isWritable
        }
    }

    /// Sends, or drops what the socket would not take now.
    /// - Parameter onFailure: called on the event loop when the datagram did not leave.
    func send(_ datagram: [UInt8], _ route: UDPSubscriber.Route, onFailure: @escaping (any Error) -> Void) {
        let datagram = seal?.sealed(datagram) ?? datagram
        let bound = NIOLoopBound(onFailure, eventLoop: eventLoop)
        let promise = eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenFailure { bound.value($0) }
        switch route {
        case .none: promise.succeed()
        case .address(let address):
            guard let channel, channel.isWritable else { return promise.fail(ChannelError.ioOnClosedChannel) }
            channel.write(AddressedEnvelope(remoteAddress: address, data: ByteBuffer(bytes: datagram)), promise: promise)
        case .connected(let channel): channel.write(ByteBuffer(bytes: datagram), promise: promise)
        }
    }

    func flush(_ route: UDPSubscriber.Route) {
        switch route {
        case .none: break
        case .address: channel?.flush()
        case .connected(let channel): channel.flush()
        }
    }
}
