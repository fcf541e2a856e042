// SPDX-License-Identifier: Apache-2.0
internal import Core

/// Turns a network's outputs into candidates. A decoder checks the shapes it needs when it is made.
protocol DetectionDecoder: Sendable {
    /// How many landmarks each candidate has.
    var landmarks: Int { get }
    /// How many classes the network knows; nil when its outputs do not tell.
    var classes: Int? { get }
    /// Adds every candidate of at least `threshold` confidence.
    func decode(_ views: [TensorView], _ tensors: OutputTensors, threshold: Float, into list: inout CandidateList)
}

extension DetectionDecoder {
    var landmarks: Int { 0 }
}

/// A network's declared outputs while a decoder picks its own from them.
struct OutputSignature {
    let model: String
    let outputs: [TensorDescription]

    /// The only output; others are an error.
    func single(_ expected: String) throws(InferenceError) -> TensorDescription {
        guard outputs.count == 1 else {
            throw .shape(
                model: model, tensor: outputs.map(\.name).joined(separator: ", "), expected: "one output, \(expected)",
                found: "\(outputs.count) outputs")
        }
        return outputs[0]
    }

    /// The number of the output that has `name`, and exactly `shape` (its free dimensions may be anything).
    func index(named name: String, shape: [Int]) throws(InferenceError) -> Int {
        guard let index = outputs.firstIndex(where: { $0.name == name }) else {
            throw .shape(model: model, tensor: name, expected: "an output \(shape)", found: "absent")
        }
        guard outputs[index].fits(shape) else { throw mismatch(outputs[index], "\(shape)") }
        return index
    }

    func mismatch(_ tensor: TensorDescription, _ expected: String) -> InferenceError {
        .shape(model: model, tensor: tensor.name, expected: expected, found: tensor.shapeText)
    }
}

extension TensorDescription {
    /// Whether the tensor can have this shape: free dimensions, here or there, fit anything.
    func fits(_ wanted: [Int]) -> Bool {
        shape.count == wanted.count && zip(shape, wanted).allSatisfy { $0 == $1 || $0 == -1 || $1 == -1 }
    }
}

extension ModelManifest {
    /// The decoder of the manifest's family, or nil for raw networks.
    func makeDecoder(model: String, outputs: [TensorDescription]) throws(InferenceError) -> (any DetectionDecoder)? {
        let signature = OutputSignature(model: model, outputs: outputs)
        switch family {
        case .ssd: return try SSDDecoder(self, signature)
        case .detectionOutput: return try DetectionRowsDecoder(self, signature)
        case .yolov5: return try YOLOv5Decoder(self, signature)
        case .yolox: return try YOLOXDecoder(self, signature)
        case .fastestdet: return try FastestDetDecoder(signature, self)
        case .nanodet: return try NanoDetDecoder(self, signature)
        case .yunet: return try YuNetDecoder(self, signature)
        case .ultraface: return try UltraFaceDecoder(self, signature)
        case .region: return try RegionDecoder(self, signature)
        case .raw: return nil
        }
    }

    /// The grids of a network with one row per cell, in the manifest's order of strides.
    var grids: [CellGrid] {
        decoder.strides.map {
            CellGrid(
                stride: $0, columns: (input.width + $0 - 1) / $0, rows: (input.height + $0 - 1) / $0)
        }
    }
}

/// The cells of one stride.
struct CellGrid: Sendable, Hashable {
    /// Pixels per cell.
    let stride: Int
    let columns: Int
    let rows: Int

    var count: Int { columns * rows }
}

/// The largest of `count` values from `start`, and its place.
@inline(__always)
func bestClass(_ values: UnsafeBufferPointer<Float>, from start: Int, count: Int, step: Int = 1) -> (label: Int, score: Float) {
    var (label, score) = (0, values[start])
    for index in 1..<max(1, count) where values[start + index * step] > score {
        (label, score) = (index, values[start + index * step])
    }
    return (label, score)
}
