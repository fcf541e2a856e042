// SPDX-License-Identifier: Apache-2.0
import API
import Core
import Foundation
import Tasks
import TestSupport
import Testing

@Suite("The description of the API is true", .timeLimit(.minutes(1)))
struct OpenAPITests {
    @Test("Every route is described, and everything described is a route")
    func routes() async throws {
        try await RunningServer.with(FakeAppliance([]), codeProject: FakeTasks.everything()) { server in
            let document = try await server.fetch("/openapi.json").object
            #expect(document["openapi"] as? String == "3.1.0")
            let paths = try #require(document["paths"] as? [String: [String: Any]])
            let described = paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(path)" } }
            #expect(Set(described) == Set(server.server.routeNames))
            #expect(server.server.routeNames.count == Set(server.server.routeNames).count)
        }
    }

    @Test(
        "An answer that is not as described is found",
        arguments: [
            ("/a", 200, "application/json", #"{"n":1}"#, true),
            ("/a?b=c", 200, "application/json; charset=utf-8", #"{"n":-2}"#, true),
            ("/a", 200, "application/json", #"{"n":"1"}"#, false), ("/a", 200, "application/json", #"{"n":1.5}"#, false),
            ("/a", 200, "application/json", #"{"n":true}"#, false), ("/a", 200, "application/json", "{}", false),
            ("/a", 200, "application/json", #"{"n":1,"m":2}"#, false), ("/a", 200, "application/json", "", false),
            ("/a", 200, "text/plain", "1", false), ("/a", 201, "application/json", #"{"n":1}"#, false),
            ("/b", 200, "application/json", "{}", false), ("/b", 404, "application/json", "{}", true),
        ])
    func checker(path: String, status: Int, type: String, body: String, fits: Bool) throws {
        let described = try APIDescription(
            Data(
                #"""
                {"paths": {"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema":
                {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}}}}}}}}}
                """#.utf8))
        let answer = APIDescription.Answer(method: "GET", path: path, status: status, contentType: type, body: Data(body.utf8))
        #expect(described.problems(answer).isEmpty == fits)
    }

    @Test("The routes that ask for a key, and no others, are described with its refusal")
    func keys() async throws {
        var parts = try FakeTasks.everything()
        defer { parts.scheduler.close() }
        parts.deepStack = .init(apiKey: "sesame")
        try await RunningServer.with(FakeAppliance([]), codeProject: parts) { server in
            let paths = try await server.fetch("/openapi.json").object["paths"] as? [String: [String: [String: Any]]]
            for (path, operations) in try #require(paths) where path.hasPrefix("/v1/") {
                for (method, operation) in operations {
                    let isJSON = method == "post" && path.hasSuffix("/settings")
                    let reply = try await server.fetch(
                        path.replacing(/[{}]/, with: ""), method: method.uppercased(),
                        headers: isJSON ? ["Content-Type: application/json"] : [], body: isJSON ? "{}" : nil)
                    let isDescribed = (operation["responses"] as? [String: Any])?["401"] != nil
                    #expect((reply.status == 401) == isDescribed, "\(method) \(path)")
                }
            }
        }
    }

    @Test("Every reference of the description leads somewhere, and every part is used")
    func references() async throws {
        let document = try await RunningServer.with(FakeAppliance([])) { try await $0.fetch("/openapi.json").body }
        let object = try #require(try JSONSerialization.jsonObject(with: Data(document)) as? [String: Any])
        var references: Set<String> = []
        func collect(_ value: Any) {
            if let object = value as? [String: Any] {
                if let reference = object["$ref"] as? String { references.insert(reference) }
                object.values.forEach(collect)
            } else if let list = value as? [Any] {
                list.forEach(collect)
            }
        }
        collect(object)
        var parts: Set<String> = []
        for (kind, entries) in try #require(object["components"] as? [String: [String: Any]]) {
            for name in entries.keys { parts.insert("#/components/\(kind)/\(name)") }
        }
        #expect(references == parts)
    }

    @Test("The places in every path are described, and streams are listed completely")
    func parameters() async throws {
        let document = try await RunningServer.with(FakeAppliance([])) { try await $0.fetch("/openapi.json").body }
        let object = try #require(try JSONSerialization.jsonObject(with: Data(document)) as? [String: Any])
        let paths = try #require(object["paths"] as? [String: [String: [String: Any]]])
        for (path, methods) in paths {
            for operation in methods.values {
                let names = (operation["parameters"] as? [[String: String]] ?? []).compactMap {
                    $0["$ref"]?.split(separator: "/").last
                }
                #expect(path.contains("{id}") == names.contains("id") && path.contains("{name}") == names.contains("name"))
            }
        }
        let components = object["components"] as? [String: [String: [String: Any]]]
        let schema = components?["parameters"]?["name"]?["schema"] as? [String: Any]
        let streams = try #require(schema?["enum"] as? [String])
        #expect(Set(streams) == Set(StreamName.allCases.map(\.rawValue) + ["depth_raw"]))
    }
}
