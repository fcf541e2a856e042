// SPDX-License-Identifier: Apache-2.0
import API
import Codec
import Core
import Foundation
import NIOCore
import Pipeline
import Testing

@Suite("The camera hub's WebSockets", .timeLimit(.minutes(1)))
struct HubSocketTests {
    private static let handshake = [
        "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]

    private func open(_ service: RunningServer, _ path: String, _ headers: [String] = []) async throws -> (Wire, Wire.Head) {
        let wire = try await Wire.connect(service.port)
        return (wire, try await wire.ask("GET", path, headers: Self.handshake + headers))
    }

    /// One frame from the server: its first byte and its payload.
    private func frame(_ wire: Wire) async throws -> (first: UInt8, payload: [UInt8]) {
        let head = try await wire.read(2)
        var length = Int(head[1] & 0x7F)
        if length >= 126 {
            length = try await wire.read(length == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) }
        }
        return (head[0], try await wire.read(length))
    }

    private func camera() async throws -> FakeCamera {
        let camera = FakeCamera("front")
        try await camera.attached.deploy(model: [1], configuration: #"{"type":"MobileNet"}"#, at: .color)
        return camera
    }

    private func publish(_ camera: FakeCamera, _ detections: [Detection], sequence: Int = 1) {
        let origin = camera.origin(sequence)
        let set = DetectionSet(origin: origin, labels: [], detections: detections)
        camera.attached.results(at: .color).publish(
            StreamPacket(.detections(set), sequence: sequence, captured: origin.frame.captured), on: .metaout)
    }

    private let box = Detection(
        label: 3, confidence: 0.5, box: NormalizedBox(xMin: 0.25, yMin: 0.5, xMax: 0.75, yMax: 1))

    @Test("Results are pushed as text, with the proof of RFC 6455 before them")
    func results() async throws {
        let camera = try await camera()
        try await RunningServer.with(FakeAppliance([camera])) { service in
            let (wire, head) = try await open(service, "/cameras/FRONT/streams/CAM_A/nn/")
            #expect(head.status == 101 && head.fields["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            await until { camera.attached.results(at: .color).isWanted(.metaout, at: .now()) }
            publish(camera, [box])
            let message = try await frame(wire)
            #expect(message.first == 0x81)
            #expect(
                String(decoding: message.payload, as: UTF8.self)
                    == #"{"detections": [{"label": 3, "confidence": 0.5, "coords": [0.25, 0.5, 0.75, 1.0]}]}"#)
            // A ping is answered, a close too; then nobody listens any more.
            try await wire.channel.writeAndFlush(ByteBuffer(bytes: [0x89, 0x81, 0, 0, 0, 0, 0x41]))
            let pong = try await frame(wire)
            #expect(pong.first == 0x8A && pong.payload == [0x41])
            try await wire.channel.writeAndFlush(ByteBuffer(bytes: [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8]))
            let farewell = try await frame(wire)
            #expect(farewell.first == 0x88 && farewell.payload == [0x03, 0xE8])
            await until { !camera.attached.results(at: .color).isWanted(.metaout, at: .now()) }
            await wire.close()
        }
    }

    @Test("Refused before they begin: unknown streams, other paths, foreign pages; closed at once: streams without a network")
    func refusals() async throws {
        let camera = try await camera()
        try await RunningServer.with(FakeAppliance([camera])) { service in
            for (path, status) in [
                ("/cameras/XX/streams/CAM_A/nn", 404), ("/cameras/FRONT/streams/CAM_H/nn", 404),
                ("/cameras/FRONT/streams/DEPTH_B_C/video", 404), ("/cameras/FRONT/streams/color/nn", 403), ("/cameras", 403),
            ] {
                let (wire, head) = try await open(service, path)
                #expect(head.status == status, "\(path)")
                await wire.close()
            }
            let (foreign, refusal) = try await open(service, "/cameras/FRONT/streams/CAM_A/nn", ["Origin: http://evil.example"])
            #expect(refusal.status == 403)
            await foreign.close()
            let (empty, accepted) = try await open(service, "/cameras/FRONT/streams/CAM_B/nn")
            #expect(accepted.status == 101)
            let close = try await frame(empty)
            #expect(close.first == 0x88 && close.payload.prefix(2) == [0x03, 0xF3])
            await empty.close()
        }
    }

    @Test("A hundred subscribers get the same result; those who do not read lose results and hold up nobody")
    func crowd() async throws {
        let camera = try await camera()
        try await RunningServer.with(FakeAppliance([camera]), { $0.maximumConnectionsPerAddress = 200 }) { service in
            var wires: [Wire] = []
            for _ in 0..<100 { wires.append(try await open(service, "/cameras/FRONT/streams/CAM_A/nn").0) }
            let deaf = try await Wire.connect(service.port, reading: false)
            try await deaf.send(
                "GET /cameras/FRONT/streams/CAM_A/nn HTTP/1.1\r\nHost: 127.0.0.1\r\n" + Self.handshake.joined(separator: "\r\n")
                    + "\r\n\r\n")
            await until { camera.attached.results(at: .color).isWanted(.metaout, at: .now()) }
            for sequence in 0..<50 {
                publish(camera, [Detection](repeating: box, count: 100), sequence: sequence)
                for wire in wires.prefix(1) { #expect(try await frame(wire).first == 0x81) }
            }
            // Everybody has had the newest, or something before it.
            for wire in wires.dropFirst() { #expect(try await frame(wire).first == 0x81) }
            for wire in wires + [deaf] { await wire.close() }
            await until { !camera.attached.results(at: .color).isWanted(.metaout, at: .now()) }
        }
    }

    @Test("A silent client is asked, and closed when it stays silent")
    func silence() async throws {
        let camera = try await camera()
        try await RunningServer.with(FakeAppliance([camera]), { $0.socketPatience = .milliseconds(50) }) { service in
            let (wire, _) = try await open(service, "/cameras/FRONT/streams/CAM_A/nn")
            #expect(try await frame(wire).first == 0x89)
            // It is not answered.
            await #expect(throws: Wire.Ended.self) { try await frame(wire) }
        }
    }

    @Test("A video whose pictures no encoder takes is ended, and counted")
    func noEncoder() async throws {
        let camera = try await camera()
        let hub = camera.attached.results(at: .left)
        try await RunningServer.with(FakeAppliance([camera])) { service in
            let (wire, head) = try await open(service, "/cameras/FRONT/streams/CAM_B/video")
            #expect(head.status == 101)
            await until { hub.isWanted(.previewout, at: .now()) }
            // H.264 begins at 16×16.
            let header = FrameHeader(
                camera: camera.id, instance: .left, sequence: 0, captured: .now(), width: 8, height: 8, format: .gray8)
            hub.publish(StreamPacket(FramePool.standalone(header).seal()), on: .previewout)
            let close = try await frame(wire)
            #expect(close.first == 0x88 && close.payload.prefix(2) == [0x03, 0xE9])
            #expect(service.live.counters["encode_failed"] == 1)
            await wire.close()
            await until { service.live.subscribers == 0 && service.server.heartbeats.isEmpty }
        }
    }

    @Test("Video begins with its head, then one fragment for each picture; a new size brings a new head")
    func video() async throws {
        try #require(OpenH264Encoder.problem == nil, "\(OpenH264Encoder.problem ?? "")")
        let camera = try await camera()
        let hub = camera.attached.results(at: .left)
        try await RunningServer.with(FakeAppliance([camera])) { service in
            let (wire, head) = try await open(service, "/cameras/FRONT/streams/CAM_B/video")
            #expect(head.status == 101)
            await until { hub.isWanted(.previewout, at: .now()) }
            var kinds: [String] = []
            for (index, width) in [64, 64, 96].enumerated() {
                let header = FrameHeader(
                    camera: camera.id, instance: .left, sequence: index, captured: .now(), width: width, height: 48,
                    format: .gray8)
                let draft = FramePool.standalone(header)
                draft.withUnsafeMutableBytes { bytes in for at in bytes.indices { bytes[at] = UInt8(truncatingIfNeeded: at &* 7) }
                }
                hub.publish(StreamPacket(draft.seal()), on: .previewout)
                while kinds.last != "moof" || kinds.count(where: { $0 == "moof" }) <= index {
                    let message = try await frame(wire)
                    #expect(message.first == 0x82)
                    kinds.append(String(decoding: message.payload[4..<8], as: UTF8.self))
                }
            }
            #expect(kinds == ["ftyp", "moof", "moof", "ftyp", "moof"])
            await wire.close()
            await until { !hub.isWanted(.previewout, at: .now()) }
        }
    }
}
