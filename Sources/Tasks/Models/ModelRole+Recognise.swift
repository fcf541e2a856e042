// SPDX-License-Identifier: Apache-2.0
public import Core
public import Inference

extension ModelRole {
    /// The manifest of a bare model in this role, by the shapes of its inputs and outputs and the preprocessing its usual
    /// authors publish; nil when the role and the shapes do not tell enough.
    public func recognise(inputs: [TensorDescription], outputs: [TensorDescription]) -> ModelManifest? {
        guard inputs.count == 1, let output = outputs.first else { return nil }
        let shape = inputs[0].shape
        switch self {
        case .detection, .faceDetection: return .recognise(inputs: inputs, outputs: outputs)
        case .plateDetection: return plateRows(inputs, outputs) ?? .recognise(inputs: inputs, outputs: outputs)
        case .faceEmbedding:
            // ArcFace and its relatives: 112×112 RGB, aligned by five points.
            guard shape.suffix(3) == [3, 112, 112], output.elementCount ?? 0 >= 32 else { return nil }
            return .raw(width: 112, height: 112, color: .rgb, mean: 0, scale: 1)
        case .plateText:
            guard outputs.count == 1, shape.suffix(3) == [3, 24, 94], output.shape.count == 3, output.shape[1] == 68 else {
                return nil
            }
            // LPRNet: 68 classes by 18 steps, the last class is the blank.
            var manifest = ModelManifest.raw(width: 94, height: 24, color: .bgr, mean: 127.5, scale: 1 / 128)
            manifest.labels = PlateAlphabet.lprnet
            manifest.decoder.background = PlateAlphabet.lprnet.count - 1
            return manifest
        case .superResolution:
            guard shape.count == 4, shape[1] == 1, shape[2] >= 8, shape[3] >= 8 else { return nil }
            return .raw(width: shape[3], height: shape[2], color: .gray, mean: 0, scale: 1 / 255)
        case .backgroundRemoval:
            guard shape.count == 4, shape[1] == 3, let side = side(shape, free: 320) else { return nil }
            return .imageNet(width: side.width, height: side.height)
        case .scene:
            guard shape.count == 4, shape[1] == 3, let side = side(shape, free: 224) else { return nil }
            var manifest = ModelManifest.imageNet(width: side.width, height: side.height)
            manifest.input.resize = .crop
            return manifest
        case .cartoon:
            guard shape.count == 4, shape[1] == 3, let side = side(shape, free: 512) else { return nil }
            var manifest = ModelManifest.raw(
                width: side.width, height: side.height, color: .rgb, mean: 127.5, scale: 1 / 127.5)
            manifest.input.resize = .crop
            return manifest
        case .segmentation, .portrait, .sound: return nil
        }
    }

    /// A plate detector with landmarks: rows of box, objectness, four corners and two classes (one or two lines of text).
    private func plateRows(_ inputs: [TensorDescription], _ outputs: [TensorDescription]) -> ModelManifest? {
        let shape = inputs[0].shape
        guard shape.count == 4, shape[1] == 3, shape[2] == shape[3], (8...4096).contains(shape[2]), outputs.count == 1,
            outputs[0].shape.count == 3, outputs[0].shape[2] == 15
        else { return nil }
        return ModelManifest(
            family: .yolov5, labels: ["plate", "plate of two lines"],
            input: .init(
                width: shape[3], height: shape[2], resize: .letterbox, pad: 0, color: .rgb,
                scale: [Float](repeating: 1 / 255, count: 3)),
            decoder: .init(landmarks: 4))
    }

    private func side(_ shape: [Int], free: Int) -> (width: Int, height: Int)? {
        let (height, width) = (shape[2] == -1 ? free : shape[2], shape[3] == -1 ? free : shape[3])
        guard (8...4096).contains(width), (8...4096).contains(height) else { return nil }
        return (width, height)
    }
}

extension ModelManifest {
    /// A network whose outputs the job reads itself.
    static func raw(width: Int, height: Int, color: Color, mean: Float, scale: Float) -> ModelManifest {
        ModelManifest(
            family: .raw,
            input: .init(
                width: width, height: height, color: color, mean: [mean, mean, mean], scale: [scale, scale, scale]))
    }

    /// The normalisation of networks trained on ImageNet: mean and deviation of its red, green and blue.
    static func imageNet(width: Int, height: Int) -> ModelManifest {
        var manifest = raw(width: width, height: height, color: .rgb, mean: 0, scale: 1)
        manifest.input.mean = [0.485, 0.456, 0.406].map { (mean: Float) in mean * 255 }
        manifest.input.scale = [0.229, 0.224, 0.225].map { (deviation: Float) in 1 / (deviation * 255) }
        return manifest
    }
}

extension TensorDescription {
    /// nil when a dimension is free.
    var elementCount: Int? { shape.contains { $0 < 0 } ? nil : shape.reduce(1, *) }
}
