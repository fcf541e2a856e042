// SPDX-License-Identifier: Apache-2.0
public import XLink

/// The nodes that a device shall run and how they are linked; made here, sent by `DeviceCall.setPipelineSchema`.
public struct DeviceGraph: Sendable {
    /// A node of a graph, to be linked.
    public struct Handle<Node: GraphNode>: Sendable, Hashable {
        public let id: Int
    }

    private struct Link: Sendable {
        let source: Int
        let output: String
        let target: Int
        let input: String
    }

    public let layout: GraphLayout
    private var nodes: [any GraphNode] = []
    private var links: [Link] = []

    public init(layout: GraphLayout) { self.layout = layout }

    public mutating func add<Node: GraphNode>(_ node: Node) -> Handle<Node> {
        nodes.append(node)
        return Handle(id: nodes.count - 1)
    }

    public mutating func link<Source: GraphNode, Target: GraphNode>(
        _ source: Handle<Source>, _ output: Source.Output, to target: Handle<Target>, _ input: Target.Input
    ) {
        links.append(Link(source: source.id, output: output.rawValue, target: target.id, input: input.rawValue))
    }

    /// Sends an output to the host.
    /// - Parameter latestOnly: whether the device drops what the host is too slow for, instead of waiting for it.
    public mutating func stream<Source: GraphNode>(
        _ name: String, from source: Handle<Source>, _ output: Source.Output, latestOnly: Bool = true
    ) {
        let out = add(XLinkOut(stream: name, latestOnly: latestOnly))
        link(source, output, to: out, .input)
    }

    /// The streams that the host opens to be sent to, in the order of their nodes.
    public var outputStreams: [String] { nodes.compactMap { ($0 as? XLinkOut)?.stream } }

    /// The streams that the host opens to send on, with the size of write to declare.
    public var inputStreams: [(name: String, writeSize: Int)] {
        nodes.compactMap { $0 as? XLinkIn }.map { ($0.stream, Int($0.maximumBytes) + XLinkIn.metadataBytes) }
    }

    // MARK: - What is sent

    /// The argument of `setPipelineSchema`.
    public func schema() throws(GraphError) -> MessagePackValue {
        try checkStreams()
        var port = 0
        let nodes = nodes.enumerated().map { id, node in schema(of: node, id: id, port: &port) }
        var connections: [MessagePackValue] = []
        for link in links { connections.append(try schema(of: link)) }
        return ["connections": .list(connections), "globalProperties": DeviceGraph.globalProperties, "nodes": .list(nodes)]
    }

    /// The files of all nodes one after the other, each at its alignment.
    public var storage: GraphStorage {
        var storage = GraphStorage()
        for (id, node) in nodes.enumerated() {
            for asset in node.assets { storage.append(asset, node: id) }
        }
        return storage
    }

    private func checkStreams() throws(GraphError) {
        var names: Set<String> = []
        for name in outputStreams + inputStreams.map(\.name) {
            guard (1...51).contains(name.utf8.count), !name.hasPrefix("__"), !name.utf8.contains(0) else {
                throw .badStreamName(name)
            }
            guard names.insert(name).inserted else { throw .duplicateStream(name) }
        }
    }

    private func schema<Node: GraphNode>(of node: Node, id: Int, port: inout Int) -> MessagePackValue {
        var ports = node.inputs(layout).map { input in
            entry(
                input.name, group: input.group, port: &port, type: 3, isBlocking: input.isBlocking, queueSize: input.queueSize,
                waits: input.waitsForMessage)
        }
        ports += Node.Output.allCases.map { output in
            entry(output.rawValue, group: "", port: &port, type: 0, isBlocking: false, queueSize: 8, waits: false)
        }
        return [
            .integer(id),
            [
                "id": .integer(id), "name": .text(Node.kind), "ioInfo": .list(ports),
                "properties": .octets(NOPEncoder.encode(node.properties(layout))),
            ],
        ]
    }

    /// - Parameter type: 0 for an output, 3 for an input.
    private func entry(
        _ name: String, group: String, port: inout Int, type: Int, isBlocking: Bool, queueSize: Int, waits: Bool
    ) -> MessagePackValue {
        port += 1
        return [
            [.text(group), .text(name)],
            [
                "blocking": .bool(isBlocking), "group": .text(group), "id": .integer(port), "name": .text(name),
                "queueSize": .integer(queueSize), "type": .integer(type), "waitForMessage": .bool(waits),
            ],
        ]
    }

    private func schema(of link: Link) throws(GraphError) -> MessagePackValue {
        let target = nodes[link.target]
        guard let input = target.inputs(layout).first(where: { $0.name == link.input }) else {
            throw .unknownInput(node: "\(type(of: target).kind)(\(link.target))", input: link.input, layout: layout)
        }
        return [
            "node1Id": .integer(link.source), "node1Output": .text(link.output), "node1OutputGroup": "",
            "node2Id": .integer(link.target), "node2Input": .text(link.input), "node2InputGroup": .text(input.group),
        ]
    }

    private static let globalProperties: MessagePackValue = [
        "calibData": nil, "cameraTuningBlobSize": nil, "cameraTuningBlobUri": "", "leonCssFrequencyHz": 700e6,
        "leonMssFrequencyHz": 700e6, "pipelineName": nil, "pipelineVersion": nil, "sippBufferSize": 18432,
        "sippDmaBufferSize": 16384, "xlinkChunkSize": -1,
    ]
}

/// The files of a graph as the device stores them.
public struct GraphStorage: Sendable {
    /// To be written to the stream `__stream_asset_storage`; empty when there is nothing to be sent.
    public private(set) var bytes: [UInt8] = []
    private var entries: [String: MessagePackValue] = [:]

    /// The argument of `setAssets`.
    public var table: MessagePackValue { ["map": .map(entries)] }

    mutating func append(_ asset: GraphAsset, node: Int) {
        let gap = -bytes.count & (asset.alignment - 1)
        bytes += repeatElement(0, count: gap)
        entries["/node/\(node)/\(asset.name)"] = [
            "alignment": .integer(asset.alignment), "offset": .integer(bytes.count), "size": .integer(asset.bytes.count),
        ]
        bytes += asset.bytes
    }
}
