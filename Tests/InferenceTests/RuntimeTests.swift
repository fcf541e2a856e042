// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Inference
import TestSupport
import Testing

@Suite("Finding ONNX Runtime")
struct RuntimeSearch {
    @Test("a missing library is an error that says what to do")
    func missing() {
        let error = #expect(throws: InferenceError.self) { try ONNXRuntime.load(path: "/nowhere/libonnxruntime.so") }
        #expect("\(String(describing: error))".contains("make setup"))
        #expect("\(String(describing: error))".contains("apt install libonnxruntime1.21"))
    }

    @Test("a file that is no library is refused by its path")
    func noLibrary() {
        let error = #expect(throws: InferenceError.self) { try ONNXRuntime.load(path: #filePath) }
        guard case .runtimeUnusable(#filePath, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("the configured path comes first, then the environment's, then the usual places")
    func order() {
        var search = ONNXLibrarySearch(configuredPath: "/a/x.so", environmentPath: "/b/y.so", executableFolder: "/nowhere")
        #expect(search.candidates == ["/a/x.so"])
        search.configuredPath = nil
        #expect(search.candidates == ["/b/y.so"])
        search.environmentPath = nil
        #expect(search.candidates.contains("libonnxruntime.so.1.21"))
        #expect(search.candidates.first { !$0.hasPrefix("/") } == "libonnxruntime.so.1")
    }

    @Test("the newest library of the executable's folder is tried first")
    func newest() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("depthd-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["libonnxruntime.so.1.9.0", "libonnxruntime.so.1.27.0", "libother.so"] {
            try Data().write(to: folder.appendingPathComponent(name))
        }
        let search = ONNXLibrarySearch(configuredPath: nil, environmentPath: nil, executableFolder: folder.path)
        #expect(search.candidates.first == "\(folder.path)/libonnxruntime.so.1.27.0")
        #expect(!search.candidates.contains { $0.contains("libother") })
    }
}

@Suite("Loading models", .enabled(if: TestRuntime.isRequired))
struct ModelLoading {
    @Test("the library is new enough")
    func version() throws {
        let minor = try TestRuntime.found.get().version.split(separator: ".").dropFirst().first.flatMap { Int($0) }
        #expect(try #require(minor) >= 21)
    }

    @Test("garbage is refused with the model's name", arguments: [0, 1, 64, 100_000])
    func garbage(count: Int) throws {
        let runtime = try TestRuntime.found.get()
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        let error = #expect(throws: InferenceError.self) {
            try Network.load(model: bytes, name: "garbage", runtime: runtime, threads: 1)
        }
        guard case .model("garbage", _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a missing model file is refused with its path")
    func missing() throws {
        let runtime = try TestRuntime.found.get()
        #expect(throws: InferenceError.self) {
            try Network.load(modelPath: "/nowhere/m.onnx", runtime: runtime, threads: 1)
        }
    }

    @Test("a model cut in the middle is refused", .enabled(if: SharedData.isRequired))
    func truncated() throws {
        let runtime = try TestRuntime.found.get()
        let whole = try SharedData.bytes("models/yunet/yunet_n_320_320.onnx")
        for length in [10, 1000, whole.count / 2, whole.count - 1] {
            #expect(throws: InferenceError.self) {
                try Network.load(model: Array(whole[..<length]), name: "cut", runtime: runtime, threads: 1)
            }
        }
    }

