// SPDX-License-Identifier: Apache-2.0
import Testing
import XLink

/// A schema in an order of its own: nodes are named by their kind, their properties and what they are linked to instead of by
/// numbers, which whoever makes a schema gives as they like.
struct PlainSchema {
    struct Node {
        let name: String
        let properties: [UInt8]
        let ports: [String]
    }

    let nodes: [Node]
    let links: [String]
    let globalProperties: MessagePackValue?

    init(_ schema: MessagePackValue) throws {
        var names: [Int: String] = [:]
        var nodes: [Node] = []
        for pair in try #require(schema["nodes"]?.list) {
            let (id, node) = (try #require(pair.list?[0].integer), try #require(pair.list?[1]))
            #expect(node["id"]?.integer == id)
            let properties = try #require(node["properties"]?.octets)
            // Two nodes of the same kind differ in their properties: in socket, or name of stream.
            let name = try #require(node["name"]?.text) + " \(properties)"
            names[id] = name
            let ports = try #require(node["ioInfo"]?.list).map { try Self.port($0) }
            nodes.append(Node(name: name, properties: properties, ports: ports.sorted()))
        }
        self.nodes = nodes.sorted { $0.name < $1.name }
        links = try #require(schema["connections"]?.list).map { link in
            let (source, target) = (link["node1Id"]?.integer ?? -1, link["node2Id"]?.integer ?? -1)
            let (from, to) = (try #require(names[source]), try #require(names[target]))
            let output = "\(link["node1Output"]?.text ?? "?")/\(link["node1OutputGroup"]?.text ?? "?")"
            return "\(from) \(output) → \(to) \(link["node2Input"]?.text ?? "?")/\(link["node2InputGroup"]?.text ?? "?")"
        }.sorted()
        globalProperties = schema["globalProperties"]
    }

    private static func port(_ pair: MessagePackValue) throws -> String {
        let port = try #require(pair.list?[1])
        let (group, name) = (try #require(port["group"]?.text), try #require(port["name"]?.text))
        #expect(pair.list?[0] == [.text(group), .text(name)])
        #expect(port["id"]?.integer != nil)
        let type = [0: "sender", 3: "receiver"][port["type"]?.integer ?? -1] ?? "?"
        let (blocking, waits) = (try #require(port["blocking"]?.bool), try #require(port["waitForMessage"]?.bool))
        return "\(name)/\(group) \(type) blocking=\(blocking) size=\(port["queueSize"]?.integer ?? -1) wait=\(waits)"
    }
}
