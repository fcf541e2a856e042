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
        let steps = Self.needed(graph)
        for step in steps {
            let level = step.inputs.map { levels[$0] ?? 0 }.max() ?? 0
            while parts.count <= level { parts.append(Part()) }
            switch step {
            case .node(let node):
                parts[level].nodes.append(node)
                for output in node.outputs { (levels[output], makers[output]) = (level, level) }
            case .host(let host):
                parts[level].hosts.append(host)
                for output in host.outputs { levels[output] = level + 1 }
            }
        }
        connect(graph, makers)
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

    /// The steps the outputs need, in order.
    private static func needed(_ graph: BlobGraph) -> [BlobGraph.Step] {
        var wanted = Set(graph.outputs.map(\.value))
        var steps: [BlobGraph.Step] = []
        for step in graph.steps.reversed() where step.outputs.contains(where: wanted.contains) {
            wanted.formUnion(step.inputs)
            steps.append(step)
        }
        return steps.reversed()
    }

    private static func unique(_ values: [BlobGraph.Value]) -> [BlobGraph.Value] {
        var seen: Set<BlobGraph.Value> = []
        return values.filter { seen.insert($0).inserted }
    }
}
