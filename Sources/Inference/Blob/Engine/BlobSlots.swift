// SPDX-License-Identifier: Apache-2.0
internal import Core

/// Memory for the values that pass between the parts of a blob.
final class BlobSlots {
    private var buffers: [UnsafeMutableRawBufferPointer] = []
    private var slots: [BlobGraph.Value: UnsafeMutableRawBufferPointer] = [:]

    deinit {
        for buffer in buffers { buffer.deallocate() }
    }

    /// Memory that lives as long as this object, zeroed.
    func memory(_ bytes: Int) -> UnsafeMutableRawBufferPointer {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes), alignment: 64)
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        buffers.append(buffer)
        return UnsafeMutableRawBufferPointer(rebasing: buffer[0..<bytes])
    }

    /// Makes memory for a value; a constant's numbers are copied there.
    func add(_ value: BlobGraph.Value, _ graph: BlobGraph) {
        let description = graph.description(value)
        let bytes = memory(description.count * description.kind.element.byteCount)
        if case .floats(let numbers)? = graph.constants[value] { numbers.withUnsafeBytes { bytes.copyMemory(from: $0) } }
        slots[value] = bytes
    }

    func bytes(_ value: BlobGraph.Value) -> UnsafeMutableRawBufferPointer {
        guard let slot = slots[value] else { preconditionFailure("every value that passes between parts has memory") }
        return slot
    }

    func floats(_ value: BlobGraph.Value) -> UnsafeMutableBufferPointer<Float> {
        bytes(value).assumingMemoryBound(to: Float.self)
    }

    func description(_ value: BlobGraph.Value, _ graph: BlobGraph) -> TensorDescription {
        TensorDescription(
            name: ONNXModelWriter.name(value), shape: graph.shape(value), element: graph.kind(value).element)
    }
}

extension BlobGraph.Kind {
    /// The element type of a value in memory.
    var element: TensorElement {
        switch self {
        case .float: .float32
        case .int32: .int32
        case .int64: .int64
        case .uint8, .bool: .uint8
        case .int8: .int8
        }
    }
}
