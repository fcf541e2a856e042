// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Foundation
import Inference
import Synchronization
import Tasks
import TestSupport
import Testing

/// Networks, pictures and desks for the tests.
enum Bench {
    static let runtime = Result { () throws(InferenceError) in try ONNXRuntime.load(path: nil) }

    /// Condition for tests that run real networks: false only for a user without them, never on CI.
    static var isRequired: Bool {
        let isCI = ProcessInfo.processInfo.environment["CI"] == "true"
        guard case .success = runtime else { return isCI }
        return SharedData.isRequired
    }

    private static func file(_ path: String) -> ModelFile {
        ModelFile(path: SharedData.url("models/\(path)").path, identity: path)
    }

    /// The networks of the shared data in their roles, each recognised without a manifest.
    static let cache = ModelCache(
        roles: [
            .detection: file("yolox/yolox_nano.onnx"), .faceDetection: file("yunet/yunet_n_320_320.onnx"),
            .faceEmbedding: file("mobilefacenet/mobilefacenet.converted.onnx"),
            .plateDetection: file("hyperlpr/y5fu_320x_sim.onnx"), .plateText: file("lprnet/lprnet_converted.onnx"),
            .superResolution: file("super-resolution/super-resolution-10.onnx"),
            .cartoon: file("omz/facial_cartoonization_256x256.converted.onnx"),
        ],
        custom: ["yolov5n": file("yolov5n/yolov5n_320.onnx"), "nanodet": file("nanodet/nanodet_m.converted.onnx")], threads: 1
    ) { () throws(InferenceError) in try runtime.get() }

    static func photograph(_ name: String) throws -> UploadedFile {
        UploadedFile(name: "image1", bytes: try SharedData.bytes("images/\(name)"))
    }

    static func frame(_ name: String) throws -> Frame { try PictureReader().picture(try photograph(name).bytes) }

    /// A PNG of one colour.
    static func png(_ width: Int, _ height: Int, bgr: [UInt8] = [40, 80, 160]) throws -> [UInt8] {
        let camera = try #require(CameraID("test"))
        let header = FrameHeader(
            camera: camera, instance: .color, sequence: 0, captured: Timestamp(nanoseconds: 0), width: width, height: height,
            format: .bgr24)
        let draft = FramePool.standalone(header)
        draft.withUnsafeMutableBytes { bytes in
            for index in bytes.indices { bytes[index] = bgr[index % 3] }
        }
        return try PNGEncoder.encode(draft.seal())
    }

    /// Asks a table without a scheduler.
    static func ask(
        _ table: TaskRegistry, _ route: String, _ values: [(String, String)] = [], files: [UploadedFile] = []
    ) throws -> JSONObject {
        let (job, segments) = try #require(table.find(route))
        if let obstacle = job.obstacle(segments) { throw obstacle }
        let request = TaskRequest(
            route: route, values: TaskValues(values.map { (name: $0.0, value: $0.1) }), files: files,
            deadline: Timestamp(nanoseconds: .max))
        return try job.perform(TaskCall(request: request, segments: segments)).fields
    }

    static func table(_ models: any TaskModels = cache, _ store: FaceStore? = nil) throws -> TaskRegistry {
        TaskRegistry.standard(models: models, faces: store ?? FaceStore())
    }

    /// Figures another program computed.
    static func golden<Part: Decodable>(_ name: String, as type: Part.Type) throws -> Part {
        let url = try #require(Bundle.module.url(forResource: "golden", withExtension: "json", subdirectory: "Fixtures"))
        let parts = try JSONDecoder().decode([String: Lazy<Part>].self, from: try Data(contentsOf: url))
        return try #require(parts[name]?.value)
    }

    /// A part of the file that may be of another type than the one wanted.
    private struct Lazy<Part: Decodable>: Decodable {
        var value: Part?
        init(from decoder: any Decoder) throws { value = try? Part(from: decoder) }
    }
}

extension JSONObject {
    func text(_ name: String) -> String? { if case .string(let text)? = self[name] { text } else { nil } }
    func number(_ name: String) -> Double? {
        switch self[name] {
        case .number(let number)?: number
        case .int(let number)?: Double(number)
        default: nil
        }
    }
    func rows(_ name: String) -> [JSONObject] {
        guard case .array(let values)? = self[name] else { return [] }
        return values.compactMap { if case .object(let object) = $0 { object } else { nil } }
    }
    /// The picture in a base64 field.
    func picture(_ name: String) throws -> (frame: Frame, info: ImageInfo) {
        let base64 = try #require(text(name))
        let bytes = Array(try #require(Data(base64Encoded: base64)))
        return (try PictureReader().picture(bytes), try ImageGate.inspect(bytes))
    }
}

extension Frame {
    var byteArray: [UInt8] { withUnsafeBytes { Array($0) } }
}

/// Models whose outputs are given beforehand.
final class FixedModels: TaskModels {
    private let models: [ModelRole: TaskModel]
    let customNames: [String] = []

    init(_ models: [ModelRole: Network] = [:]) {
        self.models = models.mapValues { TaskModel(identity: "fixed", network: $0) }
    }

    func isInstalled(_ role: ModelRole) -> Bool { models[role] != nil }

    func model(_ role: ModelRole) throws(TaskError) -> TaskModel {
        guard let model = models[role] else { throw .notInstalled(role) }
        return model
    }

    func custom(_ name: String) throws(TaskError) -> TaskModel { throw .notInstalled(.detection) }
}

/// An engine with one output that is always the same.
final class FixedEngine: Engine {
    let inputs: [TensorDescription]
    let outputs: [TensorDescription]
    private let values: [Float]
    private let lastInput = Mutex<[Float]>([])

    init(input: [Int], output: [Int], _ values: [Float]) {
        inputs = [TensorDescription(name: "in", shape: input, element: .float32)]
        outputs = [TensorDescription(name: "out", shape: output, element: .float32)]
        self.values = values
    }

    /// What the network saw last.
    var fed: [Float] { lastInput.withLock { $0 } }

    func run<Result: Sendable>(
        fill: (String, UnsafeMutableRawBufferPointer) throws(InferenceError) -> Void,
        _ body: ([TensorView]) throws(InferenceError) -> Result
    ) throws(InferenceError) -> Result {
        let count = inputs[0].shape.reduce(1, *)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count * 4, alignment: 64)
        defer { buffer.deallocate() }
        try fill("in", buffer)
        lastInput.withLock { $0 = Array(buffer.bindMemory(to: Float.self)) }
        let flat = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
        defer { flat.deallocate() }
        _ = flat.initialize(from: values)
        let view = TensorView(name: "out", shape: outputs[0].shape, element: .float32, bytes: UnsafeRawBufferPointer(flat))
        return try body([view])
    }
}
