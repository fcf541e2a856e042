// SPDX-License-Identifier: Apache-2.0

/// A blob as a graph of ONNX operators and host operations, every shape known.
final class BlobGraph {
    /// A tensor of the graph, by number.
    struct Value: Hashable {
        let id: Int
    }

    /// What elements the graph computes with. Half floats are computed as floats.
    enum Kind: Hashable {
        case float
        case int32
        case int64
        case uint8
        case int8
        case bool
    }

    struct Description: Hashable {
        var shape: [Int]
        var kind: Kind

        var count: Int { shape.reduce(1, *) }
    }

    enum Attribute: Hashable {
        case int(Int)
        case ints([Int])
        case float(Float)
        case text(String)
    }

    /// One operator.
    struct Node {
        /// Stage number and name, for error texts and profiles.
        var name: String
        var op: String
        var inputs: [Value?]
        var outputs: [Value]
        var attributes: [String: Attribute]
    }

    /// A step that ONNX has no operator for.
    struct HostNode {
        var name: String
        var inputs: [Value]
        var outputs: [Value]
        var operation: any BlobHostOperation
    }

    enum Constant {
        case floats([Float])
        case int64s([Int64])
        case int32s([Int32])

        var count: Int {
            switch self {
            case .floats(let values): values.count
            case .int64s(let values): values.count
            case .int32s(let values): values.count
            }
        }
    }

    enum Step {
        case node(Node)
        case host(HostNode)

        var inputs: [Value] {
            switch self {
            case .node(let node): node.inputs.compactMap { $0 }
            case .host(let host): host.inputs
            }
        }

        var outputs: [Value] {
            switch self {
            case .node(let node): node.outputs
            case .host(let host): host.outputs
            }
        }
    }

    private(set) var descriptions: [Description] = []
    var steps: [Step] = []
    private(set) var constants: [Value: Constant] = [:]
    private(set) var inputs: [(name: String, value: Value)] = []
    var outputs: [(name: String, value: Value)] = []
    /// Set before each stage: what its nodes are called.
    var stageName = ""

    private struct Signature: Hashable {
        var op: String
        var inputs: [Value?]
        var attributes: [String: Attribute]
        var results: [Description]
    }
    private var known: [Signature: [Value]] = [:]
    /// Which operator a value comes from.
    private(set) var makers: [Value: Node] = [:]
    private struct SmallConstant: Hashable {
        var numbers: [Int64]
        var shape: [Int]
        var kind: Kind
    }
    private var knownConstants: [SmallConstant: Value] = [:]
    private var longConstants: [Int: [Value]] = [:]

    func description(_ value: Value) -> Description { descriptions[value.id] }
    func shape(_ value: Value) -> [Int] { descriptions[value.id].shape }
    func kind(_ value: Value) -> Kind { descriptions[value.id].kind }

    func declare(_ shape: [Int], _ kind: Kind) -> Value {
        descriptions.append(Description(shape: shape, kind: kind))
        return Value(id: descriptions.count - 1)
    }

    func input(_ name: String, _ shape: [Int], _ kind: Kind) -> Value {
        let value = declare(shape, kind)
        inputs.append((name, value))
        return value
    }

    /// Adds an operator with one result; the same operator on the same values is added once.
    func add(
        _ op: String, _ operands: [Value?], _ attributes: [String: Attribute] = [:], shape: [Int], kind: Kind = .float
    ) -> Value {
        add(op, operands, attributes, results: [Description(shape: shape, kind: kind)])[0]
    }

    /// Adds an operator with several results.
    func add(_ op: String, _ operands: [Value?], _ attributes: [String: Attribute] = [:], results: [Description]) -> [Value] {
        let signature = Signature(op: op, inputs: operands, attributes: attributes, results: results)
        if let values = known[signature] { return values }
        let values = results.map { declare($0.shape, $0.kind) }
        let name = "\(stageName) \(op) \(values[0].id)"
        let node = Node(name: name, op: op, inputs: operands, outputs: values, attributes: attributes)
        steps.append(.node(node))
        known[signature] = values
        makers[values[0]] = node
        return values
    }

    /// A copy of a value, with memory of its own.
    func copy(_ value: Value) -> Value {
        let copy = declare(shape(value), kind(value))
        steps.append(
            .node(Node(name: "\(stageName) \(copy.id)", op: "Identity", inputs: [value], outputs: [copy], attributes: [:])))
        return copy
    }

    /// Adds a host operation.
    func add(_ operation: any BlobHostOperation, _ operands: [Value], results: [Description]) -> [Value] {
        let values = results.map { declare($0.shape, $0.kind) }
        steps.append(.host(HostNode(name: stageName, inputs: operands, outputs: values, operation: operation)))
        return values
    }

    func constant(_ values: [Float], shape: [Int]) -> Value {
        // Short ones are shared, so that equal operators are found equal.
        guard values.count <= 16 else { return longConstant(values, shape) }
        let key = SmallConstant(numbers: values.map { Int64($0.bitPattern) }, shape: shape, kind: .float)
        return known(key) { newConstant(.floats(values), shape, .float) }
    }

    func constant(_ values: [Int], shape: [Int]? = nil) -> Value {
        let key = SmallConstant(numbers: values.map(Int64.init), shape: shape ?? [values.count], kind: .int64)
        return known(key) { newConstant(.int64s(key.numbers), key.shape, .int64) }
    }

    func constant(int32 values: [Int32], shape: [Int]) -> Value { newConstant(.int32s(values), shape, .int32) }

    func scalar(_ value: Float) -> Value { constant([value], shape: []) }

    /// Tiles of one layer carry the same weights again and again.
    private func longConstant(_ values: [Float], _ shape: [Int]) -> Value {
        var hasher = Hasher()
        hasher.combine(shape)
        values.withUnsafeBytes { hasher.combine(bytes: $0) }
        let hash = hasher.finalize()
        for value in longConstants[hash] ?? [] where self.shape(value) == shape {
            if case .floats(let own)? = constants[value], own == values { return value }
        }
        let value = newConstant(.floats(values), shape, .float)
        longConstants[hash, default: []].append(value)
        return value
    }

    private func newConstant(_ constant: Constant, _ shape: [Int], _ kind: Kind) -> Value {
        let value = declare(shape, kind)
        constants[value] = constant
        return value
    }

    private func known(_ key: SmallConstant, _ make: () -> Value) -> Value {
        if let value = knownConstants[key] { return value }
        let value = make()
        knownConstants[key] = value
        return value
    }

    /// Forgets the steps the outputs do not need, constants no step reads, and what was kept to find equal operators.
    func prune() {
        var wanted = Set(outputs.map(\.value))
        var needed: [Step] = []
        for step in steps.reversed() where step.outputs.contains(where: wanted.contains) {
            wanted.formUnion(step.inputs)
            needed.append(step)
        }
        steps = needed.reversed()
        constants = constants.filter { wanted.contains($0.key) }
        (known, makers, knownConstants, longConstants) = ([:], [:], [:], [:])
    }

    /// Forgets constants' numbers after ONNX Runtime has its own copy.
    func release(_ values: [Value]) {
        for value in values { constants[value] = nil }
    }
}
