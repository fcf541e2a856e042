// SPDX-License-Identifier: Apache-2.0
internal import Core
internal import Inference

/// Finds faces with whatever model has the role.
struct FaceFinder: Sendable {
    let models: any TaskModels

    /// Best first. Thresholds below 0.1 count as 0.1, as with the original.
    func find(_ frame: Frame, confidence: Float, _ call: TaskCall) throws(TaskError) -> [Detection] {
        let network = try models.model(.faceDetection).network
        return try call.inferring { () throws(TaskError) in
            try network.look(frame, confidence: max(0.1, confidence)).detections
        }.sorted { $0.confidence > $1.confidence }
    }

    /// The face a portrait is of: large and sure. The original took the least sure one.
    static func best(_ faces: [Detection]) -> Detection? {
        faces.max { $0.confidence * $0.box.area < $1.confidence * $1.box.area }
    }
}
