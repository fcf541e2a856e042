// SPDX-License-Identifier: Apache-2.0
internal import Core
internal import Inference

/// `vision/detection`, `vision/custom/{model}`: what is in the picture, and where.
struct DetectionTask: TaskJob {
    enum Source: Sendable, Hashable {
        case standard
        /// The model the path names.
        case custom
    }

    var module: TaskModule { .detection }
    var command: String { source == .standard ? "detect" : "custom" }
    var emptyResult: JSONObject { .noPredictions }

    let source: Source
    let models: any TaskModels
    let reader: PictureReader
    /// Clients exist that have room for twenty.
    let maximumPredictions: Int

    /// What the original takes when the path names no model.
    static let defaultCustom = "ipcam-general"

    func obstacle(_ segments: [String]) -> TaskError? {
        switch source {
        case .standard: return models.obstacle(.detection)
        case .custom:
            let (name, known) = (customName(segments), models.customNames)
            if known.contains(where: { $0.lowercased() == name.lowercased() }) { return nil }
            let installed = known.isEmpty ? "no custom models found" : "installed are \(known.joined(separator: ", "))"
            return .refused(
                "Unable to create YOLO detector for model \(name.prefix(64)): it is not installed (\(installed)); "
                    + "add one with `depthd models install FILE --role detection`")
        }
    }

    /// A camera brings its own network along.
    func obstacle(_ segments: [String], to request: TaskRequest) -> TaskError? {
        source == .standard && request.view?.network != nil ? nil : obstacle(segments)
    }

    private func customName(_ segments: [String]) -> String {
        guard let name = segments.first, name.lowercased() != "general" else { return Self.defaultCustom }
        return name
    }

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        let confidence = try call.values.fraction("min_confidence", default: 0.4)
        let frame = try reader.picture(call)
        let network = try network(call)
        let found = try call.inferring { () throws(TaskError) in
            try network.look(frame, confidence: max(0.01, confidence)).detections
        }
        var kept = Array(found.sorted { $0.confidence > $1.confidence }.prefix(maximumPredictions))
        call.request.view?.locate(&kept)
        let names = kept.map { network.labelName($0.label) }
        let predictions = zip(kept, names).map { detection, name in
            var object: JSONObject = ["confidence": .number(detection.confidence), "label": .string(name)]
            PixelBox(detection.box, in: frame.header).append(to: &object)
            detection.position?.append(to: &object)
            return JSONValue.object(object)
        }
        return TaskOutcome(
            [
                "success": .bool(true), "message": .string(Self.message(names, nothing: "No objects found")),
                "count": .int(predictions.count), "predictions": .array(predictions),
            ], found: names)
    }

    /// The role's model; for a camera's picture its own network while the role has none.
    private func network(_ call: TaskCall) throws(TaskError) -> Network {
        if source == .custom { return try models.custom(customName(call.segments)).network }
        if !models.isInstalled(.detection), let network = call.request.view?.network { return network }
        return try models.model(.detection).network
    }

    /// `Found a, b, c...`: the first three names.
    static func message(_ names: [String], nothing: String) -> String {
        guard !names.isEmpty else { return nothing }
        return "Found " + names.prefix(3).joined(separator: ", ") + (names.count > 3 ? "..." : "")
    }
}

/// `vision/custom/list`.
struct CustomListTask: TaskJob {
    var module: TaskModule { .detection }
    var command: String { "list-custom" }
    let models: any TaskModels

    func perform(_ call: TaskCall) -> TaskOutcome {
        TaskOutcome(["success": .bool(true), "models": .array(models.customNames.map { .string($0) })])
    }
}

extension PositionMillimetres {
    /// The distance along the straight line from the camera, and where that is: x right, y up, z away, all in millimetres.
    fileprivate func append(to object: inout JSONObject) {
        object["distance_mm"] = .number(Double((x * x + y * y + z * z).squareRoot().rounded()))
        object["x"] = .number(Double(x.rounded()))
        object["y"] = .number(Double(y.rounded()))
        object["z"] = .number(Double(z.rounded()))
    }
}
