// SPDX-License-Identifier: Apache-2.0
internal import Codec
internal import Core
internal import Inference

/// `image/superresolution`: the picture enlarged by the model's factor (3 with the original's).
struct SuperResolutionTask: TaskJob {
    var module: TaskModule { .superResolution }
    var command: String { "superresolution" }
    let models: any TaskModels
    let reader: PictureReader

    func obstacle(_ segments: [String]) -> TaskError? { models.obstacle(.superResolution) }

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        let frame = try reader.picture(call)
        let network = try models.model(.superResolution).network
        let enlarged = try SuperResolution(network: network).enlarge(frame, call)
        let image = try TaskError.encoding { () throws(CodecError) in try PNGEncoder.encode(enlarged) }
        return TaskOutcome(["success": .bool(true), "imageBase64": .string(image)], found: [""])
    }
}

/// Enlarges a picture with a network that enlarges luminance in tiles of fixed size; colour, to which eyes are less
/// sensitive, is enlarged by bicubic interpolation.
///
/// The tiles overlap by more than such networks look around, so no seams show; the original laid them side by side.
struct SuperResolution {
    let network: Network
    /// Pixels at each inner edge of a tile that are thrown away. The usual network looks 6 pixels around.
    private static let margin = 8

    func enlarge(_ frame: Frame, _ call: TaskCall) throws(TaskError) -> Frame {
        let ycc = YCbCr(frame)
        let (factor, luminance) = try enlarge(ycc.luminance, ycc.width, ycc.height, like: frame.header, call)
        let (width, height) = (ycc.width * factor, ycc.height * factor)
        let scaler = PlaneScaler(.bicubic)
        let chroma = [ycc.blue, ycc.red].map {
            scaler.scale($0, width: ycc.width, height: ycc.height, toWidth: width, toHeight: height)
        }
        return YCbCr.frame(luminance, chroma[0], chroma[1], width: width, height: height, like: frame.header)
    }

    private func enlarge(
        _ plane: [UInt8], _ width: Int, _ height: Int, like header: FrameHeader, _ call: TaskCall
    ) throws(TaskError) -> (factor: Int, plane: [Float]) {
        let (tileWidth, tileHeight) = (network.inputWidth, network.inputHeight)
        let columns = Self.starts(width, tile: tileWidth)
        var (factor, result) = (0, [Float]())
        for top in Self.starts(height, tile: tileHeight) {
            for left in columns {
                try call.checkDeadline()
                let tile = Self.tile(plane, width, height, left: left, top: top, tileWidth, tileHeight, header)
                let (shape, values) = try call.inferring { () throws(TaskError) in try network.numbers(tile) }
                let found = shape.count >= 2 ? shape[shape.count - 1] / tileWidth : 0
                guard (1...8).contains(found), values.count == tileWidth * tileHeight * found * found else {
                    throw .network("the super-resolution model returned \(shape) for tiles of \(tileWidth)×\(tileHeight)")
                }
                if factor == 0 {
                    factor = found
                    result = Array(repeating: 0, count: width * height * factor * factor)
                }
                Self.paste(
                    values, tileWidth, tileHeight, left: left, top: top, into: &result, width, height, factor: factor)
            }
        }
        return (factor, result)
    }

    /// Where tiles begin, so that each pixel has one in which it is not near an inner edge.
    private static func starts(_ length: Int, tile: Int) -> [Int] {
        guard length > tile else { return [0] }
        let step = max(1, tile - 2 * margin)
        return Array(stride(from: 0, to: length - tile, by: step)) + [length - tile]
    }

    /// One tile; beyond the picture its edge pixels go on.
    private static func tile(
        _ plane: [UInt8], _ width: Int, _ height: Int, left: Int, top: Int, _ tileWidth: Int, _ tileHeight: Int,
        _ header: FrameHeader
    ) -> Frame {
        let draft = FramePool.standalone(header.reshaped(width: tileWidth, height: tileHeight, format: .gray8))
        draft.withUnsafeMutableBytes { target in
            for y in 0..<tileHeight {
                let line = min(height - 1, top + y) * width
                for x in 0..<tileWidth { target[y * tileWidth + x] = plane[line + min(width - 1, left + x)] }
            }
        }
        return draft.seal()
    }

    /// Puts a tile's enlarged pixels in their place, without those near an edge behind which the picture goes on.
    private static func paste(
        _ values: [Float], _ tileWidth: Int, _ tileHeight: Int, left: Int, top: Int, into result: inout [Float],
        _ width: Int, _ height: Int, factor: Int
    ) {
        let firstX = left == 0 ? 0 : left + margin
        let firstY = top == 0 ? 0 : top + margin
        let (lastX, lastY) = (min(width, left + tileWidth), min(height, top + tileHeight))
        for y in firstY * factor..<lastY * factor {
            let source = (y - top * factor) * tileWidth * factor - left * factor
            let target = y * width * factor
            // 0...1 is black to white; such networks shoot over both.
            for x in firstX * factor..<lastX * factor { result[target + x] = min(1, max(0, values[source + x])) * 255 }
        }
    }
}

/// Luminance and two differences of colour, as JPEG defines them (ITU-T T.871).
struct YCbCr {
    let width: Int
    let height: Int
    var luminance: [UInt8]
    /// 0...255, 128 is none.
    var blue: [Float]
    var red: [Float]

    init(_ frame: Frame) {
        (width, height) = (frame.header.width, frame.header.height)
        let count = width * height
        var (y, cb, cr) = ([UInt8](repeating: 0, count: count), [Float](repeating: 0, count: count), [Float]())
        cr = cb
        frame.withUnsafeBytes { bytes in
            for index in 0..<count {
                let (b, g, r) = (Float(bytes[index * 3]), Float(bytes[index * 3 + 1]), Float(bytes[index * 3 + 2]))
                y[index] = Planes.byte(0.299 * r + 0.587 * g + 0.114 * b)
                cb[index] = Float(Planes.byte(128 - 0.168736 * r - 0.331264 * g + 0.5 * b))
                cr[index] = Float(Planes.byte(128 + 0.5 * r - 0.418688 * g - 0.081312 * b))
            }
        }
        (luminance, blue, red) = (y, cb, cr)
    }

    static func frame(
        _ luminance: [Float], _ blue: [Float], _ red: [Float], width: Int, height: Int, like header: FrameHeader
    ) -> Frame {
        let draft = FramePool.standalone(header.reshaped(width: width, height: height, format: .bgr24))
        draft.withUnsafeMutableBytes { bytes in
            for index in luminance.indices {
                let (y, cb, cr) = (luminance[index], blue[index] - 128, red[index] - 128)
                bytes[index * 3] = Planes.byte(y + 1.772 * cb)
                bytes[index * 3 + 1] = Planes.byte(y - 0.344136 * cb - 0.714136 * cr)
                bytes[index * 3 + 2] = Planes.byte(y + 1.402 * cr)
            }
        }
        return draft.seal()
    }
}
