// SPDX-License-Identifier: Apache-2.0
internal import Codec
internal import Core
internal import Inference

/// `image/removebackground`: the picture with everything but its foreground transparent.
struct BackgroundTask: TaskJob {
    var module: TaskModule { .background }
    var command: String { "removebackground" }
    let models: any TaskModels
    let reader: PictureReader

    func obstacle(_ segments: [String]) -> TaskError? { models.obstacle(.backgroundRemoval) }

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        let frame = try reader.picture(call)
        let network = try models.model(.backgroundRemoval).network
        let (width, height) = (frame.header.width, frame.header.height)
        let map = try call.inferring { () throws(TaskError) in try network.numbers(frame) }
        guard let columns = map.shape.last, map.shape.count >= 2, columns > 0, map.shape[map.shape.count - 2] > 0,
            map.values.count >= columns * map.shape[map.shape.count - 2]
        else { throw .network("the background removal model returned \(map.shape) where a map is expected") }
        let rows = map.shape[map.shape.count - 2]
        let first = Array(map.values.prefix(columns * rows))
        let (low, high) = (first.min() ?? 0, first.max() ?? 1)
        let unit = first.map { ($0 - low) / max(1e-6, high - low) }
        var alpha = PlaneScaler(.lanczos).scale(unit, width: columns, height: rows, toWidth: width, toHeight: height)
        // The original compares with this very word.
        if call.values.text("use_alphamatting") == "true" {
            try call.checkDeadline()
            alpha = GuidedFilter(radius: max(2, max(width, height) / 100)).refine(alpha, guide: frame)
        }
        let bytes = alpha.map { Planes.byte($0 * 255) }
        let image = try TaskError.encoding { () throws(CodecError) in try PNGEncoder.encode(frame, alpha: bytes) }
        return TaskOutcome(["success": .bool(true), "imageBase64": .string(image)], found: [""])
    }
}
