// SPDX-License-Identifier: Apache-2.0
internal import COnnxRuntime
internal import Core

/// A loaded model before its buffers are made: its inputs and outputs as the file declares them, free dimensions as -1.
///
/// `@unchecked Sendable`: the session pointer is only read after `init`, and ONNX Runtime allows that from any thread.
final class ONNXSession: @unchecked Sendable {
    let runtime: ONNXRuntime
    let name: String
    let inputs: [TensorDescription]
    let outputs: [TensorDescription]
    let pointer: OpaquePointer

    private typealias NameReader =
        @convention(c) (
            OpaquePointer?, Int, UnsafeMutablePointer<OrtAllocator>?, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        ) -> OpaquePointer?
    private typealias TypeReader =
        @convention(c) (OpaquePointer?, Int, UnsafeMutablePointer<OpaquePointer?>?) -> OpaquePointer?

    /// - Parameters:
    ///   - weights: constants the model names and does not hold.
    ///   - create: makes the session from the options; its status is checked here.
    init(
        runtime: ONNXRuntime, name: String, threads: Int, weights: ONNXWeights = ONNXWeights([]),
        create: (OpaquePointer?, inout OpaquePointer?) -> OpaquePointer?
    ) throws(InferenceError) {
        let functions = runtime.functions
        let api = functions.api.pointee
        var options: OpaquePointer?
        try functions.check(api.CreateSessionOptions(&options), model: name)
        defer { api.ReleaseSessionOptions(options) }
        try functions.check(api.SetIntraOpNumThreads(options, Int32(clamping: max(1, threads))), model: name)
        try functions.check(api.SetInterOpNumThreads(options, 1), model: name)
        try functions.check(api.SetSessionLogSeverityLevel(options, Int32(ORT_LOGGING_LEVEL_ERROR.rawValue)), model: name)
        // Else a few bytes within make it read the same file in another format, which nobody has looked through.
        try functions.check(api.AddSessionConfigEntry(options, "session.load_model_format", "ONNX"), model: name)
        // Spinning threads burn two to six times the processor time between paced frames and win nothing.
        try functions.check(
            api.AddSessionConfigEntry(options, "session.intra_op.allow_spinning", "0"), model: name)
        // Results come from the one pool, each on its own: a pattern is one more block, beside what the first run took.
        try functions.check(api.AddSessionConfigEntry(options, "session.use_env_allocators", "1"), model: name)
        try functions.check(api.DisableMemPattern(options), model: name)
        if weights.areLarge {
            // Weights on their own, outside of the pool for results that grows by doubling.
            try functions.check(
                api.AddSessionConfigEntry(options, "session.use_device_allocator_for_initializers", "1"), model: name)
        }
        var session: OpaquePointer?
        try weights.attach(to: options, functions: functions, model: name) { () throws(InferenceError) in
            try functions.check(create(options, &session), model: name)
        }
        guard let session else { throw .model(name: name, reason: "ONNX Runtime returned no session") }
        do {
            inputs = try Self.describe(
                functions, session, name, api.SessionGetInputCount, api.SessionGetInputName, api.SessionGetInputTypeInfo)
            outputs = try Self.describe(
                functions, session, name, api.SessionGetOutputCount, api.SessionGetOutputName,
                api.SessionGetOutputTypeInfo)
        } catch {
            api.ReleaseSession(session)
            throw error
        }
        self.runtime = runtime
        self.name = name
        pointer = session
    }

    deinit {
        runtime.functions.api.pointee.ReleaseSession(pointer)
    }

    private static func describe(
        _ functions: ONNXFunctions, _ session: OpaquePointer, _ model: String,
        _ count: @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int>?) -> OpaquePointer?,
        _ readName: NameReader, _ readType: TypeReader
    ) throws(InferenceError) -> [TensorDescription] {
        var total = 0
        try functions.check(count(session, &total), model: model)
        var tensors: [TensorDescription] = []
        for index in 0..<total {
            var text: UnsafeMutablePointer<CChar>?
            try functions.check(readName(session, index, functions.allocator, &text), model: model)
            let name = text.map { String(cString: $0) } ?? ""
            try functions.check(functions.api.pointee.AllocatorFree(functions.allocator, text), model: model)
            var type: OpaquePointer?
            try functions.check(readType(session, index, &type), model: model)
            defer { functions.api.pointee.ReleaseTypeInfo(type) }
            var info: OpaquePointer?
            try functions.check(functions.api.pointee.CastTypeInfoToTensorInfo(type, &info), model: model)
            guard info != nil else {
                throw .shape(model: model, tensor: name, expected: "a tensor", found: "a sequence or map")
            }
            tensors.append(try functions.description(of: name, info: info, model: model))
        }
        return tensors
    }

    /// Makes the buffers and binds them.
    /// - Parameter inputShapes: whole shapes for inputs with free dimensions, by name.
    func engine(inputShapes: [String: [Int]]) throws(InferenceError) -> ONNXEngine {
        var fixed = inputs
        for index in fixed.indices where fixed[index].shape.contains(-1) {
            let declared = fixed[index]
            guard let shape = inputShapes[declared.name], declared.admits(shape) else {
                throw .shape(
                    model: name, tensor: declared.name, expected: "a fixed shape (give the input size in a manifest)",
                    found: declared.shapeText)
            }
            fixed[index].shape = shape
        }
        return try ONNXEngine(session: self, inputs: fixed)
    }
}

extension TensorDescription {
    /// Whether `shape` fills this description's free dimensions.
    func admits(_ shape: [Int]) -> Bool {
        shape.count == self.shape.count
            && zip(shape, self.shape).allSatisfy { $0 > 0 && ($1 == -1 || $0 == $1) }
    }

    /// E.g. "float32 [1, 3, 320, 320]".
    var shapeText: String { "\(element.rawValue) \(shape)" }
}
