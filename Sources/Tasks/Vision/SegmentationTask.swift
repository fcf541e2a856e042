// SPDX-License-Identifier: Apache-2.0
internal import Core
internal import Inference

/// `vision/segmentation`: as `vision/detection`, with each object's outline.
struct SegmentationTask: TaskJob {
    var module: TaskModule { .detection }
    var command: String { "segment" }
    var emptyResult: JSONObject { .noPredictions }
    let models: any TaskModels
    let reader: PictureReader
    let maximumPredictions: Int

    func obstacle(_ segments: [String]) -> TaskError? { models.obstacle(.segmentation) }

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        let confidence = try call.values.fraction("min_confidence", default: 0.4)
        let frame = try reader.picture(call)
        let network = try models.model(.segmentation).network
        let tensors = try call.inferring { () throws(TaskError) in try network.look(frame).tensors }
        guard let outputs = PrototypeMasks(tensors.map { ($0.description.shape, $0.floats) }) else {
            throw .network(
                "the segmentation model returned \(tensors.map(\.description.shape)); rows [1, 4+classes+masks, N] and prototypes "
                    + "[1, masks, rows, columns] are expected")
        }
        let input = network.manifest.input
        let letterbox = Letterbox(
            frameWidth: frame.header.width, frameHeight: frame.header.height, networkWidth: input.width,
            networkHeight: input.height, resize: input.resize)
        let found = outputs.objects(
            confidence: max(0.01, confidence), iou: 0.45, maximum: maximumPredictions, width: input.width, height: input.height)
        let names = found.map { network.labelName($0.label) }
        let predictions = zip(found, names).map { object, name in
            var row: JSONObject = ["confidence": .number(object.confidence), "label": .string(name)]
            let low = letterbox.frameFraction(x: object.left, y: object.top)
            let high = letterbox.frameFraction(x: object.right, y: object.bottom)
            PixelBox(NormalizedBox(xMin: low.x, yMin: low.y, xMax: high.x, yMax: high.y), in: frame.header).append(to: &row)
            row["mask"] = .array(
                object.outline.map { point in
                    let place = letterbox.frameFraction(x: point.x, y: point.y)
                    let (x, y) = (Int(place.x * Float(frame.header.width)), Int(place.y * Float(frame.header.height)))
                    return .array([
                        .int(min(frame.header.width, max(0, x))), .int(min(frame.header.height, max(0, y))),
                    ])
                })
            return JSONValue.object(row)
        }
        return TaskOutcome(
            [
                "success": .bool(true), "message": .string(DetectionTask.message(names, nothing: "No objects found")),
                "count": .int(predictions.count), "predictions": .array(predictions),
            ], found: names)
    }
}
