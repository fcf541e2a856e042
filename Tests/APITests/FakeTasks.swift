// SPDX-License-Identifier: Apache-2.0
import API
import Foundation
import Inference
import Tasks

/// Answers with what it was asked.
struct EchoJob: TaskJob {
    let module: TaskModule
    let command: String
    var emptyResult: JSONObject { ["predictions": .array([]), "count": .int(0)] }

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        let lowest = try call.values.fraction("min_confidence", default: 0.4)
        return TaskOutcome([
            "success": .bool(true), "command": .string(command), "min_confidence": .number(lowest),
            "userid": .string(call.values.text("userid") ?? ""), "segments": .array(call.segments.map { .string($0) }),
            "files": .array(call.request.files.map { .int($0.bytes.count) }),
            "sums": .array(call.request.files.map { .int($0.bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF_FFFF }) }),
        ])
    }
}

/// Never has its model.
struct ModellessJob: TaskJob {
    var module: TaskModule { .scene }
    var command: String { "detect" }
    func obstacle(_ segments: [String]) -> TaskError? { .notInstalled(.scene) }
    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome { throw .notInstalled(.scene) }
}

enum FakeTasks {
    /// A room whose questions are echoed.
    static func echo(_ adjust: (inout CodeProjectParts) -> Void = { _ in }, modules: ModuleSettings = ModuleSettings()) throws
        -> CodeProjectParts
    {
        let table = TaskRegistry([
            ("vision/detection", EchoJob(module: .detection, command: "detect")),
            ("vision/custom", EchoJob(module: .detection, command: "custom")),
            ("vision/custom/list", EchoJob(module: .detection, command: "list-custom")),
            ("vision/face/register", EchoJob(module: .face, command: "register")),
            ("vision/scene", ModellessJob()),
        ])
        return try parts(table, adjust, modules: modules)
    }

    /// Every route there is, without models.
    static func everything() throws -> CodeProjectParts {
        let models = ModelCache(roles: [:], threads: 1) { () throws(InferenceError) in try ONNXRuntime.load(path: nil) }
        return try parts(.standard(models: models, faces: FaceStore()), { _ in }, modules: ModuleSettings())
    }

    private static func parts(
        _ table: TaskRegistry, _ adjust: (inout CodeProjectParts) -> Void, modules: ModuleSettings
    ) throws -> CodeProjectParts {
        var parts = CodeProjectParts(
            scheduler: TaskScheduler(table: table, modules: modules), modules: modules, log: LogBook(), version: "1.2.3-beta")
        adjust(&parts)
        return parts
    }
}
