// SPDX-License-Identifier: Apache-2.0

/// A piece of the result of a convolution or pooling, in terms of the whole input.
///
/// The compiler cuts large layers into tiles that fit the chip, with overlaps and rows of junk at the seams. A tile whose
/// elements are exactly those the whole layer would have can be joined with its neighbour to a larger tile.
struct BlobTile {
    /// The operator without its padding.
    private var op: String
    private var attributes: [String: BlobGraph.Attribute]
    /// Weights and bias of a convolution.
    private var constants: [BlobGraph.Value?]
    /// Operators on each element after it, first to last.
    private var activations: [BlobGraph.Node]
    private var source: BlobGraph.Value
    /// Input channels.
    private var channels: Range<Int>
    private var outputs: Int
    private var rows: Axis
    private var columns: Axis

    /// One direction in the plane: output i looks at inputs from `first` + i · `stride` on, `reach` of them; what lies
    /// outside the picture is padding.
    fileprivate struct Axis: Equatable {
        var first: Int
        var count: Int
        var stride: Int
        var reach: Int

        var end: Int { first + (count - 1) * stride + reach }
    }

    private static let activationOps: Set = ["Relu", "LeakyRelu", "Clip"]

    init?(_ value: BlobGraph.Value, _ graph: BlobGraph) {
        guard graph.shape(value).count == 4 else { return nil }
        var (inner, cut) = (value, [0, 0, 0, 0])
        if let window = graph.window(value) { (inner, cut) = (window.value, window.starts) }
        var after: [BlobGraph.Node] = []
        while let node = graph.makers[inner], Self.activationOps.contains(node.op), let operand = node.inputs[0] {
            after.insert(node, at: 0)
            inner = operand
        }
        guard let node = graph.makers[inner], ["Conv", "MaxPool", "AveragePool"].contains(node.op), let input = node.inputs[0],
            graph.shape(inner).count == 4, case .ints(let kernel)? = node.attributes["kernel_shape"],
            case .ints(let strides)? = node.attributes["strides"], case .ints(let pads)? = node.attributes["pads"]
        else { return nil }
        let (shape, full) = (graph.shape(value), graph.shape(inner))
        guard shape[0] == full[0], shape[1] == full[1] else { return nil }
        (op, constants, activations, outputs) = (node.op, Array(node.inputs.dropFirst()), after, shape[1])
        attributes = node.attributes
        attributes["pads"] = nil
        var dilations = [1, 1]
        if case .ints(let given)? = node.attributes["dilations"] { dilations = given }
        var (whole, starts) = (input, [0, 0, 0, 0])
        if let window = graph.window(input) { (whole, starts) = (window.value, window.starts) }
        let (taken, size) = (graph.shape(input), graph.shape(whole))
        guard starts[0] == 0, taken[0] == size[0] else { return nil }
        source = whole
        channels = starts[1]..<starts[1] + taken[1]
        func axis(_ index: Int) -> Axis? {
            let (begin, end) = (starts[index + 2], starts[index + 2] + taken[index + 2])
            let axis = Axis(
                first: begin - pads[index] + cut[index + 2] * strides[index], count: shape[index + 2], stride: strides[index],
                reach: (kernel[index] - 1) * dilations[index] + 1)
            // Padding where the picture goes on makes junk.
            guard axis.first >= begin || begin == 0, axis.end <= end || end == size[index + 2] else { return nil }
            return axis
        }
        guard let rows = axis(0), let columns = axis(1) else { return nil }
        (self.rows, self.columns) = (rows, columns)
    }

