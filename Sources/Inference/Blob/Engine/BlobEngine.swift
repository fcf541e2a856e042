// SPDX-License-Identifier: Apache-2.0
internal import CKernels
internal import Core
import Synchronization

/// Runs a blob: ONNX Runtime computes the parts ONNX has operators for, Swift the rest.
///
/// All memory is made once. `@unchecked Sendable`: buffers and bindings are touched only inside `gate` after `init`.
final class BlobEngine: Engine, @unchecked Sendable {
    let inputs: [TensorDescription]
    let outputs: [TensorDescription]
    private let batch: Int
    private let gate = Mutex(())
    private let slots: BlobSlots
    private let parts: [Part]
    private let entries: [Port]
    private let exits: [Port]
    private let views: [TensorView]

    private struct Part {
        /// nil for a part of host operations only.
        var binding: ONNXBinding?
        var hosts: [Host]
    }

    private struct Host {
        var operation: any BlobHostOperation
        var operands: [UnsafeBufferPointer<Float>]
        var results: [UnsafeMutableBufferPointer<Float>]
    }

    /// An input or output: the caller's memory of the whole batch, and the graph's of one sample.
    fileprivate struct Port {
        var outside: UnsafeMutableRawBufferPointer
        var inside: UnsafeMutableRawBufferPointer
        var isHalf: Bool
        /// Of one sample outside.
        var sampleBytes: Int
    }

    init(_ network: BlobNetwork, name: String, runtime: ONNXRuntime, threads: Int) throws(InferenceError) {
        let graph = network.graph
        (batch, inputs, outputs) = (network.batch, network.inputs, network.outputs)
        let program = BlobProgram(graph)
        let slots = BlobSlots()
        for input in graph.inputs { slots.add(input.value, graph) }
        for value in program.hostConstants { slots.add(value, graph) }
        var parts: [Part] = []
        for (index, part) in program.parts.enumerated() {
            for value in part.outputs + part.hosts.flatMap(\.outputs) { slots.add(value, graph) }
            var binding: ONNXBinding?
            if !part.nodes.isEmpty {
                binding = try Self.bind(part, graph, slots, name: name, runtime: runtime, threads: threads)
            }
            graph.release(
                part.constants.filter { value in !program.parts[(index + 1)...].contains { $0.constants.contains(value) } })
            let hosts = part.hosts.map { host in
                Host(
                    operation: host.operation, operands: host.inputs.map { UnsafeBufferPointer(slots.floats($0)) },
                    results: host.outputs.map { slots.floats($0) })
            }
            parts.append(Part(binding: binding, hosts: hosts))
        }
        (self.slots, self.parts) = (slots, parts)
        entries = zip(inputs, graph.inputs).map { [batch] in Port(slots, $0, $1.value, batch) }
        exits = zip(outputs, graph.outputs).map { [batch] in Port(slots, $0, $1.value, batch) }
        views = zip(outputs, exits).map {
            TensorView(name: $0.name, shape: $0.shape, element: $0.element, bytes: UnsafeRawBufferPointer($1.outside))
        }
    }

    private static func bind(
        _ part: BlobProgram.Part, _ graph: BlobGraph, _ slots: BlobSlots, name: String, runtime: ONNXRuntime, threads: Int
    ) throws(InferenceError) -> ONNXBinding {
        let large = part.constants.filter { graph.description($0).count >= ONNXModelWriter.largeConstant }
        let model = ONNXModelWriter(graph: graph).model(
            nodes: part.nodes, inputs: part.inputs, outputs: part.outputs, constants: part.constants, external: Set(large))
        let weights = ONNXWeights(
            large.map { (ONNXModelWriter.name($0), graph.shape($0), graph.constants[$0] ?? .floats([])) })
        let session = try runtime.open(model: model, weights: weights, name: name, threads: threads)
        let binding = try ONNXBinding(session: session)
        for value in part.inputs {
            try binding.bindInput(slots.description(value, graph), over: slots.bytes(value))
        }
        for value in part.outputs {
            try binding.bindOutput(slots.description(value, graph), over: slots.bytes(value))
        }
        return binding
    }

    func run<Result: Sendable>(
        fill: (String, UnsafeMutableRawBufferPointer) throws(InferenceError) -> Void,
        _ body: ([TensorView]) throws(InferenceError) -> Result
    ) throws(InferenceError) -> Result {
        try gate.withLock { (_) throws(InferenceError) -> Result in
            for (input, port) in zip(inputs, entries) { try fill(input.name, port.outside) }
            for sample in 0..<batch {
                for port in entries { port.enter(sample) }
                for part in parts {
                    try part.binding?.run()
                    for host in part.hosts { host.operation.run(host.operands, into: host.results) }
                }
                for port in exits { port.leave(sample) }
            }
            return try body(views)
        }
    }
}

extension BlobEngine.Port {
    fileprivate init(_ slots: BlobSlots, _ tensor: TensorDescription, _ value: BlobGraph.Value, _ batch: Int) {
        inside = slots.bytes(value)
        isHalf = tensor.element == .float16
        let bytes = tensor.byteCount ?? 0
        sampleBytes = bytes / batch
        // Without a conversion and a batch both are the same memory.
        outside = isHalf || batch > 1 ? slots.memory(bytes) : inside
    }

    fileprivate func enter(_ sample: Int) {
        guard outside.baseAddress != inside.baseAddress, let target = inside.baseAddress,
            let source = outside.baseAddress.map({ $0 + sample * sampleBytes })
        else { return }
        if isHalf {
            dk_pixel_f16_to_f32(
                source.assumingMemoryBound(to: UInt16.self), sampleBytes / 2, target.assumingMemoryBound(to: Float.self))
        } else {
            target.copyMemory(from: source, byteCount: sampleBytes)
        }
    }

    fileprivate func leave(_ sample: Int) {
        guard outside.baseAddress != inside.baseAddress, let source = inside.baseAddress,
            let target = outside.baseAddress.map({ $0 + sample * sampleBytes })
        else { return }
        if isHalf {
            dk_pixel_f32_to_f16(
                source.assumingMemoryBound(to: Float.self), sampleBytes / 2, target.assumingMemoryBound(to: UInt16.self))
        } else {
            target.copyMemory(from: source, byteCount: sampleBytes)
        }
    }
}

/// A blob ready for an engine. It needs the file no more.
struct BlobNetwork {
    let graph: BlobGraph
    let inputs: [TensorDescription]
    let outputs: [TensorDescription]
    let batch: Int

    /// - Throws: `blob` when a stage cannot run here.
    init(_ blob: Blob, name: String) throws(InferenceError) {
        let lowering = BlobLowering(blob)
        lowering.run()
        guard lowering.refusals.isEmpty else { throw .blob(name: name, refusals: lowering.refusals) }
        graph = lowering.graph
        graph.prune()
        batch = blob.header.batch
        inputs = blob.inputs.map { $0.description(batch: blob.header.batch) }
        outputs = blob.outputs.map { $0.description(batch: blob.header.batch) }
    }
}

extension BlobPort {
    /// As programs see it: in the order of memory, the whole batch.
    func description(batch: Int) -> TensorDescription {
        var shape = tensor.shape?.dimensions ?? []
        if batch > 1 {
            if shape.first == 1 { shape[0] = batch } else { shape.insert(batch, at: 0) }
        }
        let element: TensorElement =
            switch tensor.element {
            case .float16: .float16
            case .float32: .float32
            case .uint8: .uint8
            case .int8: .int8
            case .int32: .int32
            }
        return TensorDescription(name: name, shape: shape, element: element)
    }
}
