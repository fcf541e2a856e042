// SPDX-License-Identifier: Apache-2.0
internal import Codec
internal import Core
internal import Inference

/// `image/portraitfilter`: the background of a person blurred.
struct PortraitTask: TaskJob {
    var module: TaskModule { .portrait }
    var command: String { "filter" }
    let models: any TaskModels
    let reader: PictureReader
    /// Of the 21 Pascal VOC classes the usual models know.
    private static let vocPerson = 15

    func obstacle(_ segments: [String]) -> TaskError? { models.obstacle(.portrait) }

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        let strength = try call.values.fraction("strength", default: 0.5)
        let frame = try reader.picture(call)
        let network = try models.model(.portrait).network
        let person = network.labels.firstIndex(of: "person") ?? Self.vocPerson
        let (shape, values) = try call.inferring { () throws(TaskError) in try network.numbers(frame) }
        let map = try Self.mask(shape, values, person: person)
        let (width, height) = (frame.header.width, frame.header.height)
        var mask = PlaneScaler(.bilinear).scale(map.mask, width: map.width, height: map.height, toWidth: width, toHeight: height)
        // The original's radius for a picture of this size.
        let radius = Int(strength * 3 * (Float(max(width, height)) / 100 + 1))
        mask = BoxBlur.mean(mask, width: width, height: height, radius: radius / 2)
        let sharp = Planes(frame)
        var picture = sharp
        for color in 0..<3 {
            try call.checkDeadline()
            var blurred = sharp.planes[color]
            for _ in 0..<2 { blurred = BoxBlur.mean(blurred, width: width, height: height, radius: radius) }
            for index in blurred.indices {
                picture.planes[color][index] = blurred[index] + (sharp.planes[color][index] - blurred[index]) * mask[index]
            }
        }
        let result = picture.frame(like: frame.header)
        let image = try TaskError.encoding { () throws(CodecError) in try PNGEncoder.encode(result) }
        return TaskOutcome(["success": .bool(true), "filtered_image": .string(image)], found: [""])
    }

    /// 1 where a person is, from a map of class numbers [1, rows, columns] or of scores [1, classes, rows, columns].
    static func mask(
        _ shape: [Int], _ values: [Float], person: Int
    ) throws(TaskError) -> (mask: [Float], width: Int, height: Int) {
        let wrong = TaskError.network("the portrait model returned \(shape) where a map of classes is expected")
        guard (2...4).contains(shape.count), shape.allSatisfy({ $0 > 0 }), values.count == shape.reduce(1, *) else { throw wrong }
        let (height, width) = (shape[shape.count - 2], shape[shape.count - 1])
        let (size, classes) = (width * height, values.count / (width * height))
        if classes == 1 { return (values.map { $0.rounded() == Float(person) ? 1 : 0 }, width, height) }
        guard person < classes else { throw wrong }
        let mask = (0..<size).map { (pixel: Int) -> Float in
            let own = values[person * size + pixel]
            return (0..<classes).contains { values[$0 * size + pixel] > own } ? 0 : 1
        }
        return (mask, width, height)
    }
}