    /// Both as one tile; nil when `other` is not the neighbour at the end of this one.
    func joined(_ other: BlobTile, axis: Int, _ graph: BlobGraph) -> BlobTile? {
        guard op == other.op, source == other.source, activations.count == other.activations.count,
            zip(activations, other.activations).allSatisfy({
                $0.op == $1.op && $0.inputs.dropFirst() == $1.inputs.dropFirst() && $0.attributes == $1.attributes
            })
        else { return nil }
        if axis == 1 { return joinedChannels(other, graph) }
        guard attributes == other.attributes, constants == other.constants, channels == other.channels else { return nil }
        var whole = self
        if axis == 2, columns == other.columns {
            guard whole.rows.extend(other.rows) else { return nil }
        } else if axis == 3, rows == other.rows {
            guard whole.columns.extend(other.columns) else { return nil }
        } else {
            return nil
        }
        return whole
    }

    /// Channels side by side: of the same input, or of neighbouring channels that do not mix.
    private func joinedChannels(_ other: BlobTile, _ graph: BlobGraph) -> BlobTile? {
        guard rows == other.rows, columns == other.columns else { return nil }
        var whole = self
        whole.outputs += other.outputs
        let areNeighbours = channels.upperBound == other.channels.lowerBound
        if areNeighbours { whole.channels = channels.lowerBound..<other.channels.upperBound }
        guard op == "Conv" else { return areNeighbours && attributes == other.attributes ? whole : nil }
        guard case .int(let groups)? = attributes["group"], case .int(let others)? = other.attributes["group"],
            let first = constants[0], let second = other.constants[0],
            graph.shape(first).dropFirst() == graph.shape(second).dropFirst(),
            attributes.merging(["group": .int(0)], uniquingKeysWith: { $1 })
                == other.attributes.merging(["group": .int(0)], uniquingKeysWith: { $1 })
        else { return nil }
        if areNeighbours, groups > 1, others > 1, outputs / groups == other.outputs / others {
            whole.attributes["group"] = .int(groups + others)
        } else if groups != 1 || others != 1 || channels != other.channels {
            return nil
        }
        guard let weights = Self.appended(first, second, graph) else { return nil }
        whole.constants = [weights]
        if constants.count > 1 || other.constants.count > 1 {
            let zeros = { (count: Int) in graph.constant([Float](repeating: 0, count: count), shape: [count]) }
            let a = constants.count > 1 ? constants[1] ?? zeros(outputs) : zeros(outputs)
            let b = other.constants.count > 1 ? other.constants[1] ?? zeros(other.outputs) : zeros(other.outputs)
            guard let bias = Self.appended(a, b, graph) else { return nil }
            whole.constants.append(bias)
        }
        return whole
    }

    private static func appended(_ first: BlobGraph.Value, _ second: BlobGraph.Value, _ graph: BlobGraph) -> BlobGraph.Value? {
        guard case .floats(let a)? = graph.constants[first], case .floats(let b)? = graph.constants[second] else { return nil }
        var shape = graph.shape(first)
        shape[0] += graph.shape(second)[0]
        return graph.constant(a + b, shape: shape)
    }

    /// Adds the operators of this tile.
    func value(_ graph: BlobGraph) -> BlobGraph.Value {
        let size = graph.shape(source)
        let low = [max(0, rows.first), max(0, columns.first)]
        let high = [min(size[2], rows.end), min(size[3], columns.end)]
        let input = graph.slice(
            source, starts: [0, channels.lowerBound, low[0], low[1]],
            counts: [size[0], channels.count, high[0] - low[0], high[1] - low[1]], steps: [1, 1, 1, 1])
        var attributes = attributes
        attributes["pads"] = .ints([
            max(0, -rows.first), max(0, -columns.first), max(0, rows.end - size[2]), max(0, columns.end - size[3]),
        ])
        let shape = [size[0], outputs, rows.count, columns.count]
        var value = graph.add(op, [input] + constants, attributes, shape: shape)
        for node in activations { value = graph.add(node.op, [value] + node.inputs.dropFirst(), node.attributes, shape: shape) }
        return value
    }
}

extension BlobTile.Axis {
    /// Goes on with another stretch; false when it does not begin where this one ends.
    fileprivate mutating func extend(_ other: Self) -> Bool {
        guard stride == other.stride, reach == other.reach, other.first == first + count * stride else { return false }
        count += other.count
        return true
    }
}
