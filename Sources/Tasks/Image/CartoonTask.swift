// SPDX-License-Identifier: Apache-2.0
internal import Codec
internal import Core
internal import Inference

/// `image/cartoonise`: the middle square of the picture, redrawn in the style of the installed model.
///
/// `model_name` (the original's documents say `model`) is taken and has no effect: the style is the model's.
struct CartoonTask: TaskJob {
    var module: TaskModule { .cartoon }
    var command: String { "cartoonise" }
    let models: any TaskModels
    let reader: PictureReader
    /// Pixels of the answer's side, as the original's.
    private static let side = 512

    func obstacle(_ segments: [String]) -> TaskError? { models.obstacle(.cartoon) }

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        let frame = try reader.picture(call)
        let network = try models.model(.cartoon).network
        let (shape, values) = try call.inferring { () throws(TaskError) in try network.numbers(frame) }
        let drawing = try Self.planes(shape, values).scaled(.lanczos, width: Self.side, height: Self.side)
        let image = try TaskError.encoding { () throws(CodecError) in
            try PNGEncoder.encode(drawing.frame(like: frame.header))
        }
        return TaskOutcome(["success": .bool(true), "imageBase64": .string(image)], found: [""])
    }

    /// Blue, green and red of 0...255 from [1, 3, rows, columns] of red, green and blue in -1...1.
    private static func planes(_ shape: [Int], _ values: [Float]) throws(TaskError) -> Planes {
        guard shape.count == 4, shape[0] == 1, shape[1] == 3, shape[2] > 0, shape[3] > 0,
            values.count == 3 * shape[2] * shape[3]
        else { throw .network("the cartoon model returned \(shape) where [1, 3, rows, columns] is expected") }
        let size = shape[2] * shape[3]
        let planes = [2, 1, 0].map { color in values[color * size..<(color + 1) * size].map { ($0 + 1) * 127.5 } }
        return Planes(width: shape[3], height: shape[2], planes: planes)
    }
}
