// SPDX-License-Identifier: Apache-2.0
internal import COnnxRuntime
internal import Core

/// ONNX Runtime's I/O binding of one session, with the memory it points into. Not for more than one thread at a time.
final class ONNXBinding {
    private(set) var inputBuffers: [UnsafeMutableRawBufferPointer] = []
    private let session: ONNXSession
    private let memory: OpaquePointer
    private let binding: OpaquePointer
    private var buffers: [UnsafeMutableRawBufferPointer] = []
    private var values: [OpaquePointer] = []

    /// No tensor of a network for this appliance is larger; guards against absurd shapes in a file.
    private static let largestTensorBytes = 1 << 30

    private var api: OrtApi { session.runtime.functions.api.pointee }

    init(session: ONNXSession) throws(InferenceError) {
        let functions = session.runtime.functions
        let api = functions.api.pointee
        var memory: OpaquePointer?
        try functions.check(
            api.CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory), model: session.name)
        var binding: OpaquePointer?
        let status = api.CreateIoBinding(session.pointer, &binding)
        guard let memory, let binding else {
            api.ReleaseMemoryInfo(memory)
            try functions.check(status, model: session.name)
            throw .model(name: session.name, reason: "ONNX Runtime returned no binding")
        }
        self.session = session
        self.memory = memory
        self.binding = binding
    }

    deinit {
        api.ReleaseIoBinding(binding)
        for value in values { api.ReleaseValue(value) }
        api.ReleaseMemoryInfo(memory)
        for buffer in buffers { buffer.deallocate() }
    }

    func bindInput(_ tensor: TensorDescription) throws(InferenceError) {
        let (value, buffer) = try makeTensor(tensor)
        try check(api.BindInput(binding, tensor.name, value))
        inputBuffers.append(buffer)
    }

    /// Binds an output of known shape and returns the memory it will be written to.
    func bindOutput(_ tensor: TensorDescription) throws(InferenceError) -> UnsafeMutableRawBufferPointer {
        let (value, buffer) = try makeTensor(tensor)
        try check(api.BindOutput(binding, tensor.name, value))
        return buffer
    }

    /// Binds an input to memory of someone who outlives this binding.
    func bindInput(_ tensor: TensorDescription, over buffer: UnsafeMutableRawBufferPointer) throws(InferenceError) {
        try check(api.BindInput(binding, tensor.name, makeValue(tensor, over: buffer)))
    }

    /// Binds an output to memory of someone who outlives this binding.
    func bindOutput(_ tensor: TensorDescription, over buffer: UnsafeMutableRawBufferPointer) throws(InferenceError) {
        try check(api.BindOutput(binding, tensor.name, makeValue(tensor, over: buffer)))
    }

    /// Lets ONNX Runtime allocate an output in the next run; must be repeated for each run.
    func bindFreeOutput(_ name: String) throws(InferenceError) {
        try check(api.BindOutputToDevice(binding, name, memory))
    }

    func run() throws(InferenceError) {
        try check(api.RunWithBinding(session.pointer, nil, binding))
    }

    /// All outputs of the last run, in the order they were bound.
    func outputValues() throws(InferenceError) -> ONNXValues {
        var array: UnsafeMutablePointer<OpaquePointer?>?
        var count = 0
        try check(api.GetBoundOutputValues(binding, session.runtime.functions.allocator, &array, &count))
        return ONNXValues(session: session, array: array, count: count)
    }

    private func check(_ status: OpaquePointer?) throws(InferenceError) {
        try session.runtime.functions.check(status, model: session.name)
    }

    private func makeTensor(_ tensor: TensorDescription) throws(InferenceError) -> (OpaquePointer, UnsafeMutableRawBufferPointer)
    {
        guard let bytes = tensor.byteCount, bytes <= Self.largestTensorBytes else {
            throw .shape(
                model: session.name, tensor: tensor.name, expected: "at most \(Self.largestTensorBytes) bytes",
                found: tensor.shapeText)
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes), alignment: 64)
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        buffers.append(buffer)
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[0..<bytes])
        return (try makeValue(tensor, over: part), part)
    }

    private func makeValue(_ tensor: TensorDescription, over buffer: UnsafeMutableRawBufferPointer) throws(InferenceError)
        -> OpaquePointer
    {
        var value: OpaquePointer?
        try check(
            api.CreateTensorWithDataAsOrtValue(
                memory, buffer.baseAddress, buffer.count, tensor.shape.map(Int64.init), tensor.shape.count,
                tensor.element.onnxType, &value))
        guard let value else { throw .model(name: session.name, reason: "ONNX Runtime returned no tensor") }
        values.append(value)
        return value
    }
}

/// Outputs that ONNX Runtime allocated in a run.
struct ONNXValues {
    let session: ONNXSession
    let array: UnsafeMutablePointer<OpaquePointer?>?
    let count: Int

    func view(at index: Int, name: String) throws(InferenceError) -> TensorView {
        let functions = session.runtime.functions
        guard index < count, let value = array?[index] else {
            throw .model(name: session.name, reason: "output \(name) is missing after the run")
        }
        var info: OpaquePointer?
        try functions.check(functions.api.pointee.GetTensorTypeAndShape(value, &info), model: session.name)
        defer { functions.api.pointee.ReleaseTensorTypeAndShapeInfo(info) }
        let tensor = try functions.description(of: name, info: info, model: session.name)
        var bytes: UnsafeMutableRawPointer?
        try functions.check(functions.api.pointee.GetTensorMutableData(value, &bytes), model: session.name)
        return TensorView(
            name: name, shape: tensor.shape, element: tensor.element,
            bytes: UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : tensor.byteCount ?? 0))
    }

    func release() {
        let functions = session.runtime.functions
        for index in 0..<count { functions.api.pointee.ReleaseValue(array?[index]) }
        functions.api.pointee.ReleaseStatus(functions.api.pointee.AllocatorFree(functions.allocator, array))
    }
}
