// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Inference
import Synchronization
import TestSupport
import Testing

@Suite("Blobs as networks", .enabled(if: SharedData.isRequired && TestRuntime.isRequired))
struct BlobNetworkTests {
    private static let photographs = [
        "face_person.jpg", "ulf_2.jpg", "ulf_8.jpg", "ulf_13.jpg", "ulf_19.jpg", "zidane.jpg", "bus.jpg",
    ]

    private func network(_ path: String, configuration: BlobConfiguration? = nil) throws -> Network {
        try Network.load(
            model: SharedData.bytes(path), name: path, blobConfiguration: configuration, runtime: TestRuntime.found.get(),
            threads: 1)
    }

    /// Boxes above 0.5, give or take what half floats may move across it.
    private func expectSame(_ blob: [Detection], _ onnx: [Detection], _ source: Comment) {
        for detection in onnx where detection.confidence >= 0.53 {
            let twin = blob.max { detection.box.overlap($0.box) < detection.box.overlap($1.box) }
            #expect((twin.map { detection.box.overlap($0.box) } ?? 0) >= 0.8, source)
            #expect(abs((twin?.confidence ?? 0) - detection.confidence) <= 0.02, source)
        }
        #expect(blob.filter { $0.confidence >= 0.53 }.count <= onnx.filter { $0.confidence >= 0.5 }.count, source)
    }

    @Test(
        "face-detection-retail-0004 finds the same faces in all header versions as the ONNX network",
        arguments: [
            "blobs/real_face_detection_retail_0004_v5_0", "blobs/real_face_detection_retail_0004_v6_0",
            "blobs/real_face_detection_retail_0004_v2021_4", "blobs/real_face_detection_retail_0004_v2022_1",
        ])
    func faces(path: String) throws {
        let blob = try network("\(path)/model.blob")
        let onnx = try network("models/omz/face-detection-retail-0004.converted.onnx")
        var count = 0
        for name in Self.photographs {
            let frame = try Bench.photograph(name)
            let expected = try onnx.infer(frame).detections
            count += expected.count
            expectSame(try blob.infer(frame).detections, expected, "\(name)")
        }
        #expect(count >= 10)
    }

    /// Runs a blob elsewhere, as far as the test wants: there another engine of the same blob runs it.
    private final class Elsewhere: BlobAccelerator, BlobRunner {
        private let state = Mutex((serves: true, runs: 0))
        private let engine = Mutex<(any Engine)?>(nil)

        var runs: Int { state.withLock { $0.runs } }
        func set(serves: Bool) { state.withLock { $0.serves = serves } }

        func runner(for blob: Blob, input: ModelManifest.Input, outputs: [TensorDescription]) -> any BlobRunner {
            let made = try? blob.engine(name: "elsewhere", runtime: TestRuntime.found.get(), threads: 1)
            engine.withLock { $0 = made }
            return self
        }

        var isServing: Bool { state.withLock { $0.serves } }
        var problem: String { "" }

        func run<Output: Sendable>(
            _ input: UnsafeRawBufferPointer, _ body: ([TensorView]) throws(InferenceError) -> Output
        ) throws(InferenceError) -> Output? {
            guard isServing, let engine = engine.withLock({ $0 }) else { return nil }
            state.withLock { $0.runs += 1 }
            return try engine.run(
                fill: { (_, buffer) throws(InferenceError) in buffer.copyMemory(from: input) }, body)
        }
    }

    private func accelerated(_ version: String, _ accelerator: Elsewhere, mayRunElsewhere: Bool = false) throws -> Network {
        try Network.load(
            modelPath: SharedData.url("blobs/real_face_detection_retail_0004_\(version)/model.blob").path,
            runtime: TestRuntime.found.get(), threads: 1, mayRunElsewhere: mayRunElsewhere, accelerator: accelerator)
    }

    @Test("A blob finds the same wherever it runs, and no picture is left out when the accelerator is gone")
    func accelerator() throws {
        let elsewhere = Elsewhere()
        let network = try accelerated("v6_0", elsewhere)
        let here = try self.network("blobs/real_face_detection_retail_0004_v6_0/model.blob")
        #expect(network.runner === elsewhere && here.runner == nil && elsewhere.runs == 0)
        for (index, name) in Self.photographs.enumerated() {
            elsewhere.set(serves: index.isMultiple(of: 2))
            let frame = try Bench.photograph(name)
            #expect(try network.infer(frame).detections == here.infer(frame).detections, "\(name)")
            #expect(elsewhere.runs == index / 2 + 1)
        }
        // One that a camera may run is made ready when it is first run here, and is accelerated as well.
        let deferred = try accelerated("v2022_1", elsewhere, mayRunElsewhere: true)
        elsewhere.set(serves: true)
        #expect(try !deferred.infer(Bench.photograph("face_person.jpg")).detections.isEmpty && elsewhere.runs == 5)
    }

    @Test("Blobs that a MyriadX of cameras does not take stay here")
    func unsuitable() throws {
        let elsewhere = Elsewhere()
        let old = try accelerated("v5_0", elsewhere)
        #expect(try old.runner == nil && !old.infer(Bench.photograph("face_person.jpg")).detections.isEmpty)
        #expect(elsewhere.runs == 0)
    }

