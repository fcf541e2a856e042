// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// What a client of the hub API says about a network it deploys (`NNConfig`): how its outputs are to be read.
///
/// ```json
/// { "type": "YOLO", "num_inference_threads": 2,
///   "nn_config": { "num_classes": 80, "coordinate_size": 4, "anchors": [10, 14], "anchor_masks": { "side26": [0] },
///                  "confidence_threshold": 0.5, "iou_threshold": 0.5 } }
/// ```
/// Unknown keys are ignored, as the hub does. Thresholds that are left out keep the camera's default: confidence 0.5,
/// overlap 0.5. Classes and anchors describe region layers; without them the network's own outputs must show its family
/// (YOLOX, YOLOv5 and the like as ONNX).
public struct HubNetworkConfiguration: Sendable, Hashable {
    /// Who decodes the outputs.
    public enum Decoding: Sendable, Hashable {
        /// Nobody: clients get tensors.
        case generic
        /// DetectionOutput rows.
        case mobileNet(confidence: Float)
        /// Region layers; without a region, the family that the network's outputs show.
        case yolo(ModelManifest.Region?, confidence: Float, iou: Float)
    }

    public var decoding: Decoding
    /// At least 1.
    public var threads: Int

    /// Reads and checks the JSON text of the form field.
    /// - Parameter source: what error texts call it.
    public init(json: [UInt8], source: String) throws(InferenceError) {
        do {
            self = try JSONDecoder().decode(HubNetworkFile.self, from: Data(json)).configuration
        } catch let error as DecodingError {
            let (field, reason) = error.fieldAndReason
            throw .blobConfiguration(source: source, field: field, reason: reason)
        } catch {
            throw .blobConfiguration(source: source, field: "file", reason: "\(error)")
        }
    }

    init(decoding: Decoding, threads: Int) {
        self.decoding = decoding
        self.threads = threads
    }
}

extension ModelManifest {
    /// Lets a hub client's description of its network win.
    /// - Throws: `blobConfiguration` when it leaves open how the outputs are to be read.
    public mutating func apply(_ configuration: HubNetworkConfiguration, name: String = "network") throws(InferenceError) {
        switch configuration.decoding {
        case .generic: family = .raw
        case .mobileNet(let confidence):
            family = .detectionOutput
            thresholds.confidence = confidence
        case .yolo(let region?, let confidence, let iou):
            apply(region, confidence: confidence, iou: iou)
        case .yolo(nil, let confidence, let iou):
            guard [.yolov5, .yolox, .fastestdet, .nanodet].contains(family) else {
                throw .blobConfiguration(
                    source: name, field: "nn_config.anchors",
                    reason: "is missing: the network's outputs do not show what they mean; give anchors, anchor_masks "
                        + "and num_classes")
            }
            thresholds.confidence = confidence
            thresholds.iou = iou
        }
    }

    mutating func apply(_ region: Region, confidence: Float?, iou: Float) {
        family = .region
        decoder.region = region
        thresholds.iou = iou
        if let confidence { thresholds.confidence = confidence }
    }
}

private struct HubNetworkFile: Decodable {
    let configuration: HubNetworkConfiguration

    private enum Key: String, CodingKey {
        case type
        case threads = "num_inference_threads"
        case section = "nn_config"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let threads = try fields.decodeWholeIfPresent(.threads) ?? 2
        try fields.require((1...64).contains(threads), .threads, "1...64")
        let hasSection = try fields.contains(.section) && !fields.decodeNil(forKey: .section)
        let decoding: HubNetworkConfiguration.Decoding
        switch try fields.decode(String.self, forKey: .type) {
        case "Generic":
            try fields.require(!hasSection, .section, "null for the type Generic")
            decoding = .generic
        case "MobileNet":
            try fields.require(hasSection, .section, "an object for the type MobileNet")
            decoding = try fields.decode(MobileNetSection.self, forKey: .section).decoding
        case "YOLO":
            try fields.require(hasSection, .section, "an object for the type YOLO")
            decoding = try fields.decode(HubYOLOSection.self, forKey: .section).decoding
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: fields, debugDescription: "must be \"Generic\", \"YOLO\" or \"MobileNet\"")
        }
        configuration = HubNetworkConfiguration(decoding: decoding, threads: threads)
    }
}

private struct MobileNetSection: Decodable {
    let decoding: HubNetworkConfiguration.Decoding

    private enum Key: String, CodingKey {
        case confidence = "confidence_threshold"
        // A key of the other type says that the sections were mixed up.
        case classes = "num_classes"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        try fields.require(!fields.contains(.classes), .classes, "left out for the type MobileNet")
        let confidence = try fields.decodeIfPresent(Float.self, forKey: .confidence) ?? 0.5
        try fields.require((0...1).contains(confidence), .confidence, "0...1")
        decoding = .mobileNet(confidence: confidence)
    }
}

private struct HubYOLOSection: Decodable {
    let decoding: HubNetworkConfiguration.Decoding

    private enum Key: String, CodingKey {
        case anchors
        case masks = "anchor_masks"
        case coordinates = "coordinate_size"
        case confidence = "confidence_threshold"
        case iou = "iou_threshold"
        case classes = "num_classes"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let coordinates = try fields.decodeWholeIfPresent(.coordinates) ?? 4
        try fields.require(coordinates == 4, .coordinates, "4")
        let hasAnchors = try fields.contains(.anchors) && !fields.decodeNil(forKey: .anchors)
        let region = hasAnchors ? try fields.region(classes: .classes, anchors: .anchors, masks: .masks) : nil
        let confidence = try fields.decodeIfPresent(Float.self, forKey: .confidence) ?? 0.5
        try fields.require((0...1).contains(confidence), .confidence, "0...1")
        let iou = try fields.decodeIfPresent(Float.self, forKey: .iou) ?? 0.5
        try fields.require((0...1).contains(iou), .iou, "0...1")
        decoding = .yolo(region, confidence: confidence, iou: iou)
    }
}
