// SPDX-License-Identifier: Apache-2.0
internal import COnnxRuntime

/// Constants that a model names and that lie outside of it, in memory.
final class ONNXWeights {
    private var entries: [(name: String, shape: [Int], constant: BlobGraph.Constant)]

    init(_ entries: [(name: String, shape: [Int], constant: BlobGraph.Constant)]) {
        self.entries = entries
    }

    /// Whether there are any.
    var areLarge: Bool { !entries.isEmpty }

    /// Adds them to the options of a session, for as long as `body` runs: the session has its own copy after it is made.
    func attach<Result>(
        to options: OpaquePointer?, functions: ONNXFunctions, model: String, _ body: () throws(InferenceError) -> Result
    ) throws(InferenceError) -> Result {
        guard !entries.isEmpty else { return try body() }
        let api = functions.api.pointee
        var memory: OpaquePointer?
        try functions.check(api.CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &memory), model: model)
        defer { api.ReleaseMemoryInfo(memory) }
        var values: [OpaquePointer?] = []
        var names: [UnsafePointer<CChar>?] = []
        defer {
            for value in values { api.ReleaseValue(value) }
            for name in names { UnsafeMutablePointer(mutating: name)?.deallocate() }
        }
        for entry in entries {
            let text = entry.name.utf8CString
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.count)
            for (index, character) in text.enumerated() { (copy + index).initialize(to: character) }
            names.append(UnsafePointer(copy))
            values.append(try value(entry.shape, entry.constant, memory, functions, model))
        }
        try functions.check(api.AddExternalInitializers(options, names, values, values.count), model: model)
        return try body()
    }

    private func value(
        _ shape: [Int], _ constant: BlobGraph.Constant, _ memory: OpaquePointer?, _ functions: ONNXFunctions, _ model: String
    ) throws(InferenceError) -> OpaquePointer? {
        func make<Number>(_ numbers: [Number], _ type: ONNXTensorElementDataType) throws(InferenceError) -> OpaquePointer? {
            var value: OpaquePointer?
            let status = numbers.withUnsafeBytes { bytes in
                // The array lives in `entries` until the session is made.
                functions.api.pointee.CreateTensorWithDataAsOrtValue(
                    memory, UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count, shape.map(Int64.init), shape.count,
                    type, &value)
            }
            try functions.check(status, model: model)
            return value
        }
        switch constant {
        case .floats(let numbers): return try make(numbers, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT)
        case .int64s(let numbers): return try make(numbers, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64)
        case .int32s(let numbers): return try make(numbers, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32)
        }
    }
}
