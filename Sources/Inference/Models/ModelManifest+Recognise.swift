// SPDX-License-Identifier: Apache-2.0
public import Core

extension ModelManifest {
    /// The manifest of a bare model whose family shows in its inputs and outputs, with the thresholds and preprocessing
    /// its authors publish; nil when it shows not, or more than one family fits.
    ///
    /// Recognised are single-image detectors only. COCO's 80 names are filled in where there are 80 classes.
    public static func recognise(inputs: [TensorDescription], outputs: [TensorDescription]) -> ModelManifest? {
        guard inputs.count == 1, let picture = PictureSignature(inputs[0]), !picture.isGray else { return nil }
        let finders = [yunet, ultraface, ssd, detectionOutput, fastestdet, nanodet, rows]
        for find in finders {
            if let manifest = find(picture, outputs) { return manifest }
        }
        return nil
    }

    /// A manifest without a decoder for a network of one picture; nil when its input is not a picture.
    static func plain(inputs: [TensorDescription]) -> ModelManifest? {
        guard inputs.count == 1, let picture = PictureSignature(inputs[0]), picture.isFixed else { return nil }
        return ModelManifest(family: .raw, input: picture.input(.stretch, picture.isGray ? .gray : .bgr))
    }

    private typealias Finder = (PictureSignature, [TensorDescription]) -> ModelManifest?

    /// YuNet: four outputs per stride with telling names; its own export leaves the size open, 320×320 is its training size.
    private static func yunet(_ picture: PictureSignature, _ outputs: [TensorDescription]) -> ModelManifest? {
        let names = Set(outputs.map(\.name))
        let wanted = ["cls", "obj", "bbox", "kps"].flatMap { kind in [8, 16, 32].map { "\(kind)_\($0)" } }
        guard wanted.allSatisfy(names.contains) else { return nil }
        return ModelManifest(
            family: .yunet, labels: ["face"], input: picture.input(.letterboxTopLeft, .bgr, pad: 0, freeSize: 320))
    }

    private static func ultraface(_ picture: PictureSignature, _ outputs: [TensorDescription]) -> ModelManifest? {
        guard picture.isFixed, outputs.count == 2, let scores = outputs.first(where: { $0.name == "scores" }),
            let boxes = outputs.first(where: { $0.name == "boxes" }), scores.shape.last == 2, boxes.shape.last == 4
        else { return nil }
        return ModelManifest(
            family: .ultraface, labels: ["background", "face"],
            input: picture.input(.stretch, .rgb, mean: 127, scale: 1 / 128))
    }

    private static func ssd(_ picture: PictureSignature, _ outputs: [TensorDescription]) -> ModelManifest? {
        guard picture.isFixed, outputs.count == 3, let prior = outputs.first(where: { $0.shape.count == 3 && $0.shape[1] == 2 }),
            let width = prior.shape.last, width > 0, width % 4 == 0,
            outputs.contains(where: { $0.name != prior.name && $0.shape == [1, width] })
        else { return nil }
        return ModelManifest(family: .ssd, input: picture.input(.stretch, .bgr))
    }

    private static func detectionOutput(_ picture: PictureSignature, _ outputs: [TensorDescription]) -> ModelManifest? {
        guard picture.isFixed, outputs.count == 1, outputs[0].shape.count == 4, outputs[0].shape.last == 7,
            outputs[0].shape[0] == 1, outputs[0].shape[1] == 1
        else { return nil }
        return ModelManifest(family: .detectionOutput, input: picture.input(.stretch, .bgr))
    }

    private static func fastestdet(_ picture: PictureSignature, _ outputs: [TensorDescription]) -> ModelManifest? {
        guard picture.isFixed, outputs.count == 1, outputs[0].shape.count == 4 else { return nil }
        let (channels, rows, columns) = (outputs[0].shape[1], outputs[0].shape[2], outputs[0].shape[3])
        guard channels >= 6, [8, 16, 32].contains(where: { rows * $0 == picture.height && columns * $0 == picture.width })
        else { return nil }
        return ModelManifest(
            family: .fastestdet, labels: CocoLabels.ifCount(channels - 5),
            input: picture.input(.stretch, .bgr, scale: 1 / 255))
    }

