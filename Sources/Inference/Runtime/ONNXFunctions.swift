// SPDX-License-Identifier: Apache-2.0
internal import COnnxRuntime
internal import Core
import Synchronization

/// The library's table of functions, its environment and its default allocator. A library has one environment in a process;
/// it stays until the process ends.
///
/// `@unchecked Sendable`: the table never changes, and the environment and the default allocator may be used from any
/// thread (ONNX Runtime's documentation of `OrtEnv` and `GetAllocatorWithDefaultOptions`).
final class ONNXFunctions: @unchecked Sendable {
    let api: UnsafePointer<OrtApi>
    let environment: OpaquePointer
    let allocator: UnsafeMutablePointer<OrtAllocator>

    private static let opened = Mutex<[UInt: ONNXFunctions]>([:])

    /// The functions of a library that has been opened, now or before.
    static func of(_ api: UnsafePointer<OrtApi>) throws(InferenceError) -> ONNXFunctions {
        let key = UInt(bitPattern: api)
        return try opened.withLock { (opened) throws(InferenceError) -> ONNXFunctions in
            if let functions = opened[key] { return functions }
            let functions = try ONNXFunctions(api)
            opened[key] = functions
            return functions
        }
    }

    private init(_ api: UnsafePointer<OrtApi>) throws(InferenceError) {
        self.api = api
        var environment: OpaquePointer?
        try Self.check(
            api, api.pointee.CreateEnv(ORT_LOGGING_LEVEL_ERROR, "depthd", &environment), model: "(environment)")
        var allocator: UnsafeMutablePointer<OrtAllocator>?
        try Self.check(api, api.pointee.GetAllocatorWithDefaultOptions(&allocator), model: "(environment)")
        guard let environment, let allocator else {
            throw .model(name: "(environment)", reason: "ONNX Runtime returned no environment")
        }
        self.environment = environment
        self.allocator = allocator
        try registerArena()
    }

    /// One pool of memory for the results inside all networks. Otherwise each session has a pool, which keeps what its own
    /// network ever needed at once.
    private func registerArena() throws(InferenceError) {
        let api = self.api.pointee
        var memory: OpaquePointer?
        try check(api.CreateMemoryInfo("Cpu", OrtArenaAllocator, 0, OrtMemTypeDefault, &memory), model: "(environment)")
        defer { api.ReleaseMemoryInfo(memory) }
        var configuration: OpaquePointer?
        // No limit; grown by doubling (0) from 16 MiB, so that most networks live in one block, where free space is found
        // again; a result may waste 64 KiB. Only what is touched counts as memory.
        try check(api.CreateArenaCfg(0, 0, 16 << 20, 64 << 10, &configuration), model: "(environment)")
        defer { api.ReleaseArenaCfg(configuration) }
        try check(api.CreateAndRegisterAllocator(environment, memory, configuration), model: "(environment)")
    }

    /// Turns a status into an error that carries the model's name.
    func check(_ status: OpaquePointer?, model: String) throws(InferenceError) {
        try Self.check(api, status, model: model)
    }

    private static func check(_ api: UnsafePointer<OrtApi>, _ status: OpaquePointer?, model: String) throws(InferenceError) {
        guard let status else { return }
        defer { api.pointee.ReleaseStatus(status) }
        let text = api.pointee.GetErrorMessage(status).map { String(cString: $0) } ?? "unknown error"
        throw .model(name: model, reason: text)
    }

    /// The shape and element type of a tensor, from its type description.
    func description(of name: String, info: OpaquePointer?, model: String) throws(InferenceError) -> TensorDescription {
        var type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED
        try check(api.pointee.GetTensorElementType(info, &type), model: model)
        guard let element = TensorElement(type) else {
            throw .shape(
                model: model, tensor: name, expected: "float32, float16, uint8, int8, int32 or int64",
                found: "ONNX element type \(type.rawValue)")
        }
        var count = 0
        try check(api.pointee.GetDimensionsCount(info, &count), model: model)
        var shape = [Int64](repeating: 0, count: count)
        try check(api.pointee.GetDimensions(info, &shape, count), model: model)
        return TensorDescription(name: name, shape: shape.map(Int.init), element: element)
    }
}

extension TensorElement {
    init?(_ type: ONNXTensorElementDataType) {
        switch type {
        case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT: self = .float32
        case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16: self = .float16
        case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8: self = .uint8
        case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8: self = .int8
        case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32: self = .int32
        case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64: self = .int64
        default: return nil
        }
    }

    var onnxType: ONNXTensorElementDataType {
        switch self {
        case .float32: ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT
        case .float16: ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16
        case .uint8: ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8
        case .int8: ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8
        case .int32: ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32
        case .int64: ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64
        }
    }
}
