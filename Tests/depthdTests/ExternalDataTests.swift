// SPDX-License-Identifier: Apache-2.0
import DepthAI
import Foundation
import TestSupport
import Testing

/// An ONNX model whose tensors name a file makes ONNX Runtime read it, and a network hands it out. Every way a model can
/// come from a request, on the real program.
@Suite("Models that name files of the box", .serialized, .timeLimit(.minutes(5)))
struct ExternalDataTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("external-\(UUID().uuidString)")
    private static let words = "keeps its numbers in another file"

    /// A file in the daemon's working directory, which is the test's: what ONNX Runtime would read.
    private static let location = "Package.swift"

    private func write(_ bytes: [UInt8], _ name: String) throws -> String {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let url = folder.appendingPathComponent(name)
        try Data(bytes).write(to: url)
        return url.path
    }

    private func post(_ url: String, _ form: [String]) async throws -> (status: Int, body: String) {
        let answer = try await Command.get(url, form.flatMap { ["--form", $0] } + ["--max-time", "120"])
        return (answer.code, answer.output)
    }

    @Test("The hub takes no network that names a file")
    func hub() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let models = [ExternalDataModel.leaking(Self.location, count: 32)] + ExternalDataModel.everyPlace.map(\.bytes)
        try await withDaemon { daemon in
            try await daemon.wait(untilLogSays: "camera runs")
            for (index, model) in models.enumerated() {
                let path = try write(model, "\(index).onnx")
                let answer = try await post(
                    "\(daemon.base)/cameras/DEMO/streams/CAM_A/nn", ["model=@\(path)", #"config={"type":"Generic"}"#])
                #expect(answer.status == 422 && answer.body.contains(Self.words), "\(answer)")
            }
            let garbage = try write(Array("hello".utf8), "garbage.onnx")
            let answer = try await post(
                "\(daemon.base)/cameras/DEMO/streams/CAM_A/nn", ["model=@\(garbage)", #"config={"type":"Generic"}"#])
            #expect(answer.status == 422 && answer.body.contains("no ONNX model"), "\(answer)")
        }
    }

    @Test("The model store takes files of weights from the same form only, and tells no folder of the box")
    func store() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let state = folder.appendingPathComponent("state").path
        let leaking = try write(ExternalDataModel.leaking("faces.sqlite", count: 16), "a.onnx")
        let elsewhere = try write(ExternalDataModel.leaking("../faces.sqlite", count: 16), "b.onnx")
        let weights = try write(Array("gargoyle gargoyle".utf8), "faces.sqlite")
        try await withDaemon(["--set", "state.directory=\(state)"]) { daemon in
            let url = "\(daemon.base)/api/v1/models"
            let alone = try await post(url, ["model=@\(leaking)", "role=scene"])
            #expect(alone.status == 422 && alone.body.contains(Self.words))
            let outside = try await post(
                url, ["model=@\(elsewhere)", "role=scene", "data=@\(weights);filename=\"../faces.sqlite\""])
            #expect(outside.status == 422 && outside.body.contains("no plain file name"))
            let text = try await post(url, ["model=@\(weights)", "role=scene"])
            #expect(text.status == 422 && text.body.contains("no ONNX model"))
            for answer in [alone, outside, text] { #expect(!answer.body.contains(folder.path)) }
            let whole = try await post(url, ["model=@\(leaking)", "role=scene", "data=@\(weights)"])
            #expect(whole.status == 201, "\(whole)")
            let kept = try FileManager.default.contentsOfDirectory(atPath: "\(state)/models/a.files").sorted()
            #expect(kept == ["a.onnx", "faces.sqlite"])
            let left = try FileManager.default.contentsOfDirectory(atPath: state).filter { $0.hasPrefix(".upload") }
            #expect(left.isEmpty)
        }
    }

    @Test("A custom model that names a file, or is none, does not load, and the answer tells no folder of the box")
    func custom() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try write(Array("hello".utf8), "broken.onnx")
        _ = try write(ExternalDataModel.leaking("../../etc/passwd", count: 16), "leaking.onnx")
        let picture = try write(Array("P6\n1 1\n255\n".utf8) + [1, 2, 3], "p.ppm")
        try await withDaemon(["--set", "codeproject.custom_models=\(folder.path)"]) { daemon in
            for (name, words) in [("broken", "no ONNX model"), ("leaking", "no plain file name")] {
                let answer = try await post("\(daemon.base)/v1/vision/custom/\(name)", ["image=@\(picture)"])
                #expect(answer.body.contains(words) && answer.body.contains("\(name).onnx"), "\(answer)")
                #expect(!answer.body.contains(folder.lastPathComponent) && !answer.body.contains(folder.path))
            }
        }
    }

    @Test("A depthai script's network that names a file is refused")
    func script() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let model = ExternalDataModel.leaking(Self.location, count: 32)
        let sum = try await Command("/usr/bin/sha256sum", [try write(model, "a.onnx")]).output
        let digest = String(sum.prefix(64))
        try await withDaemon { daemon in
            for words in ["depthai scripts find the box", "camera runs"] { try await daemon.wait(untilLogSays: words) }
            let line = daemon.log.split(separator: "\n").first { $0.hasSuffix("depthai scripts find the box") }
            let port = try #require(line?.firstMatch(of: /port=([0-9]+)/).flatMap { Int($0.1) })
            let refusal = try await Blocking.run {
                let socket = try PlainSocket(port: port)
                func send(_ kind: LinkKind, _ number: UInt32, _ payload: [UInt8]) throws {
                    try socket.write(LinkHeader(kind, number: number, length: payload.count).bytes + payload)
                }
                func next() throws -> (kind: UInt8, text: String) {
                    let head = try socket.read(LinkHeader.byteCount)
                    let header = try #require(head.withUnsafeBytes { LinkHeader($0) })
                    return (header.kind, String(decoding: try socket.read(header.length), as: UTF8.self))
                }
                try send(.hello, 1, Array(#"{"protocol":1,"client":"test","device":""}"#.utf8))
                #expect(try next().kind == LinkKind.welcome.rawValue)
                try send(.create, 2, Array(#"{"streams":[{"name":"metaout"}],"ai":{"blob":"\#(digest)"}}"#.utf8))
                let want = try next()
                try #require(want.kind == LinkKind.want.rawValue, "\(want)")
                let bytes = stride(from: 0, to: 64, by: 2).compactMap { UInt8(digest.dropFirst($0).prefix(2), radix: 16) }
                try send(.blob, 2, bytes + model)
                return try next()
            }
            #expect(refusal.kind == LinkKind.refused.rawValue && refusal.text.contains(Self.words), "\(refusal)")
        }
    }
}
