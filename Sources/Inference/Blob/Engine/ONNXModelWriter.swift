// SPDX-License-Identifier: Apache-2.0

/// Writes a part of a graph as an ONNX model (onnx.proto of ONNX 1.12, operator set 17). Large constants are only named:
/// their numbers are handed to ONNX Runtime beside the model.
struct ONNXModelWriter {
    let graph: BlobGraph

    /// Constants of at least this many elements stay outside the model.
    static let largeConstant = 1024

    static func name(_ value: BlobGraph.Value) -> String { "t\(value.id)" }

    /// - Parameter external: constants to name only.
    func model(
        nodes: [BlobGraph.Node], inputs: [BlobGraph.Value], outputs: [BlobGraph.Value], constants: [BlobGraph.Value],
        external: Set<BlobGraph.Value>
    ) -> [UInt8] {
        var model = ProtobufWriter()
        model.integer(1, 8)
        model.text(2, "depthd")
        model.message(7) { body in
            for node in nodes { body.message(1) { write(node, to: &$0) } }
            body.text(2, "blob")
            for value in constants { body.message(5) { constant(value, isExternal: external.contains(value), to: &$0) } }
            for value in inputs { body.message(11) { description(value, to: &$0) } }
            for value in outputs { body.message(12) { description(value, to: &$0) } }
        }
        model.message(8) { opset in
            opset.text(1, "")
            opset.integer(2, 17)
        }
        return model.bytes
    }

    private func write(_ node: BlobGraph.Node, to message: inout ProtobufWriter) {
        for input in node.inputs { message.text(1, input.map(Self.name) ?? "") }
        for output in node.outputs { message.text(2, Self.name(output)) }
        message.text(3, node.name)
        message.text(4, node.op)
        for (name, attribute) in node.attributes.sorted(by: { $0.key < $1.key }) {
            message.message(5) { write(name, attribute, to: &$0) }
        }
    }

    private func write(_ name: String, _ attribute: BlobGraph.Attribute, to message: inout ProtobufWriter) {
        message.text(1, name)
        switch attribute {
        case .float(let value):
            message.float(2, value)
            message.integer(20, 1)
        case .int(let value):
            message.integer(3, value)
            message.integer(20, 2)
        case .text(let value):
            message.text(4, value)
            message.integer(20, 3)
        case .ints(let values):
            for value in values { message.integer(8, value) }
            message.integer(20, 7)
        }
    }

    private func constant(_ value: BlobGraph.Value, isExternal: Bool, to message: inout ProtobufWriter) {
        let description = graph.description(value)
        for dimension in description.shape { message.integer(1, dimension) }
        message.integer(2, description.kind.onnxCode)
        message.text(8, Self.name(value))
        guard !isExternal, let numbers = graph.constants[value] else {
            // The place is never looked at, but must be written.
            message.message(13) { entry in
                entry.text(1, "location")
                entry.text(2, "blob")
            }
            message.integer(14, 1)
            return
        }
        func raw<Number>(_ numbers: [Number]) -> [UInt8] { numbers.withUnsafeBytes { Array($0) } }
        switch numbers {
        case .floats(let numbers): message.data(9, raw(numbers))
        case .int64s(let numbers): message.data(9, raw(numbers))
        case .int32s(let numbers): message.data(9, raw(numbers))
        }
    }

    private func description(_ value: BlobGraph.Value, to message: inout ProtobufWriter) {
        let description = graph.description(value)
        message.text(1, Self.name(value))
        message.message(2) { type in
            type.message(1) { tensor in
                tensor.integer(1, description.kind.onnxCode)
                tensor.message(2) { shape in
                    for dimension in description.shape { shape.message(1) { $0.integer(1, dimension) } }
                }
            }
        }
    }
}
