// SPDX-License-Identifier: Apache-2.0
import API
import Core
import Foundation
import NIOCore
import Pipeline
import ServiceLifecycle
import Testing

@Suite("Clients that hold on without asking are let go", .timeLimit(.minutes(1)))
struct DefenceTests {
    private static let short = { @Sendable (settings: inout HTTPServerSettings) in
        settings.idleTimeout = .seconds(3600)
        settings.requestDeadline = .seconds(3600)
        settings.writeStall = .seconds(3600)
    }

    @Test("A connection without a request is closed")
    func idle() async throws {
        try await RunningServer.with(
            FakeAppliance([]),
            {
                Self.short(&$0); $0.idleTimeout = .milliseconds(200)
            }
        ) { server in
            let wire = try await Wire.connect(server.port)
            #expect(await wire.drain() == 0)
            let polite = try await askedInTime(server.port)
            _ = await polite.drain()
        }
    }

    @Test("A head that never ends is cut off, however its bytes are dripped")
    func slowHead() async throws {
        try await RunningServer.with(
            FakeAppliance([]),
            {
                Self.short(&$0); $0.requestDeadline = .milliseconds(100)
            }
        ) { server in
            let wire = try await Wire.connect(server.port)
            try? await wire.send("GET / HTTP/1.1\r\nX-Slow: ")
            drip(wire)
            #expect(await wire.drain() == 0)
        }
    }

    @Test("A body that never ends is cut off, however its bytes are dripped")
    func slowBody() async throws {
        let appliance = FakeAppliance([FakeCamera("front")])
        try await RunningServer.with(
            appliance,
            {
                Self.short(&$0); $0.requestDeadline = .milliseconds(100)
            }
        ) { server in
            let wire = try await Wire.connect(server.port)
            try? await wire.send("PUT /api/v1/cameras/front/pipeline HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n")
            drip(wire)
            _ = await wire.drain()
            #expect(appliance.fakes[0].pipelineJSON().contains("previewout"))
        }
    }

    @Test("A viewer that takes nothing is cut off and gives its place back; another one sees every picture meanwhile")
    func stalledReader() async throws {
        let camera = FakeCamera("front")
        try await RunningServer.with(
            FakeAppliance([camera]),
            {
                Self.short(&$0); $0.writeStall = .seconds(1)
            }
        ) { server in
            let stalled = try await Wire.connect(server.port, reading: false)
            try await stalled.send("GET /api/v1/cameras/front/streams/right/mjpeg?quality=100 HTTP/1.1\r\nHost: a\r\n\r\n")
            await until { server.live.subscribers == 1 }
            let good = try await Wire.connect(server.port)
            #expect(try await good.ask("GET", "/api/v1/cameras/front/streams/right/mjpeg?quality=100").status == 200)
            var sequence = 0
            while server.live.subscribers == 2 {
                sequence += 1
                camera.publishPicture(.right, sequence: sequence, width: 1024, height: 768) { bytes in
                    for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: (index &* 2_654_435_761) >> 13) }
                }
                #expect(try await good.read(until: "--frame\r\n").isEmpty == false || sequence == 1)
            }
            #expect(server.live.subscribers == 1)
            await stalled.close()
        }
    }

    @Test("With every place taken a newcomer is told so")
    func full() async throws {
        let adjust = { @Sendable (settings: inout HTTPServerSettings) in
            (settings.maximumConnections, settings.connectionsReservedForLoopback) = (1, 1)
        }
        try await RunningServer.with(FakeAppliance([FakeCamera("front")]), adjust) { server in
            let viewer = try await Wire.connect(server.port)
            #expect(try await viewer.ask("GET", "/api/v1/cameras/front/streams/color/mjpeg").status == 200)
            let newcomer = try await Wire.connect(server.port)
            let head = try await newcomer.head()
            #expect(head.status == 503)
            #expect(head.fields["retry-after"] == "5")
        }
    }

    @Test("A newcomer takes the place of an idle connection")
    func replaced() async throws {
        try await RunningServer.with(FakeAppliance([]), { $0.maximumConnections = 1 }) { server in
            let first = try await Wire.connect(server.port)
            #expect(try await first.ask("GET", "/api/v1/cameras").status == 200)
            let second = try await Wire.connect(server.port)
            #expect(try await second.ask("GET", "/api/v1/cameras").status == 200)
            _ = await first.drain()
        }
    }

    @Test("The end of the daemon ends streams properly and at once")
    func shutdown() async throws {
        let appliance = FakeAppliance([FakeCamera("front")])
        try await RunningServer.with(
            appliance,
            {
                Self.short(&$0); $0.shutdownGrace = .seconds(3600)
            }
        ) { server in
            let pictures = try await Wire.connect(server.port)
            _ = try await pictures.ask("GET", "/api/v1/cameras/front/streams/color/mjpeg")
            _ = try await pictures.chunk()
            let events = try await Wire.connect(server.port)
            _ = try await events.ask("GET", "/api/v1/cameras/front/streams/metaout/events")
            _ = try await events.chunk()
            let idle = try await Wire.connect(server.port)
            _ = try await idle.ask("GET", "/api/v1/cameras")
            await server.group.triggerGracefulShutdown()
            #expect(try await pictures.chunk().isEmpty)
            #expect(try await events.chunk().isEmpty)
            _ = await idle.drain()
        }
    }

    @Test("The end of the daemon does not wait for a viewer that takes nothing")
    func shutdownWithStalledReader() async throws {
        let camera = FakeCamera("front")
        try await RunningServer.with(
            FakeAppliance([camera]),
            {
                Self.short(&$0); $0.shutdownGrace = .milliseconds(50)
            }
        ) { server in
            let stalled = try await Wire.connect(server.port, reading: false)
            try await stalled.send("GET /api/v1/cameras/front/streams/right/mjpeg?quality=100 HTTP/1.1\r\nHost: a\r\n\r\n")
            await until { server.live.subscribers == 1 }
            for sequence in 1...20 {
                let before = server.encoded
                camera.publishPicture(.right, sequence: sequence, width: 1024, height: 768) { bytes in
                    for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: (index &* 2_654_435_761) >> 13) }
                }
                await until { server.encoded > before }
            }
            await server.group.triggerGracefulShutdown()
        }
    }

    /// A connection whose request was answered. On a busy machine it may be let go before it has asked: then another asks.
    private func askedInTime(_ port: Int) async throws -> Wire {
        while true {
            let wire = try await Wire.connect(port)
            if let head = try? await wire.ask("GET", "/api/v1/cameras"), head.status == 200 { return wire }
            try Task.checkCancellation()
        }
    }

    /// Sends a byte every few milliseconds until the other side has had enough.
    private func drip(_ wire: Wire) {
        let channel = wire.channel
        channel.eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(5), delay: .milliseconds(5)) { task in
            guard channel.isActive else { return task.cancel() }
            channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
        }
    }
}