    @Test("a model of another shape than its manifest says is refused by the tensor", .enabled(if: SharedData.isRequired))
    func wrongShape() throws {
        let runtime = try TestRuntime.found.get()
        let model = try SharedData.bytes("models/yolox/yolox_nano.onnx")
        func load(_ manifest: ModelManifest) throws -> Network {
            try Network.load(model: model, name: "m", manifest: manifest, runtime: runtime, threads: 1)
        }
        let size = #expect(throws: InferenceError.self) {
            try load(ModelManifest(family: .yolox, input: .init(width: 320, height: 320)))
        }
        guard case .shape("m", "images", let expected, let found)? = size else {
            Issue.record("\(String(describing: size))")
            return
        }
        #expect(expected.contains("[1, 3, 320, 320]") && found.contains("[1, 3, 416, 416]"))
        for family in ModelFamily.allCases where ![.yolox, .yolov5, .raw].contains(family) {
            let error = #expect(throws: InferenceError.self, "\(family)") {
                try load(
                    ModelManifest(
                        family: family, input: .init(width: 416, height: 416),
                        decoder: .init(region: .init(classes: 80, anchors: [1, 1, 2, 2]))))
            }
            guard case .shape("m", _, _, _)? = error else {
                Issue.record("\(family): \(String(describing: error))")
                continue
            }
        }
        let labels = #expect(throws: InferenceError.self) {
            try load(ModelManifest(family: .yolox, labels: ["one"], input: .init(width: 416, height: 416)))
        }
        guard case .manifest("m", "labels", _)? = labels else {
            Issue.record("\(String(describing: labels))")
            return
        }
    }

    @Test("a network without a family is refused with its signature", .enabled(if: SharedData.isRequired))
    func unrecognised() throws {
        let error = #expect(throws: InferenceError.self) {
            try Network.load(
                modelPath: Bench.modelPath("mobilefacenet/mobilefacenet.converted.onnx"), runtime: TestRuntime.found.get(),
                threads: 1)
        }
        #expect("\(String(describing: error))".contains("fc1"))
    }

    @Test("a three-class YOLOX of unknown names is recognised and runs", .enabled(if: SharedData.isRequired))
    func customClasses() throws {
        let network = try Network.load(
            modelPath: Bench.modelPath("yolox_custom/yolox_nano_3class.onnx"), runtime: TestRuntime.found.get(), threads: 2)
        #expect(network.manifest.family == .yolox && network.labels.isEmpty)
        let found = try network.infer(Bench.photograph("bus.jpg"), confidence: 0.01).detections
        #expect(found.allSatisfy { (0..<3).contains($0.label) })
    }

    @Test("a network with a free batch dimension runs raw on one grey picture", .enabled(if: SharedData.isRequired))
    func freeBatch() throws {
        let manifest = ModelManifest(
            family: .raw, input: .init(width: 224, height: 224, color: .gray, scale: [Float](repeating: 1.0 / 255, count: 3)))
        let network = try Network.load(
            model: SharedData.bytes("models/super-resolution/super-resolution-10.onnx"), name: "sr", manifest: manifest,
            runtime: TestRuntime.found.get(), threads: 1)
        let tensors = try network.infer(Bench.photograph("zidane.jpg")).tensors
        #expect(tensors.map(\.description.shape) == [[1, 1, 672, 672]])
        #expect(tensors[0].bytes.count == 672 * 672 * 4)
    }

    @Test("the same frame gives the same detections every time, whatever was in between", .enabled(if: SharedData.isRequired))
    func repeatable() throws {
        let network = try Network.load(
            modelPath: Bench.modelPath("yunet/yunet_n_dynamic.onnx"), runtime: TestRuntime.found.get(), threads: 1)
        let (first, other) = (try Bench.photograph("zidane.jpg"), try Bench.photograph("face_gyy1.jpg"))
        let before = try network.infer(first).detections
        _ = try network.infer(other)
        #expect(try network.infer(first).detections == before && !before.isEmpty)
        #expect(before.allSatisfy { $0.landmarks.count == 5 })
    }

    @Test("a wrong SHA-256 is refused before the model is opened", .enabled(if: SharedData.isRequired))
    func digest() throws {
        let manifest = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: manifest) }
        let right = String(repeating: "ab", count: 32)
        try Data(#"{"family": "yolox", "input": {"width": 416, "height": 416}, "sha256": "\#(right)"}"#.utf8).write(to: manifest)
        func load(_ digest: @escaping ([UInt8]) -> String) throws -> Network {
            try Network.load(
                modelPath: Bench.modelPath("yolox/yolox_nano.onnx"), manifestPath: manifest.path,
                runtime: TestRuntime.found.get(), threads: 1, digest: digest)
        }
        #expect(throws: InferenceError.self) { try load { _ in String(repeating: "00", count: 32) } }
        #expect(try load { _ in right }.manifest.family == .yolox)
    }
}
