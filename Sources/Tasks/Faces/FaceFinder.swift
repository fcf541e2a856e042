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

    /// The face a portrait is of: large and sure, and large enough to be known by. The original took the least sure one.
    static func best(_ faces: [Detection], in frame: Frame) -> Detection? {
        faces.filter { isRecognisable($0, in: frame) }.max { $0.confidence * $0.box.area < $1.confidence * $1.box.area }
    }

    /// Pixels of a face's shorter side below which it tells nobody from anybody: blown up to the network's 112, faces of 13
    /// to 17 pixels all look alike to it (12 of 122 strangers were taken for a known person, each of them that small).
    private static let smallestSide: Float = 24

    static func isRecognisable(_ face: Detection, in frame: Frame) -> Bool {
        min(face.box.width * Float(frame.header.width), face.box.height * Float(frame.header.height)) >= smallestSide
    }
}
