// SPDX-License-Identifier: Apache-2.0
internal import Core
internal import Inference

/// `vision/alpr`: number plates and what is written on them.
struct PlateTask: TaskJob {
    var module: TaskModule { .plates }
    var command: String { "alpr" }
    var emptyResult: JSONObject { .noPredictions }
    let models: any TaskModels
    let reader: PictureReader
    /// Detections below it are not taken for plates. The request's `min_confidence` is about the text, as clients send it for
    /// everything.
    let plateConfidence: Float
    /// Text the model is less sure of is not reported, as with the original's recogniser.
    private static let textConfidence: Float = 0.4

    /// A picture that is no plate may still read like one: it has to be surer.
    private static let cutOutConfidence: Float = 0.6
    private static let wholePicture = Detection(label: 0, confidence: 1, box: NormalizedBox(xMin: 0, yMin: 0, xMax: 1, yMax: 1))

    /// Small and as wide as plates are: 440 × 140 mm in China, 520 × 110 mm in Europe, cut out more or less tightly.
    private static func looksLikeAPlate(_ header: FrameHeader) -> Bool {
        let ratio = Double(header.width) / Double(header.height)
        return (2.2...6).contains(ratio) && header.width <= 512
    }

    func obstacle(_ segments: [String]) -> TaskError? { models.obstacle(.plateDetection, .plateText) }

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        let asked = try call.values.fraction("min_confidence", default: 0)
        let frame = try reader.picture(call)
        let detector = try models.model(.plateDetection).network
        let plates = try call.inferring { () throws(TaskError) in
            try detector.look(frame, confidence: plateConfidence).detections
        }
        let text = PlateReader(models: models)
        // Clients that cut plates out themselves send nothing but the plate, in which detectors find none or a part of it.
        let isCutOut = Self.looksLikeAPlate(frame.header)
        let candidates = isCutOut ? [Self.wholePicture] + plates : plates
        let lowest = max(asked, plates.isEmpty ? Self.cutOutConfidence : Self.textConfidence)
        var read: [(plate: String, confidence: Float, box: PixelBox)] = []
        for plate in candidates {
            try call.checkDeadline()
            let crop = try text.crop(plate, of: frame)
            let result = try call.inferring { () throws(TaskError) in try text.read(crop) }
            let name = String(result.text.filter { $0.isLetter || $0.isNumber })
            guard !name.isEmpty, result.confidence >= lowest else { continue }
            read.append((name, result.confidence, PixelBox(plate.box, in: frame.header)))
        }
        read.sort { $0.confidence > $1.confidence }
        if isCutOut { read = Array(read.prefix(1)) }
        let predictions = read.map { result in
            var object: JSONObject = [
                "confidence": .number(result.confidence), "label": .string("Plate: \(result.plate)"),
                "plate": .string(result.plate),
            ]
            result.box.append(to: &object)
            return JSONValue.object(object)
        }
        let names = read.map(\.plate)
        return TaskOutcome(
            [
                "success": .bool(true), "message": .string(DetectionTask.message(names, nothing: "No plates found")),
                "count": .int(predictions.count), "predictions": .array(predictions),
            ], found: names)
    }
}
