// SPDX-License-Identifier: Apache-2.0
import Foundation
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Hummingbird's HTTP/1 connection with the guards it lacks around it.
struct GuardedChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let http: HTTP1Channel
    let registry: ConnectionRegistry
    let limits: ConnectionClock.Limits
    let webSockets: WebSocketRouter

    init(
        responder: @escaping HTTPChannelHandler.Responder, registry: ConnectionRegistry, limits: ConnectionClock.Limits,
        webSockets: WebSocketRouter
    ) {
        self.webSockets = webSockets
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 32 * 1024, maxHeaderFieldCount: 100)
        http = HTTP1Channel(responder: responder, configuration: .init(httpDecoderConfiguration: decoder))
        self.registry = registry
        self.limits = limits
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try tune(channel)
        }.flatMap {
            http.setup(channel: channel, logger: logger)
        }.flatMapThrowing { value in
            let watch = ConnectionGuard(channel: channel, registry: registry, limits: limits, logger: logger)
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let messages = MessageGuard(watch)
            try pipeline.addHandler(messages, position: .after(decoder))
            try pipeline.addHandler(WebSocketUpgrade(webSockets, watch), position: .after(messages))
            try pipeline.addHandler(ByteGuard(watch), position: .first)
            return value
        }
    }

    /// Bounds what the kernel keeps for a slow reader, and finds out about clients whose cable was pulled.
    private func tune(_ channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        try options.setOption(.socketOption(.so_sndbuf), value: GuardedChannel.sendBufferBytes)
        try options.setOption(.socketOption(.so_keepalive), value: 1)
        try options.setOption(.tcpOption(.init(rawValue: CInt(TCP_USER_TIMEOUT))), value: 20_000)
    }

    /// About two pictures: more would only make the picture older on a slow network.
    private static let sendBufferBytes = 256 * 1024

    func handle(value: Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
    }
}
