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

/// The files of a graph as the device stores them. They are not copied.
public struct GraphStorage: Sendable {
    /// Bytes of all of it; 0 when there is nothing to be sent.
    public private(set) var byteCount = 0
    private var pieces: [(offset: Int, bytes: [UInt8])] = []
    private var entries: [String: MessagePackValue] = [:]

    /// A packet of a file that is sent in several: what is copied of a large file at a time.
    private static let pieceBytes = 1 << 20

    /// The argument of `setAssets`.
    public var table: MessagePackValue { ["map": .map(entries)] }

    /// To be written to the stream `__stream_asset_storage`, one after the other.
    /// - Parameters:
    ///   - limit: the largest packet, in bytes.
    ///   - send: takes each; files that fit are handed on as they are.
    public func forEachPacket<Failure: Error>(
        upTo limit: Int, _ send: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var end = 0
        for piece in pieces {
            if piece.offset > end { try send([UInt8](repeating: 0, count: piece.offset - end)) }
            if piece.bytes.count <= limit {
                try send(piece.bytes)
            } else {
                let step = min(limit, Self.pieceBytes)
                for start in stride(from: 0, to: piece.bytes.count, by: step) {
                    try send(Array(piece.bytes[start..<min(start + step, piece.bytes.count)]))
                }
            }
            end = piece.offset + piece.bytes.count
        }
    }

    mutating func append(_ asset: GraphAsset, node: Int) {
        let offset = (byteCount + asset.alignment - 1) & -asset.alignment
        entries["/node/\(node)/\(asset.name)"] = [
            "alignment": .integer(asset.alignment), "offset": .integer(offset), "size": .integer(asset.bytes.count),
        ]
        pieces.append((offset, asset.bytes))
        byteCount = offset + asset.bytes.count
    }
}
