// SPDX-License-Identifier: Apache-2.0
import API
import Codec
import Core
import Foundation
import Logging
import NIOCore
import Pipeline
import TestSupport
import Testing

@Suite("Live pictures and events", .timeLimit(.minutes(1)))
struct LiveTests {
    private static let streams = "/api/v1/cameras/front/streams"

    @Test(
        "Every kind of picture can be watched: each part is a whole JPEG with its exposure named",
        arguments: [(StreamName.right, PixelFormat.gray8), (.color, .bgr24), (.previewout, .bgrPlanar), (.color, .i420)])
    func pictures(stream: StreamName, format: PixelFormat) async throws {
        let camera = FakeCamera("front")
        try await RunningServer.with(FakeAppliance([camera])) { server in
            let wire = try await Wire.connect(server.port)
            let head = try await wire.ask("GET", "\(Self.streams)/\(stream.rawValue)/mjpeg?fps=240")
            #expect(head.status == 200)
            #expect(head.fields["content-type"] == "multipart/x-mixed-replace; boundary=frame")
            #expect(try await wire.chunk() == Array("--frame\r\n".utf8))
            // However fast the machine is, the pictures are 10 ms apart: the viewer wants 240 a second.
            let start = Timestamp.now()
            for sequence in [5, 6] {
                let captured = start.advanced(byNanoseconds: Int64(sequence) * 10_000_000)
                camera.publishPicture(stream, sequence: sequence, format: format, captured: captured)
                let part = try await Self.part(wire)
                #expect(part.fields["x-sequence"] == "\(sequence)")
                #expect(part.fields["x-capture-ns"] == "123456789")
                #expect(part.picture.starts(with: [0xFF, 0xD8, 0xFF]) && part.picture.suffix(2) == [0xFF, 0xD9])
            }
        }
    }

    @Test("A snapshot is the next picture: JPEG to look at, PNG with every value kept")
    func snapshots() async throws {
        let camera = FakeCamera("front")
        try await RunningServer.with(FakeAppliance([camera])) { server in
            async let jpeg = server.fetch("\(Self.streams)/color/snapshot.jpg?quality=50")
            await Self.subscribed(camera, .color)
            camera.publishPicture(.color, sequence: 8, format: .bgr24)
            #expect(try await jpeg.fields["content-type"] == "image/jpeg")
            #expect(try await jpeg.fields["x-sequence"] == "8")
            async let depth = server.fetch("\(Self.streams)/depth_raw/snapshot.png")
            await Self.subscribed(camera, .depth)
            camera.publishPicture(.depth, format: .depth16)
            let png = try await depth.body
            #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            // IHDR: width 64, height 48, 16 bits, grey.
            #expect(png[16..<26].elementsEqual([0, 0, 0, 64, 0, 0, 0, 48, 16, 0]))
        }
    }

    @Test(
        "A snapshot waits longer while the camera runs, not while it is only about to",
        arguments: [(CameraState.running, 200), (.starting, 503)])
    func lateSnapshots(state: CameraState, status: Int) async throws {
        // The picture comes when the scheduler, having waited in vain, asks how the camera is.
        let camera = FakeCamera("front", state: state, statusAsked: { $0.publishPicture(.right) })
        let reply = try await RunningServer.with(FakeAppliance([camera]), { $0.snapshotTimeout = .milliseconds(20) }) { server in
            try await server.fetch("\(Self.streams)/right/snapshot.jpg")
        }
        #expect(reply.status == status)
    }

    @Test("A snapshot of jpegout asks the camera for a picture and passes it on as it is")
    func jpegout() async throws {
        let file: [UInt8] = [0xFF, 0xD8, 1, 2, 3, 0xFF, 0xD9]
        let camera = FakeCamera("front") { camera in
            camera.hub.publish(StreamPacket(.jpeg(file), sequence: 3, captured: .now()), on: .jpegout)
        }
        let reply = try await RunningServer.with(FakeAppliance([camera])) {
            try await $0.fetch("\(Self.streams)/jpegout/snapshot.jpg")
        }
        #expect(reply.body == file)
    }

    @Test("Events carry the JSON of latest under the exposure's number")
    func events() async throws {
        let camera = FakeCamera("front")
        camera.publishDetections([], sequence: 20)
        try await RunningServer.with(FakeAppliance([camera])) { server in
            let wire = try await Wire.connect(server.port)
            let head = try await wire.ask("GET", "\(Self.streams)/metaout/events")
            #expect(head.fields["content-type"] == "text/event-stream")
            #expect(try await wire.chunk() == Array("retry: 1000\n\n".utf8))
            // The newest result comes at once, then each new one.
            for sequence in [20, 21] {
                if sequence == 21 { camera.publishDetections([], sequence: 21) }
                let event = try await Self.event(wire)
                #expect(event.id == "\(sequence)")
                #expect(event.object["frame"] as? Int == sequence)
                #expect(event.object["stream"] as? String == "metaout")
            }
        }
    }