    /// NanoDet: outputs in pairs of equal length, one of them 32 (4 edges × 8 bins) wide.
    private static func nanodet(_ picture: PictureSignature, _ outputs: [TensorDescription]) -> ModelManifest? {
        let cells = [8, 16, 32].map { picture.cells(stride: $0) }
        guard picture.isFixed, outputs.count == 6, outputs.allSatisfy({ $0.shape.count == 3 }) else { return nil }
        let classes = Set(outputs.map { $0.shape[2] }).subtracting([32])
        guard classes.count == 1, let count = classes.first,
            cells.allSatisfy({ cell in
                outputs.contains { $0.shape == [1, cell, 32] } && outputs.contains { $0.shape == [1, cell, count] }
            })
        else { return nil }
        var input = picture.input(.letterboxTopLeft, .bgr, pad: 0)
        input.mean = [103.53, 116.28, 123.675]
        input.scale = [57.375, 57.12, 58.395].map { (deviation: Float) in 1 / deviation }
        return ModelManifest(family: .nanodet, labels: CocoLabels.ifCount(count), input: input)
    }

    /// YOLOX has one row per cell, YOLOv5 three (one per anchor).
    private static func rows(_ picture: PictureSignature, _ outputs: [TensorDescription]) -> ModelManifest? {
        guard picture.isFixed, outputs.count == 1, outputs[0].shape.count == 3, outputs[0].shape[2] >= 6 else { return nil }
        let labels = CocoLabels.ifCount(outputs[0].shape[2] - 5)
        switch outputs[0].shape[1] {
        case picture.cells:
            return ModelManifest(family: .yolox, labels: labels, input: picture.input(.letterboxTopLeft, .bgr))
        case picture.cells * 3:
            return ModelManifest(family: .yolov5, labels: labels, input: picture.input(.letterbox, .rgb, scale: 1 / 255))
        default: return nil
        }
    }
}

/// The one image input of a model.
private struct PictureSignature {
    let layout: ModelManifest.Layout
    /// -1 when free.
    let width: Int
    let height: Int
    /// One channel, else three.
    let isGray: Bool

    init?(_ tensor: TensorDescription) {
        // Some exporters leave the batch dimension out.
        guard tensor.shape.count == 4 || tensor.shape.count == 3 else { return nil }
        let shape = tensor.shape.suffix(3).map { $0 }
        if shape[0] == 3 || shape[0] == 1 {
            (layout, height, width) = (.planar, shape[1], shape[2])
        } else if shape[2] == 3 || shape[2] == 1 {
            (layout, height, width) = (.interleaved, shape[0], shape[1])
        } else {
            return nil
        }
        isGray = (layout == .planar ? shape[0] : shape[2]) == 1
        guard [width, height].allSatisfy({ $0 == -1 || (8...4096).contains($0) }) else { return nil }
    }

    var isFixed: Bool { width > 0 && height > 0 }

    func cells(stride: Int) -> Int { ((width + stride - 1) / stride) * ((height + stride - 1) / stride) }

    var cells: Int { cells(stride: 8) + cells(stride: 16) + cells(stride: 32) }

    func input(
        _ resize: ModelManifest.Resize, _ color: ModelManifest.Color, pad: Int = 114, mean: Float = 0, scale: Float = 1,
        freeSize: Int = 0
    ) -> ModelManifest.Input {
        .init(
            width: width > 0 ? width : freeSize, height: height > 0 ? height : freeSize, resize: resize, pad: pad,
            color: color, layout: layout, mean: [mean, mean, mean], scale: [scale, scale, scale])
    }
}
