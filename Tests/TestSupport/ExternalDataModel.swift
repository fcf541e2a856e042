// SPDX-License-Identifier: Apache-2.0
package import Inference

/// ONNX models, written by hand, with tensors that keep their numbers in another file.
public enum ExternalDataModel {
    /// A network that hands a file out: `y` is the first bytes at `location`, whatever the picture `x` of 64×64 shows.
    public static func leaking(_ location: String, count: Int) -> [UInt8] {
        model { graph in
            node("ReduceMean", ["x"], "m", &graph) { attributes in
                attributes.message(5) { axes in
                    axes.text(1, "axes")
                    for axis in 1...3 { axes.integer(8, axis) }
                    axes.integer(20, 7)
                }
                attributes.message(5) { keep in
                    keep.text(1, "keepdims")
                    keep.integer(3, 0)
                    keep.integer(20, 2)
                }
            }
            node("Mul", ["m", "z"], "m0", &graph)
            node("Cast", ["w"], "f", &graph) { attributes in
                attributes.message(5) { to in
                    to.text(1, "to")
                    to.integer(3, 1)
                    to.integer(20, 2)
                }
            }
            node("Add", ["f", "m0"], "y", &graph)
            graph.message(5) { tensor(&$0, location: location, shape: [1, count]) }
            graph.message(5) { zero in
                zero.integer(1, 1)
                zero.integer(2, 1)
                zero.text(8, "z")
                zero.data(9, [0, 0, 0, 0])
            }
            graph.message(11) { value("x", [1, 3, 64, 64], &$0) }
            graph.message(12) { value("y", [1, count], &$0) }
        }
    }

    /// Models of one such tensor each, in every place where onnx.proto has one.
    public static var everyPlace: [(place: String, bytes: [UInt8])] {
        let inGraph: [(String, [Int])] = [
            ("initializer", [5]), ("sparse values", [15, 1]), ("sparse indices", [15, 2]), ("attribute", [1, 5, 5]),
            ("attribute's list", [1, 5, 10]), ("attribute's sparse tensor", [1, 5, 22, 1]),
            ("attribute's sparse tensors", [1, 5, 23, 2]), ("graph of a node", [1, 5, 6, 5]),
            ("graphs of a node", [1, 5, 11, 5]), ("graph in a graph in a graph", [1, 5, 6, 1, 5, 11, 1, 5, 6, 15, 1]),
        ]
        let beside: [(String, [Int])] = [
            ("function", [25, 7, 5, 5]), ("function's graph", [25, 7, 5, 6, 5]), ("function's default", [25, 11, 5]),
            ("training's start", [20, 1, 5]), ("training's steps", [20, 2, 1, 5, 5]),
        ]
        return inGraph.map { place, fields in (place, model { nested(fields[...], &$0) }) }
            + beside.map { place, fields in (place, model(beside: { nested(fields[...], &$0) }, graph: { $0.text(2, "g") })) }
    }

    /// A model of version 8 and operator set 13.
    package static func model(
        beside: (inout ProtobufWriter) -> Void = { _ in }, graph: (inout ProtobufWriter) -> Void
    ) -> [UInt8] {
        var model = ProtobufWriter()
        model.integer(1, 8)
        model.message(7, graph)
        beside(&model)
        model.message(8) { opset in
            opset.text(1, "")
            opset.integer(2, 13)
        }
        return model.bytes
    }

    /// Messages in messages, the innermost a tensor whose numbers are elsewhere.
    private static func nested(_ fields: ArraySlice<Int>, _ writer: inout ProtobufWriter) {
        guard let field = fields.first else { return tensor(&writer, location: "etc/passwd", shape: [4]) }
        writer.message(field) { nested(fields.dropFirst(), &$0) }
    }

    private static func node(
        _ kind: String, _ inputs: [String], _ output: String, _ graph: inout ProtobufWriter,
        attributes: (inout ProtobufWriter) -> Void = { _ in }
    ) {
        graph.message(1) { node in
            for input in inputs { node.text(1, input) }
            node.text(2, output)
            node.text(4, kind)
            attributes(&node)
        }
    }

    /// A tensor of bytes that are in another file.
    private static func tensor(_ tensor: inout ProtobufWriter, location: String, shape: [Int]) {
        for dimension in shape { tensor.integer(1, dimension) }
        tensor.integer(2, 2)
        tensor.text(8, "w")
        for (key, value) in [("location", location), ("offset", "0"), ("length", "\(shape.reduce(1, *))")] {
            tensor.message(13) { entry in
                entry.text(1, key)
                entry.text(2, value)
            }
        }
        tensor.integer(14, 1)
    }

    /// The description of an input or output of 32-bit floats.
    private static func value(_ name: String, _ shape: [Int], _ value: inout ProtobufWriter) {
        value.text(1, name)
        value.message(2) { type in
            type.message(1) { tensor in
                tensor.integer(1, 1)
                tensor.message(2) { dimensions in
                    for dimension in shape { dimensions.message(1) { $0.integer(1, dimension) } }
                }
            }
        }
    }
}