    @Test("Readings of a motion sensor are events and a latest result, each as described")
    func motion() async throws {
        let camera = FakeCamera("front")
        camera.publishMotion(sequence: 5)
        try await RunningServer.with(FakeAppliance([camera])) { server in
            let wire = try await Wire.connect(server.port)
            _ = try await wire.ask("GET", "\(Self.streams)/imu/events")
            #expect(try await wire.chunk() == Array("retry: 1000\n\n".utf8))
            let event = try await Self.event(wire)
            #expect(event.id == "5" && event.object["camera"] as? String == "front")
            let sample = try #require((event.object["samples"] as? [[String: Any]])?.first)
            #expect(sample["accelerometer"] as? [Double] == [0, 9.81, -0.5] && sample["gyroscope"] as? [Double] == [0.25, 0, 0])
            let latest = try await server.fetch("\(Self.streams)/imu/latest").object
            #expect(latest["sequence"] as? Int == 5)
        }
    }

    @Test("What a camera tells about itself stands in its status, under the names that are described")
    func device() async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")])) { server in
            let camera = try await server.fetch("/api/v1/cameras/front").object
            let device = try #require(camera["device"] as? [String: [String: Any]])
            #expect(device["temperatures_c"]?["average"] as? Double == 42.5 && device["cpu"]?["css"] as? Double == 0.25)
            #expect((device["memory"]?["css_heap"] as? [String: Int]) == ["used_bytes": 1 << 20, "total_bytes": 2 << 20])
            #expect((camera["crash_dump"] as? [String: String])?["file"] == "crash-dumps/a.json")
        }
    }

    @Test("A camera that goes is told as a gap, once and between the events around it, and the stream goes on")
    func gap() async throws {
        let camera = FakeCamera("front")
        try await RunningServer.with(FakeAppliance([camera])) { server in
            let wire = try await Wire.connect(server.port)
            _ = try await wire.ask("GET", "\(Self.streams)/metaout/events")
            #expect(try await wire.chunk() == Array("retry: 1000\n\n".utf8))
            camera.publishDetections([], sequence: 1)
            #expect(String(decoding: try await wire.chunk(), as: UTF8.self).hasPrefix("id: 1\n"))
            camera.hub.interrupt(StreamGap(camera: "front", state: .lost, why: "no camera\nis plugged in"))
            let gap = String(decoding: try await wire.chunk(), as: UTF8.self)
            #expect(
                gap == "event: gap\ndata: {\"camera\":\"front\",\"state\":\"lost\",\"why\":\"no camera\\nis plugged in\"}\n\n")
            camera.hub.offer([.metaout: nil])
            camera.publishDetections([], sequence: 2)
            #expect(String(decoding: try await wire.chunk(), as: UTF8.self).hasPrefix("id: 2\n"))
        }
    }

    @Test("What the camera tells about itself passes as it is, even over several lines")
    func severalLines() async throws {
        let camera = FakeCamera("front")
        camera.hub.publish(StreamPacket(.json("{\n\"a\": 1\n}"), sequence: 4, captured: .now()), on: .metaD2H)
        try await RunningServer.with(FakeAppliance([camera])) { server in
            #expect(try await server.fetch("\(Self.streams)/meta_d2h/latest").object["a"] as? Int == 1)
            let wire = try await Wire.connect(server.port)
            _ = try await wire.ask("GET", "\(Self.streams)/meta_d2h/events")
            _ = try await wire.chunk()
            #expect(try await wire.chunk() == Array("id: 4\ndata: {\ndata: \"a\": 1\ndata: }\n\n".utf8))
        }
    }

    @Test("A silent event stream is kept alive by comments")
    func heartbeat() async throws {
        try await RunningServer.with(FakeAppliance([FakeCamera("front")]), { $0.heartbeat = .milliseconds(10) }) { server in
            let wire = try await Wire.connect(server.port)
            _ = try await wire.ask("GET", "\(Self.streams)/metaout/events")
            _ = try await wire.chunk()
            #expect(try await wire.chunk() == Array(": alive\n\n".utf8))
        }
    }

    @Test("A video begins at a key picture for everybody, and after a loss at the next")
    func elementary() async throws {
        let camera = FakeCamera("front")
        @Sendable func publish(_ number: Int, isKey: Bool) {
            let units = VideoUnits(bytes: [0, 0, 1, UInt8(number)], isKey: isKey)
            let packet = VideoPacket(coding: .h264, units: units, width: 16, height: 16, number: number)
            camera.hub.publish(StreamPacket(.video(packet), sequence: number, captured: .now()), on: .video)
        }
        try await RunningServer.with(FakeAppliance([camera])) { server in
            #expect(try await server.fetch("\(Self.streams)/left/elementary").status == 415)
            #expect(try await server.fetch("\(Self.streams)/video/latest").status == 415)
            #expect(try await server.fetch("\(Self.streams)/video/mjpeg").status == 415)
            let wire = try await Wire.connect(server.port)
            let head = try await wire.ask("GET", "\(Self.streams)/video/elementary")
            #expect(head.status == 200 && head.fields["content-type"] == "application/octet-stream")
            await until { camera.hub.isWanted(.video, at: .now()) }
            for (number, isKey) in [(4, false), (5, true), (6, false), (8, false), (9, false), (10, true), (11, false)] {
                publish(number, isKey: isKey)
            }
            for number in [5, 6, 10, 11] { #expect(try await wire.chunk() == [0, 0, 1, UInt8(number)]) }
            await wire.close()
        }
    }

    @Test("Viewers of the same picture share one encoding, which ends with the last of them")
    func sharing() async throws {
        let camera = FakeCamera("front")
        try await RunningServer.with(FakeAppliance([camera])) { server in
            var wires: [Wire] = []
            for _ in 0..<4 {
                let wire = try await Wire.connect(server.port)
                _ = try await wire.ask("GET", "\(Self.streams)/color/mjpeg")
                _ = try await wire.chunk()
                wires.append(wire)
            }
            #expect(server.live.subscribers == 4)
            #expect(server.live.broadcasts == 1)
            for sequence in 1...3 {
                camera.publishPicture(.color, sequence: sequence, format: .bgr24)
                var pictures: Set<[UInt8]> = []
                for wire in wires { pictures.insert(try await Self.part(wire).picture) }
                #expect(pictures.count == 1)
            }
            #expect(server.encoded == 3)
            for wire in wires { await wire.close() }
            await until { server.live.broadcasts == 0 }
            await until { camera.hub.statistics.allSatisfy { $0.subscribers == 0 } }
        }
    }

    /// Serves with a broadcast whose encoder is made by `makeEncoder`, and one subscriber.
    private func withBroadcast(
        logger: Logger, makeEncoder: @escaping @Sendable () throws -> BroadcastRecipe.Encode,
        _ body: @Sendable (RunningServer, Subscriber) async throws -> Void
    ) async throws {
        let camera = FakeCamera("front")
        try await RunningServer.with(FakeAppliance([camera]), logger: logger) { server in
            let recipe = BroadcastRecipe(subscribe: { camera.hub.subscribe(.color) }, makeEncoder: makeEncoder)
            let key = BroadcastKey(camera: camera.id, form: .pictures(.color, quality: 1))
            try await body(server, try server.server.broadcasts.join(key, recipe))
        }
    }

    @Test("Viewers of a stream whose encoder cannot be made are disconnected; it is logged and counted")
    func noEncoder() async throws {
        let lines = LogLines()
        try await withBroadcast(
            logger: Logger(label: "test") { _ in lines }, makeEncoder: { throw CodecError.encodingFailed("no memory") }
        ) { server, subscriber in
            #expect(await subscriber.mailbox.receive() == nil)
            #expect(lines.all.filter { $0.hasPrefix("no encoder for a live stream") }.count == 1)
            #expect(server.live.counters["encode_failed"] == 1)
            await until { server.server.heartbeats.isEmpty }
            // Whoever comes next gets a fresh broadcast.
            let camera = FakeCamera("front")
            let fresh = try server.server.broadcasts.join(
                subscriber.key,
                BroadcastRecipe(subscribe: { camera.hub.subscribe(.color) }) {
                    { _ in nil }
                })
            #expect(server.live.broadcasts == 1 && server.live.subscribers == 2)
            _ = fresh
        }
    }

    @Test("The watchdog sees a broadcast that is stuck in its encoder, even when nobody is left to watch it")
    func stuckEncoder() async throws {
        let release = Mailbox<Void>(capacity: 1, onFull: .dropNewest)
        defer { release.close() }
        try await withBroadcast(
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            makeEncoder: {
                _ = release.next()
                return { _ in nil }
            }
        ) { server, subscriber in
            await until { server.server.heartbeats.contains(where: \.isAtWork) }
            let heartbeat = try #require(server.server.heartbeats.first)
            #expect(heartbeat.stage == "live front color pictures 1")
            #expect(heartbeat.overdue(at: .now().advanced(byNanoseconds: 30_000_000_000), limit: 20_000_000_000) != nil)
            server.server.broadcasts.stop()
            #expect(server.live.broadcasts == 0 && server.server.heartbeats.contains(where: \.isAtWork))
            release.close()
            await until { server.server.heartbeats.isEmpty }
            #expect(!heartbeat.isAtWork)
        }
    }

    @Test("A viewer that asks for fewer pictures costs fewer encodings")
    func rate() async throws {
        let camera = FakeCamera("front")
        try await RunningServer.with(FakeAppliance([camera])) { server in
            let wire = try await Wire.connect(server.port)
            _ = try await wire.ask("GET", "\(Self.streams)/color/mjpeg?fps=0.1")
            _ = try await wire.chunk()
            // By the pictures' own time, however long the test takes.
            let first = Timestamp.now()
            camera.publishPicture(.color, sequence: 1, format: .bgr24, captured: first)
            #expect(try await Self.part(wire).fields["x-sequence"] == "1")
            let every = try await Wire.connect(server.port)
            _ = try await every.ask("GET", "\(Self.streams)/right/mjpeg")
            _ = try await every.chunk()
            camera.publishPicture(.color, sequence: 2, format: .bgr24, captured: first.advanced(byNanoseconds: 1_000_000_000))
            camera.publishPicture(.right, sequence: 3)
            _ = try await Self.part(every)
            #expect(server.encoded == 2)
        }
    }

    @Test("Places for viewers and for different encodings are limited, and come back")
    func caps() async throws {
        let adjust = { (settings: inout HTTPServerSettings) in (settings.maximumViewers, settings.maximumLiveEncodings) = (2, 1) }
        try await RunningServer.with(FakeAppliance([FakeCamera("front")]), adjust) { server in
            let first = try await Wire.connect(server.port)
            #expect(try await first.ask("GET", "\(Self.streams)/color/mjpeg").status == 200)
            let other = try await server.fetch("\(Self.streams)/color/mjpeg?quality=10")
            #expect(other.status == 503)
            #expect(other.refusal[0] == "too_many_encodings")
            let second = try await Wire.connect(server.port)
            #expect(try await second.ask("GET", "\(Self.streams)/color/mjpeg").status == 200)
            let third = try await server.fetch("\(Self.streams)/color/mjpeg")
            #expect(third.status == 503)
            #expect(third.refusal[0] == "too_many_viewers")
            #expect(third.fields["retry-after"] == "5")
            await second.close()
            await until { server.live.subscribers == 1 }
            let fourth = try await Wire.connect(server.port)
            #expect(try await fourth.ask("GET", "\(Self.streams)/color/mjpeg").status == 200)
        }
    }

    private static func subscribed(_ camera: FakeCamera, _ stream: StreamName) async {
        await until { camera.hub.statistics.contains { $0.name == stream.rawValue && $0.subscribers > 0 } }
    }

    /// The next part of a multipart answer, put together from its chunks.
    private static func part(_ wire: Wire) async throws -> (fields: [String: String], picture: [UInt8]) {
        var bytes: [UInt8] = []
        while !bytes.suffix(9).elementsEqual("--frame\r\n".utf8) { bytes += try await wire.chunk() }
        let end = try #require(bytes.firstRange(of: Array("\r\n\r\n".utf8)))
        var fields: [String: String] = [:]
        for line in String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n") {
            let pair = line.components(separatedBy: ": ")
            fields[pair[0].lowercased()] = pair[1]
        }
        let length = try #require(fields["content-length"].flatMap { Int($0) })
        #expect(bytes.count == end.upperBound + length + 11)
        return (fields, Array(bytes[end.upperBound..<end.upperBound + length]))
    }

    private static func event(_ wire: Wire) async throws -> (id: String, object: [String: Any]) {
        let lines = String(decoding: try await wire.chunk(), as: UTF8.self).components(separatedBy: "\n")
        #expect(lines.count == 4 && lines[2].isEmpty && lines[3].isEmpty)
        let object = try JSONSerialization.jsonObject(with: Data(lines[1].dropFirst(6).utf8))
        return (String(lines[0].dropFirst(4)), object as? [String: Any] ?? [:])
    }
}
