// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Inference
import TestSupport
import Testing

@Suite("Looking through ONNX models")
struct ONNXModelScanTests {
    @Test("a tensor that keeps its numbers in another file is found in every place where one can be")
    func places() throws {
        for (place, bytes) in ExternalDataModel.everyPlace {
            let scan = try ONNXModelScan(bytes)
            #expect(scan.externalTensor == "w" && scan.locations == ["etc/passwd"], "\(place)")
            #expect(scan.externalProblem?.contains("store the weights in the model file") == true, "\(place)")
        }
    }

    @Test("a model that holds all of its numbers names no file")
    func selfContained() throws {
        let bytes = ExternalDataModel.model { graph in
            graph.message(5) { tensor in
                tensor.text(8, "w")
                tensor.data(9, [1, 2, 3])
                tensor.integer(14, 0)
            }
        }
        let scan = try ONNXModelScan(bytes)
        #expect(scan.externalTensor == nil && scan.locations.isEmpty && scan.contextNode == nil)
    }

    /// A model whose one initializer has these fields after its name.
    private func model(_ tensor: (inout ProtobufWriter) -> Void) -> [UInt8] {
        ExternalDataModel.model { graph in
            graph.message(5) {
                $0.text(8, "w")
                tensor(&$0)
            }
        }
    }

    private func location(_ place: [UInt8], _ tensor: inout ProtobufWriter) {
        tensor.message(13) { entry in
            entry.text(1, "location")
            entry.data(2, place)
        }
    }

    @Test("what a merging or truncating reader would see is seen")
    func subtleties() throws {
        // The place says external, and no entry says where.
        #expect(try ONNXModelScan(model { $0.integer(14, 1) }).locations == [""])
        // Entries without the place: a second piece of the message might bring it.
        #expect(try ONNXModelScan(model { $0.message(13) { $0.text(1, "location") } }).externalTensor == "w")
        // 2^32 + 1 is 1 to who keeps 32 bits.
        #expect(try ONNXModelScan(model { $0.integer(14, 1 << 32 + 1) }).externalTensor == "w")
        // The last of two places counts, and both are looked at.
        let both = model { tensor in for place in ["a", "b"] { location(Array(place.utf8), &tensor) } }
        #expect(try ONNXModelScan(both).locations == ["a", "b"])
        // A graph in two pieces.
        let plain = ExternalDataModel.model { $0.text(2, "g") }
        let second = ExternalDataModel.everyPlace[0].bytes
        #expect(try ONNXModelScan(plain + second).externalTensor == "w")
        #expect(try ONNXModelScan(second + plain).externalTensor == "w")
        // Bytes that are no text name no file.
        #expect(try ONNXModelScan(model { location([0xFF], &$0) }).locations == [""])
    }

    @Test("fields that ONNX does not know are passed over, and what is no field is refused")
    func wire() throws {
        let plain = ExternalDataModel.model { $0.text(2, "g") }
        var unknown = ProtobufWriter()
        unknown.integer(1000, -1)
        unknown.float(1001, 1)
        unknown.data(536_870_911, [0x0B, 0x0C])
        #expect(try ONNXModelScan(plain + unknown.bytes).externalTensor == nil)
        let broken: [[UInt8]] = [
            // A group, its end alone, field 0, no such kind.
            [0x0B, 0x0C], [0x0C], [0x02, 0x00], [0x0E],
            // A key of 33 bits, which others cut to field 7; a number of 65 bits; lengths beyond the end.
            [0xBA, 0x80, 0x80, 0x80, 0x10, 0x00], [0x08] + [UInt8](repeating: 0xFF, count: 9) + [0x02],
            [0x3A, 0x7F], [0x3A] + [UInt8](repeating: 0xFF, count: 9) + [0x01], [0x09, 0], [0x0D, 0],
        ]
        for bytes in broken { #expect(throws: ONNXFormatError.self, "\(bytes)") { try ONNXModelScan(plain + bytes) } }
        // A damaged tensor deep within.
        let deep = ExternalDataModel.model { $0.message(1) { $0.message(5) { $0.data(5, [0x6A, 0x05, 0x0A]) } } }
        #expect(throws: ONNXFormatError.self) { try ONNXModelScan(deep) }
        // It is whole once its graph is: what comes after that may be missing.
        let whole: [UInt8] = [0x08, 0x08, 0x3A, 0x03, 0x12, 0x01, 0x67]
        #expect(plain.starts(with: whole))
        for length in 0..<whole.count { #expect(throws: ONNXFormatError.self) { try ONNXModelScan(Array(whole.prefix(length))) } }
        #expect(throws: ONNXFormatError.self) { try ONNXModelScan(Array("hello".utf8)) }
    }

    @Test("nesting has an end, and so has the number of files")
    func limits() throws {
        func graph(_ depth: Int, _ writer: inout ProtobufWriter) {
            guard depth > 0 else { return writer.text(2, "g") }
            writer.message(1) { node in node.message(5) { attribute in attribute.message(6) { graph(depth - 1, &$0) } } }
        }
        #expect(try ONNXModelScan(ExternalDataModel.model { graph(32, &$0) }).externalTensor == nil)
        #expect(throws: ONNXFormatError.self) { try ONNXModelScan(ExternalDataModel.model { graph(33, &$0) }) }
        let many = model { tensor in
            for number in 0..<257 { location(Array("\(number)".utf8), &tensor) }
        }
        #expect(throws: ONNXFormatError.self) { try ONNXModelScan(many) }
    }

    @Test("a node that stands for a compiled network is found")
    func context() throws {
        let bytes = ExternalDataModel.model { graph in
            graph.message(1) { node in
                node.text(3, "engine")
                node.text(4, "EPContext")
                node.text(7, "com.microsoft")
            }
        }
        #expect(try ONNXModelScan(bytes).contextNode == "engine")
    }

    @Test("a name of a file has no folder in it", arguments: ["a.bin", "w eights.data", "…", ".hidden"])
    func fileNames(name: String) {
        #expect(ONNXModelScan.isFileName(name))
    }

    @Test(
        "what is no name of a file is none",
        arguments: ["", ".", "..", "a/b", "/etc/passwd", "..\\a", "a\0b", "a\nb", String(repeating: "a", count: 256)])
    func noFileNames(name: String) {
        #expect(!ONNXModelScan.isFileName(name))
    }

    @Test("whatever is damaged, looking through it ends")
    func damage() {
        var random = SeededRandom(7)
        let models = ExternalDataModel.everyPlace.map(\.bytes)
        var outcomes = [0, 0]
        for round in 0..<100_000 {
            var bytes = models[round % models.count]
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch round % 3 {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                }
            }
            outcomes[(try? ONNXModelScan(bytes)) == nil ? 0 : 1] += 1
        }
        #expect(outcomes.allSatisfy { $0 > 1000 }, "\(outcomes)")
    }

    @Test(
        "real models are looked through, and their beginnings are refused", .enabled(if: SharedData.isRequired),
        arguments: ["yolox/yolox_nano.onnx", "yunet/yunet_n_320_320.onnx"])
    func realModels(path: String) throws {
        let bytes = try SharedData.bytes("models/\(path)")
        #expect(try ONNXModelScan(bytes).externalTensor == nil)
        #expect(try ONNXModelScan(file: Bench.modelPath(path)) == ONNXModelScan(bytes))
        #expect(throws: ONNXFormatError.self) { try ONNXModelScan(Array(bytes.prefix(bytes.count / 2))) }
    }
}

@Suite("Loading models with weights in other files", .enabled(if: TestRuntime.isRequired))
struct ExternalDataLoading {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("weights-\(UUID().uuidString)")

