// SPDX-License-Identifier: Apache-2.0
import Hummingbird
import Logging
import NIOCore
import Tasks

/// `settings/…`, also under `server/settings/…`: kept in the state directory and in force with the answer.
extension CodeProjectRoutes {
    static let settingsRoutes: [ServerRoute] = ["settings", "server/settings"].flatMap { prefix -> [ServerRoute] in
        [
            .get("\(prefix)/{module}") { routes, call in routes.tellSettings(call) },
            .post("\(prefix)/{module}") { routes, call in try await routes.changeSetting(call) },
            .post(prefix) { routes, call in try await routes.changeSettings(call) },
        ]
    }

    private static let maximumBytes = 64 << 10

    private func tellSettings(_ call: RouteRequest) -> Response {
        if let refusal = refusedKey(call.parameter(Self.keyName)) { return refusal }
        let id = call.parameters["module"] ?? ""
        guard let module = module(id) else { return serverRefusal("No module with ID \(id.prefix(64)) found") }
        let values = parts.modules.values(of: module.id)
        let known: Set = [
            "AutoStart", "LogVerbosity", "PostStartPauseSecs", "Parallelism", "EnableGPU", "AcceleratorDeviceName",
            "UseHalfPrecision",
        ]
        let own = values.filter { !known.contains($0.key) }
        return serverAnswer([
            "success": .bool(true),
            "environmentVariables": .object(Self.object(own.mapValues { .string($0) })),
            "settings": .object([
                "autostart": .bool(parts.modules.isActive(module)),
                "logVerbosity": .string(values["LogVerbosity"] ?? "Info"),
                "postStartPauseSecs": .int(values["PostStartPauseSecs"].flatMap { Int($0) } ?? 0),
                "parallelism": .int(values["Parallelism"].flatMap { Int($0) } ?? parts.scheduler.configuration.workers),
                // There is no GPU to install for or to switch on, whatever was asked for.
                "installGPU": .bool(false), "enableGPU": .bool(false), "supportGPU": .bool(false),
                "acceleratorDeviceName": .string(values["AcceleratorDeviceName"] ?? ""),
                "halfPrecision": .string(values["UseHalfPrecision"] ?? ""),
            ]),
        ])
    }

    /// A form with `name` and `value`.
    private func changeSetting(_ call: RouteRequest) async throws -> Response {
        try await answerForm(call) { values in
            let id = call.parameters["module"] ?? ""
            guard let module = module(id) else { return serverRefusal("No module with ID \(id.prefix(64)) found") }
            guard let name = values.text("name"), !name.isEmpty else { return serverRefusal("No setting name provided") }
            // Models stay loaded and modules are no processes: there is nothing to start again.
            if name.lowercased() == "restart" { return serverAnswer([:]) }
            return change([module.id: [name: values.text("value") ?? ""]])
        }
    }

    /// JSON: `{"<moduleId>": {"name": "value"}, "Global": {…}}`. A key stands in the query or beside the modules.
    private func changeSettings(_ call: RouteRequest) async throws -> Response {
        let body: ByteBuffer
        do {
            body = try await call.request.body.collect(upTo: Self.maximumBytes)
        } catch is NIOTooManyBytesError {
            return serverRefusal("the settings are too large; send at most \(Self.maximumBytes) bytes")
        }
        var sent: [String: [String: String]] = [:]
        var key = call.parameter(Self.keyName)
        do {
            var reader = JSONReader(Array(body.readableBytesView))
            try reader.object { (reader, id) throws(JSONReader.Failure) in
                if id == Self.keyName, reader.isAtText() {
                    let text = try reader.text()
                    key = key ?? text
                    return
                }
                try reader.object { (reader, name) throws(JSONReader.Failure) in
                    sent[id, default: [:]][name] = try reader.text()
                }
            }
            try reader.end()
        } catch {
            return serverRefusal(error.description)
        }
        if let refusal = refusedKey(key) { return refusal }
        var changes: [String: [String: String]] = [:]
        for (id, values) in sent {
            if id.lowercased() == "global" {
                changes.merge(globalChanges(values)) { $0.merging($1) { _, new in new } }
            } else if let module = module(id) {
                changes[module.id, default: [:]].merge(values) { _, new in new }
            } else {
                return serverRefusal("No module with ID \(id.prefix(64)) found")
            }
        }
        return change(changes)
    }

    /// DeepStack's old switches start and stop modules; the others are kept as they are.
    private func globalChanges(_ values: [String: String]) -> [String: [String: String]] {
        let switches: [String: TaskModule] = [
            "VISION-DETECTION": .detection, "VISION-FACE": .face, "VISION-SCENE": .scene,
        ]
        var changes: [String: [String: String]] = [:]
        for (name, value) in values {
            if let module = switches[name.uppercased().replacing("_", with: "-")] {
                changes[module.id, default: [:]]["AutoStart"] = value
            } else {
                changes[ModuleSettings.global, default: [:]][name] = value
            }
        }
        return changes
    }

    private func change(_ changes: [String: [String: String]]) -> Response {
        do {
            try parts.modules.set(changes)
        } catch {
            return serverRefusal(error.description)
        }
        for (id, values) in changes {
            for (name, value) in values { parts.log.write("\(id): \(name) = \(value)", level: .notice, category: "Settings") }
        }
        return serverAnswer([:])
    }
}
