// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Foundation

/// The ground truth of one exposure as `GET …/truth` answers it, in the same terms as the results.
struct TruthDocument: Encodable {
    let camera: String
    /// The exposure, as `frame` of a result.
    let frame: Int
    let objects: [Object]

    struct Object: Encodable {
        let id: Int
        let label_name: String
        /// Fractions of the colour picture: x_min, y_min, x_max, y_max; null when it shows too little there.
        let box: [Float]?
        /// The same in the right picture, which depth is seen from.
        let box_right: [Float]?
        /// Share of the outline that shows in the colour and in the right picture.
        let visible: Float
        let visible_right: Float
        /// What a perfect depth camera would measure.
        let z_mm: Float?
        /// Centre of the solid: x right, y up, z away from the right camera.
        let center_mm: [Float]
        /// Width, height and depth of the solid.
        let size_mm: [Float]
    }

    /// - Parameter firstSequence: the number the slot gave the scene's exposure 0.
    init(camera: CameraID, _ truth: SceneTruth, firstSequence: Int) {
        self.camera = camera.name
        frame = truth.sequence + firstSequence
        objects = truth.objects.map { object in
            Object(
                id: object.id, label_name: object.label.rawValue, box: object.colorBox.map(TruthDocument.corners),
                box_right: object.rightBox.map(TruthDocument.corners), visible: object.colorVisibleFraction,
                visible_right: object.rightVisibleFraction, z_mm: object.zMillimetres,
                center_mm: [object.center.x, object.center.y, object.center.z],
                size_mm: [object.sizeMillimetres.x, object.sizeMillimetres.y, object.sizeMillimetres.z])
        }
    }

    private static func corners(_ box: SceneTruthBox) -> [Float] {
        [box.xMin, box.yMin, box.xMax, box.yMax]
    }

    /// The document as JSON.
    func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // Finite numbers and names always encode.
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