    /// What a network that hands a file out says; the error's text where it is refused.
    private func outcome(_ load: (ONNXRuntime) throws -> Network) throws -> String {
        let runtime = try TestRuntime.found.get()
        do {
            let network = try load(runtime)
            let bytes = try network.infer(Bench.frame(64, 64, .gray8) { _ in 128 }).tensors.first?.bytes ?? []
            let numbers = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            return String(decoding: numbers.map { UInt8(clamping: Int($0)) }, as: UTF8.self)
        } catch {
            return "\(error)"
        }
    }

    private func write(_ bytes: [UInt8], _ name: String) throws -> String {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let url = folder.appendingPathComponent(name)
        try Data(bytes).write(to: url)
        return url.path
    }

    private static let manifest = #"{"family":"raw","input":{"width":64,"height":64}}"#

    @Test("a model given as bytes reads no file, wherever its tensor stands")
    func bytes() throws {
        let models = [ExternalDataModel.leaking("Package.swift", count: 8)] + ExternalDataModel.everyPlace.map(\.bytes)
        for model in models {
            let text = try outcome { runtime in
                try Network.load(
                    model: model, name: "upload", manifest: ModelManifest(json: Array(Self.manifest.utf8), source: "test"),
                    runtime: runtime, threads: 1)
            }
            #expect(text.contains("keeps its numbers in another file"))
        }
    }

    @Test("a model file reads files beside it, and follows no link")
    func beside() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = try write(ExternalDataModel.leaking("w.bin", count: 8), "m.onnx")
        let manifest = try write(Array(Self.manifest.utf8), "m.json")
        func load(_ path: String) throws -> String {
            try outcome { try Network.load(modelPath: path, manifestPath: manifest, runtime: $0, threads: 1) }
        }
        #expect(try load(path).contains("no file beside it"))
        let data = try write(Array("gargoyle".utf8), "w.bin")
        #expect(try load(path) == "gargoyle")
        try FileManager.default.moveItem(atPath: data, toPath: "\(data).moved")
        try FileManager.default.createSymbolicLink(atPath: data, withDestinationPath: "\(data).moved")
        #expect(try load(path).contains("no file beside it"))
        let elsewhere = try write(ExternalDataModel.leaking("../\(folder.lastPathComponent)/w.bin", count: 8), "n.onnx")
        #expect(try load(elsewhere).contains("no plain file name"))
    }

    @Test("a file in ONNX Runtime's own format is refused, also where it looks like a model")
    func otherFormat() throws {
        // Version 8 and a producer "ORTM": what that format is known by, at its place.
        let polyglot: [UInt8] = [0x08, 0x08, 0x12, 0x04] + Array("ORTM".utf8) + [0x3A, 0x03, 0x12, 0x01, 0x67]
        #expect(try ONNXModelScan(polyglot).externalTensor == nil)
        let text = try outcome {
            try Network.load(model: polyglot, name: "upload", manifest: nil, runtime: $0, threads: 1)
        }
        #expect(!text.contains("ORT model") && !text.lowercased().contains("flatbuffer"), "\(text)")
    }
}
