// SPDX-License-Identifier: Apache-2.0
import API
import Foundation
import Logging
import NIOCore
import Pipeline
import ServiceLifecycle
import Settings
import Testing

/// A server that is open on a free port.
struct RunningServer: Sendable {
    let port: Int
    let server: HTTPServer
    let group: ServiceGroup

    /// Opens a server for `body` and closes it afterwards.
    @discardableResult
    static func with<Result: Sendable>(
        _ appliance: FakeAppliance, codeProject: CodeProjectParts? = nil, models: (any ModelService)? = nil,
        firmware: (any FirmwareService)? = nil, support: (any SupportService)? = nil, logger: Logger? = nil,
        _ adjust: (inout HTTPServerSettings) -> Void = { _ in },
        body: @Sendable (RunningServer) async throws -> Result
    ) async throws -> Result {
        var settings = try HTTPServerSettings(
            SettingsSection(SettingsDocument.yaml("{host: 127.0.0.1, port: 0}", name: "test")))
        // However slow the machine is, nothing but what a test asks for is sent.
        settings.heartbeat = .seconds(3600)
        adjust(&settings)
        var silent = Logger(label: "test")
        silent.logLevel = .critical
        let logger = logger ?? silent
        let (ports, listening) = AsyncStream<Int>.makeStream()
        let server = HTTPServer(
            settings: settings, appliance: appliance, codeProject: { codeProject }, models: models, firmware: firmware,
            support: support, logger: logger
        ) {
            listening.yield($0)
        }
        let group = ServiceGroup(configuration: .init(services: [.init(service: server)], logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { listening.finish() }
                try await group.run()
            }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else {
                try await tasks.waitForAll()
                throw Wire.Ended()
            }
            let result: Result
            do {
                result = try await body(RunningServer(port: port, server: server, group: group))
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        }
    }

    /// What is sent live.
    var live: LiveStatus { server.broadcasts.status }

    var encoded: Int { live.counters["encoded"] ?? 0 }

    /// One request on a connection of its own, with its whole body. Every answer is held against `openapi.json`.
    func fetch(_ path: String, method: String = "GET", headers: [String] = [], body: String? = nil) async throws -> Reply {
        let wire = try await Wire.connect(port)
        let head = try await wire.exchange(method, path, headers: headers, body: body)
        let length = method == "HEAD" || head.status == 204 ? 0 : Int(head.fields["content-length"] ?? "") ?? 0
        let bytes = try await wire.read(length)
        await wire.close()
        try head.check(method, path, body: Data(bytes))
        return Reply(status: head.status, fields: head.fields, body: bytes)
    }

    struct Reply: Sendable {
        var status: Int
        var fields: [String: String]
        var body: [UInt8]

        /// The body as a JSON object; empty when it is none.
        var object: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:] }

        /// Code and field of an error body.
        var refusal: [String] {
            let error = object["error"] as? [String: Any] ?? [:]
            return [error["code"] as? String ?? "", error["field"] as? String ?? ""]
        }

        var message: String { (object["error"] as? [String: Any])?["message"] as? String ?? "" }
    }
}

/// Lets other tasks run until something is so. The condition is an event of the code under test; a test that waits for
/// one that never comes is ended by its time limit.
func until(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
}
