// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Hummingbird
import Pipeline
import Tasks

/// `status/…`, also under `server/status/…`: who the server is and how it is doing.
extension CodeProjectRoutes {
    static let statusRoutes: [ServerRoute] = ["status", "server/status"].flatMap { prefix -> [ServerRoute] in
        [
            .get("\(prefix)/ping") { routes, _ in routes.versionAnswer() },
            .get("\(prefix)/version") { routes, _ in routes.versionAnswer() },
            .get("\(prefix)/updateavailable") { routes, _ in routes.updateAnswer() },
            .get("\(prefix)/system-status") { routes, _ in routes.systemAnswer() },
            .get("\(prefix)/paths") { routes, _ in
                // A client has no use for the paths of the box, and a stranger has.
                routes.serverAnswer(["contentRootPath": "", "webRootPath": "", "environmentName": "Production"])
            },
            // Not the original's: the cameras a question may name.
            .get("\(prefix)/cameras") { routes, _ in
                routes.serverAnswer(["cameras": .array(routes.appliance.cameras.map { .string($0.id.name) })])
            },
            .get("\(prefix)/analysis/list") { routes, _ in routes.moduleStatuses() },
            .get("\(prefix)/modules/list") { routes, _ in routes.moduleStatuses() },
        ]
    }

    private func versionAnswer() -> Response {
        serverAnswer(["message": .string(parts.version), "version": versionObject])
    }

    /// `1.2.3-beta` in its parts.
    private var versionObject: Tasks.JSONValue {
        let halves = parts.version.split(separator: "-", maxSplits: 1)
        let numbers = (halves.first ?? "").split(separator: ".").map { Int($0) ?? 0 } + [0, 0, 0]
        return .object([
            "major": .int(numbers[0]), "minor": .int(numbers[1]), "patch": .int(numbers[2]),
            "preRelease": .string(halves.count > 1 ? String(halves[1]) : ""), "securityUpdate": .bool(false), "build": .int(0),
            "file": "", "releaseNotes": "",
        ])
    }

    /// The box asks nobody on the internet; updates come from whoever installed it.
    private func updateAnswer() -> Response {
        serverAnswer([
            "success": .bool(true), "message": "This is the current version", "updateAvailable": .bool(false),
            "latest": versionObject, "current": versionObject, "version": versionObject,
        ])
    }

    private func systemAnswer() -> Response {
        let status = appliance.status()
        let system = status.system
        let cores = Double(ProcessInfo.processInfo.activeProcessorCount)
        let used = system.memoryTotalBytes - system.memoryAvailableBytes
        let scheduler = parts.scheduler.status
        var lines = [
            "depthd \(status.version) on \(status.host), up \(Int(status.uptimeSeconds)) s, \(status.health)",
            "load \(system.load), memory \(used >> 20) of \(system.memoryTotalBytes >> 20) MiB, depthd \(system.residentBytes >> 20) MiB",
            "questions: \(scheduler.waiting) waiting, \(scheduler.running) running, \(scheduler.refused) turned away, \(scheduler.timedOut) timed out",
        ]
        lines += status.cameras.map { "camera \($0.id): \($0.state.rawValue)" + ($0.why.isEmpty ? "" : ", \($0.why)") }
        return serverAnswer([
            "data": .object([
                "cpuUsage": .int(Int(min(100, max(0, system.load / max(1, cores) * 100)))),
                "systemMemUsage": .int(used), "gpuUsage": .int(0), "gpuMemUsage": .int(0),
                "serverStatus": .string(lines.joined(separator: "\n")),
            ])
        ])
    }

    /// One entry for each module, as the original's dashboard reads it.
    func moduleStatuses() -> Response {
        serverAnswer(["statuses": .array(parts.scheduler.table.modules.map { .object(moduleStatus($0)) })])
    }

    func moduleStatus(_ module: TaskModule) -> JSONObject {
        let figures = parts.scheduler.metrics.statistics(of: module)
        let requests = figures.numInferences
        var status: JSONObject = [
            "moduleId": .string(module.id), "queue": .string(module.queue), "name": .string(module.name),
            "version": .string(parts.version), "started": .string(Self.iso(started)),
        ]
        status["lastSeen"] = figures.lastSeen.map { .string(Self.iso($0.utc)) } ?? .null
        status["status"] = .string(state(of: module))
        status["statusData"] = .object([
            "inferenceDevice": "CPU", "inferenceLibrary": "ONNX Runtime", "canUseGPU": "False",
            "successfulInferences": .int(figures.successfulInferences), "failedInferences": .int(figures.failedInferences),
            "numInferences": .int(requests), "averageInferenceMs": .number(figures.averageInferenceMilliseconds),
            "numItemsFound": .int(figures.numItemsFound),
            "histogram": .object(Self.object(figures.histogram.mapValues { .int($0) })),
        ])
        status.append([
            "downloadableModels": .array([]), "requestCount": .int(requests), "menus": .array([]), "installSummary": "",
            "startupSummary": "", "summary": .string(summary(of: module)),
        ])
        return status
    }

    /// `Started`, `Stopped` by a setting, or `NotAvailable` for want of a model.
    func state(of module: TaskModule) -> String {
        guard parts.modules.isActive(module) else { return "Stopped" }
        return obstacle(of: module) == nil ? "Started" : "NotAvailable"
    }

    private func summary(of module: TaskModule) -> String {
        obstacle(of: module).map { "\(module.name): \($0)" } ?? "\(module.name) is ready"
    }

    /// Why none of a module's routes can answer.
    private func obstacle(of module: TaskModule) -> TaskError? {
        var first: TaskError?
        for entry in parts.scheduler.table.entries where entry.job.module == module {
            guard let obstacle = entry.job.obstacle([]) else {
                // Lists are always there; they do not make a module useful.
                if entry.route.hasSuffix("/list") || entry.route.hasSuffix("/delete") { continue }
                return nil
            }
            first = first ?? obstacle
        }
        return first
    }

    static func iso(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    static func object(_ values: [String: Tasks.JSONValue]) -> JSONObject {
        var object: JSONObject = [:]
        for (name, value) in values.sorted(by: { $0.key < $1.key }) { object[name] = value }
        return object
    }
}