    @Test("Outputs of a blob that ran elsewhere are read as if it had run here, and those of another one are refused")
    func elsewhere() throws {
        let path = "blobs/real_face_detection_retail_0004_v6_0/model.blob"
        let blob = try SharedData.bytes(path)
        let frame = try Bench.photograph("face_person.jpg")
        let raw = ModelManifest(family: .raw, input: .init(width: 300, height: 300))
        let given = try Network.load(model: blob, name: path, manifest: raw, runtime: TestRuntime.found.get(), threads: 1)
        let tensor = try #require(try given.infer(frame).tensors.first)
        let network = try Network.deferred(blob: blob, name: path) { (blob) throws(InferenceError) in
            try blob.engine(name: path, runtime: TestRuntime.found.get(), threads: 1)
        }
        let read = try tensor.bytes.withUnsafeBytes { bytes in
            let (name, shape, element) = (tensor.description.name, tensor.description.shape, tensor.description.element)
            return try network.decode(
                [TensorView(name: name, shape: shape, element: element, bytes: bytes)], of: frame.header
            ).detections
        }
        // Made ready when it is first run here.
        #expect(try !read.isEmpty && read == network.infer(frame).detections)
        #expect(throws: InferenceError.self) { try network.decode([], of: frame.header) }
    }

    @Test(
        "person-detection-retail-0013 finds the same persons as the ONNX network",
        arguments: ["person-detection-retail-0013-42524bf", "person-detection-retail-0013.model-8db70ee"])
    func persons(name: String) throws {
        let blob = try network("depthai/blobs-gen1/\(name).blob")
        let onnx = try network("models/omz/person-detection-retail-0013.converted.onnx")
        var count = 0
        for name in Self.photographs {
            let frame = try Bench.photograph(name)
            let expected = try onnx.infer(frame).detections
            count += expected.count
            expectSame(try blob.infer(frame).detections, expected, "\(name)")
        }
        #expect(count >= 5)
    }

    private static let realBlobs: [String] = ["blobs-2021", "blobs-gen1"].flatMap { folder in
        let files = (try? FileManager.default.contentsOfDirectory(atPath: SharedData.url("depthai/\(folder)").path)) ?? []
        return files.filter { $0.hasSuffix(".blob") }.sorted().map { "depthai/\(folder)/\($0)" }
    }

    @Test("every real blob loads, runs and gives finite numbers", arguments: realBlobs)
    func real(path: String) throws {
        let engine = try Blob(SharedData.bytes(path)).engine(name: path, runtime: TestRuntime.found.get(), threads: 1)
        var inputs: [String: [Float]] = [:]
        for input in engine.inputs {
            // Where fp16 numbers meet 16-bit depth, larger ones would overflow, and rightly.
            let scale: Float = input.element == .uint8 ? 1 : 1 / 251
            inputs[input.name] = (0..<input.shape.reduce(1, *)).map { Float($0 * 37 % 251) * scale }
        }
        for output in try engine.outputs(inputs) { #expect(output.allSatisfy { $0.isFinite }) }
    }

    @Test("there are 21 of them")
    func count() {
        #expect(Self.realBlobs.count == 21)
    }

    @Test("a gen1 program's description makes a blob raw, names its labels and sets its threshold")
    func configuration() throws {
        let raw = try BlobConfiguration(json: Array(#"{"NN_config": {"output_format": "raw"}}"#.utf8), source: "test")
        let frame = try Bench.photograph("face_person.jpg")
        let tensors = try network("blobs/real_face_detection_retail_0004_v5_0/model.blob", configuration: raw).infer(frame)
            .tensors
        #expect(tensors.map(\.description.shape) == [[1, 1, 200, 7]] && tensors[0].description.element == .float16)
        let file = "depthai/blob-config/gen1-v1.0.0.0/face-detection-retail-0004.json"
        let faces = try BlobConfiguration(json: SharedData.bytes(file), source: file)
        let network = try network("blobs/real_face_detection_retail_0004_v5_0/model.blob", configuration: faces)
        #expect(network.labels == faces.labels && network.manifest.thresholds.confidence == faces.confidenceThreshold)
    }

    @Test("region layers are decoded as a gen1 program describes them")
    func region() throws {
        // The vector's network has two anchors of three classes on a grid of 4 × 4 cells; see its own output.
        let file = "depthai/blob-config/gen1-v1.0.0.0/tiny-yolo-v3.json"
        let configuration = try BlobConfiguration(json: SharedData.bytes(file), source: file)
        var manifest = ModelManifest(family: .raw, input: .init(width: 416, height: 416))
        manifest.apply(configuration)
        #expect(manifest.family == .region && manifest.decoder.region?.masks == [26: [1, 2, 3], 13: [3, 4, 5]])
        #expect(manifest.thresholds.confidence == 0.5 && manifest.labels.count == 80)
    }

    @Test("a broken blob is refused with its name")
    func broken() throws {
        var bytes = try SharedData.bytes("blobs/act_relu/model.blob")
        bytes.removeLast(64)
        let error = #expect(throws: InferenceError.self) {
            try Network.load(model: bytes, name: "mine", runtime: TestRuntime.found.get(), threads: 1)
        }
        #expect("\(String(describing: error))".contains("mine"))
    }
}

extension NormalizedBox {
    /// Intersection over union.
    fileprivate func overlap(_ other: NormalizedBox) -> Float {
        let width = min(xMax, other.xMax) - max(xMin, other.xMin)
        let height = min(yMax, other.yMax) - max(yMin, other.yMin)
        guard width > 0, height > 0 else { return 0 }
        func area(_ box: NormalizedBox) -> Float { (box.xMax - box.xMin) * (box.yMax - box.yMin) }
        return width * height / (area(self) + area(other) - width * height)
    }
}
