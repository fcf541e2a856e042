// SPDX-License-Identifier: Apache-2.0
internal import Core
internal import Inference

/// `vision/scene`: what kind of place the picture shows.
struct SceneTask: TaskJob {
    var module: TaskModule { .scene }
    var command: String { "detect" }
    let models: any TaskModels
    let reader: PictureReader

    func obstacle(_ segments: [String]) -> TaskError? { models.obstacle(.scene) }

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        let frame = try reader.picture(call)
        let network = try models.model(.scene).network
        let values = try call.inferring { () throws(TaskError) in try network.numbers(frame).values }.probabilities
        guard let best = values.indices.max(by: { values[$0] < values[$1] }) else {
            throw .network("the scene model returned no classes")
        }
        let label = Self.plainName(network.labelName(best))
        return TaskOutcome(
            [
                "success": .bool(true), "message": .string("Detected scene \(label)"), "label": .string(label),
                "confidence": .number(values[best]),
            ], found: [label])
    }

    /// Places365 writes `/a/airfield`, after the folder the pictures of the letter were in; names such as `field/wild` keep
    /// their slash.
    static func plainName(_ label: String) -> String {
        let parts = label.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard label.hasPrefix("/"), parts.count == 2 else { return label }
        let rest = parts[1]
        guard let slash = rest.firstIndex(of: "/"), rest.distance(from: rest.startIndex, to: slash) == 1 else {
            return String(rest)
        }
        return String(rest[rest.index(after: slash)...])
    }
}
