// SPDX-License-Identifier: Apache-2.0
import Core
import NIOCore
import Pipeline

/// One lease's side of the sockets and hubs. Lives on the server's event loop.
final class UDPSubscriber {
    /// The way to the subscriber.
    enum Route {
        /// A target that cannot be reached now.
        case none
        /// By the server's own socket.
        case address(SocketAddress)
        /// By a socket tied to the receiver, which is told when nobody listens at the other end.
        case connected(any Channel)
    }

    struct Feed {
        let hub: StreamHub
        let subscription: Subscription
        /// The schema the receiver was told last.
        var described: UInt32?
    }

    let lease: Int
    var request: SubscribeRequest
    var route: Route
    var feeds: [UInt16: Feed] = [:]

    init(lease: Int, request: SubscribeRequest, route: Route) {
        self.lease = lease
        self.request = request
        self.route = route
    }

    /// Leaves the streams for which `condition` holds.
    func leave(where condition: (UInt16, Feed) -> Bool) {
        for (id, feed) in feeds where condition(id, feed) {
            feed.subscription.cancel()
            feeds[id] = nil
        }
    }

    func leaveAll() { leave { _, _ in true } }

    /// Gives up streams and route.
    func dismiss() {
        leaveAll()
        if case .connected(let channel) = route { channel.close(promise: nil) }
        route = .none
    }
}
