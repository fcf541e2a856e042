// SPDX-License-Identifier: Apache-2.0

/// The order a graph runs in: parts that ONNX Runtime computes, and host operations between them.
struct BlobProgram {
    /// Nodes that need the same host operations before them.
    struct Part {
        var nodes: [BlobGraph.Node] = []
        var hosts: [BlobGraph.HostNode] = []
        /// From the network's inputs or earlier parts and their host operations.
        var inputs: [BlobGraph.Value] = []
        /// For host operations, later parts or the network's outputs.
        var outputs: [BlobGraph.Value] = []
        var constants: [BlobGraph.Value] = []
    }

    /// In each part, first the nodes run, then the host operations.
    private(set) var parts: [Part] = []
    /// Constants that host operations read.
    private(set) var hostConstants: [BlobGraph.Value] = []

    init(_ graph: BlobGraph) {
        var levels: [BlobGraph.Value: Int] = [:]
        var makers: [BlobGraph.Value: Int] = [:]
        for step in graph.steps {
            let level = step.inputs.map { levels[$0] ?? 0 }.max() ?? 0
            while parts.count <= level { parts.append(Part()) }
            switch step {
            case .node(let node):
                parts[level].nodes.append(node)
                for output in node.outputs { levels[output] = level }
            case .host(let host):
                parts[level].hosts.append(host)
                for output in host.outputs { levels[output] = level + 1 }
            }
        }
        parts = parts.flatMap { Self.divided($0, graph) }
        for (index, part) in parts.enumerated() {
            for output in part.nodes.flatMap(\.outputs) { makers[output] = index }
        }
        connect(graph, makers)
    }

    /// ONNX Runtime copies weights more than once while it makes a session. So that this does not count much, a network of
    /// many weights is divided among sessions made one after the other, each with at most so many elements.
    private static let mostWeights = 2 << 20

    private static func divided(_ part: Part, _ graph: BlobGraph) -> [Part] {
        func weights(_ nodes: some Sequence<BlobGraph.Node>) -> Int {
            var seen: Set<BlobGraph.Value> = []
            return nodes.flatMap { $0.inputs.compactMap { $0 } }.filter { seen.insert($0).inserted }
                .reduce(0) { $0 + (graph.constants[$1]?.count ?? 0) }
        }
        guard weights(part.nodes) > 2 * mostWeights else { return [part] }
        var (parts, sum) = ([Part()], 0)
        for node in part.nodes {
            let own = weights([node])
            if sum + own > mostWeights, sum > 0 {
                parts.append(Part())
                sum = 0
            }
            parts[parts.count - 1].nodes.append(node)
            sum += own
        }
        parts[parts.count - 1].hosts = part.hosts
        return parts
    }

    private mutating func connect(_ graph: BlobGraph, _ makers: [BlobGraph.Value: Int]) {
        var exported = Set(graph.outputs.map(\.value))
        for (index, part) in parts.enumerated() {
            for host in part.hosts { exported.formUnion(host.inputs) }
            let read = Self.unique(part.nodes.flatMap { $0.inputs.compactMap { $0 } })
            parts[index].constants = read.filter { graph.constants[$0] != nil }
            parts[index].inputs = read.filter { graph.constants[$0] == nil && makers[$0] != index }
            exported.formUnion(parts[index].inputs)
        }
        for index in parts.indices {
            parts[index].outputs = parts[index].nodes.flatMap(\.outputs).filter { exported.contains($0) }
        }
        hostConstants = Self.unique(parts.flatMap { $0.hosts.flatMap(\.inputs) }).filter { graph.constants[$0] != nil }
    }

    private static func unique(_ values: [BlobGraph.Value]) -> [BlobGraph.Value] {
        var seen: Set<BlobGraph.Value> = []
        return values.filter { seen.insert($0).inserted }
    }
}
