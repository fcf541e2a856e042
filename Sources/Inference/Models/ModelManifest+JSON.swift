// SPDX-License-Identifier: Apache-2.0
internal import Foundation

extension ModelManifest: Codable {
    /// Reads and checks a manifest.
    /// - Parameter source: the file's name, for error texts.
    public init(json: [UInt8], source: String) throws(InferenceError) {
        do {
            self = try JSONDecoder().decode(ModelManifest.self, from: Data(json))
        } catch let error as DecodingError {
            let (field, reason) = error.fieldAndReason
            throw .manifest(source: source, field: field, reason: reason)
        } catch {
            throw .manifest(source: source, field: "file", reason: "\(error)")
        }
    }

    private enum Key: String, CodingKey, CaseIterable {
        case family, labels, input, decoder, thresholds, sha256
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(Key.self)
        let fields = try decoder.container(keyedBy: Key.self)
        family = try fields.decode(ModelFamily.self, forKey: .family)
        labels = try fields.decodeIfPresent([String].self, forKey: .labels) ?? []
        try fields.require(labels.count <= 10_000, .labels, "at most 10000 labels")
        input = try fields.decode(Input.self, forKey: .input)
        self.decoder = try fields.decodeIfPresent(DecoderParameters.self, forKey: .decoder) ?? DecoderParameters()
        let given = try fields.decodeIfPresent(PartialThresholds.self, forKey: .thresholds)
        thresholds = given?.filled(by: family.defaultThresholds) ?? family.defaultThresholds
        sha256 = try fields.decodeIfPresent(String.self, forKey: .sha256)?.lowercased()
        let isDigest = sha256.map { $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) } ?? true
        try fields.require(isDigest, .sha256, "64 hexadecimal digits")
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(family, forKey: .family)
        try fields.encode(labels, forKey: .labels)
        try fields.encode(input, forKey: .input)
        try fields.encode(decoder, forKey: .decoder)
        try fields.encode(PartialThresholds(thresholds), forKey: .thresholds)
        try fields.encodeIfPresent(sha256, forKey: .sha256)
    }
}

extension ModelManifest.Input: Codable {
    private enum Key: String, CodingKey, CaseIterable {
        case width, height, resize, pad, color, layout, mean, scale
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(Key.self)
        let fields = try decoder.container(keyedBy: Key.self)
        func value<T: Decodable>(_ key: Key, default fallback: T) throws -> T {
            try fields.decodeIfPresent(T.self, forKey: key) ?? fallback
        }
        let width = try fields.decodeWhole(.width)
        let height = try fields.decodeWhole(.height)
        self.init(
            width: width, height: height, resize: try value(.resize, default: .stretch),
            pad: try fields.decodeWholeIfPresent(.pad) ?? 114,
            color: try value(.color, default: .bgr), layout: try value(.layout, default: .planar),
            mean: try value(.mean, default: [0, 0, 0]), scale: try value(.scale, default: [1, 1, 1]))
        try fields.require((8...4096).contains(width), .width, "8...4096 pixels")
        try fields.require((8...4096).contains(height), .height, "8...4096 pixels")
        try fields.require((0...255).contains(pad), .pad, "0...255")
        try fields.require(mean.count == 3 && mean.allSatisfy(\.isFinite), .mean, "three numbers")
        try fields.require(
            scale.count == 3 && scale.allSatisfy { $0.isFinite && $0 != 0 }, .scale, "three numbers, none of them 0")
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(width, forKey: .width)
        try fields.encode(height, forKey: .height)
        try fields.encode(resize, forKey: .resize)
        try fields.encode(pad, forKey: .pad)
        try fields.encode(color, forKey: .color)
        try fields.encode(layout, forKey: .layout)
        try fields.encode(mean, forKey: .mean)
        try fields.encode(scale, forKey: .scale)
    }
}

extension ModelManifest.DecoderParameters: Codable {
    private enum Key: String, CodingKey, CaseIterable {
        case strides, landmarks, bins, background, candidates, region
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(Key.self)
        let fields = try decoder.container(keyedBy: Key.self)
        self.init()
        strides = try fields.decodeIfPresent([Int].self, forKey: .strides) ?? strides
        landmarks = try fields.decodeWholeIfPresent(.landmarks) ?? landmarks
        bins = try fields.decodeWholeIfPresent(.bins) ?? bins
        background = try fields.decodeWholeIfPresent(.background) ?? background
        candidates = try fields.decodeWholeIfPresent(.candidates) ?? candidates
        region = try fields.decodeIfPresent(ModelManifest.Region.self, forKey: .region)
        let stridesAreSane = (1...8).contains(strides.count) && strides.allSatisfy((1...256).contains)
        try fields.require(stridesAreSane, .strides, "one to eight numbers of 1...256")
        try fields.require((0...100).contains(landmarks), .landmarks, "0...100")
        try fields.require((2...64).contains(bins), .bins, "2...64")
        try fields.require((-1...10_000).contains(background), .background, "-1...10000")
        try fields.require((1...10_000).contains(candidates), .candidates, "1...10000")
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(strides, forKey: .strides)
        try fields.encode(landmarks, forKey: .landmarks)
        try fields.encode(bins, forKey: .bins)
        try fields.encode(background, forKey: .background)
        try fields.encode(candidates, forKey: .candidates)
        try fields.encodeIfPresent(region, forKey: .region)
    }
}

/// Thresholds as a manifest writes them: what is missing comes from the family.
private struct PartialThresholds: Codable {
    var confidence: Float?
    var iou: Float?
    var acrossLabels: Bool?
    var maximumDetections: Int?

    enum Key: String, CodingKey, CaseIterable {
        case confidence, iou
        case acrossLabels = "across_labels"
        case maximumDetections = "maximum_detections"
    }

    init(_ thresholds: ModelManifest.Thresholds) {
        confidence = thresholds.confidence
        iou = thresholds.iou
        acrossLabels = thresholds.acrossLabels
        maximumDetections = thresholds.maximumDetections
    }

    init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(Key.self)
        let fields = try decoder.container(keyedBy: Key.self)
        confidence = try fields.decodeIfPresent(Float.self, forKey: .confidence)
        iou = try fields.decodeIfPresent(Float.self, forKey: .iou)
        acrossLabels = try fields.decodeIfPresent(Bool.self, forKey: .acrossLabels)
        maximumDetections = try fields.decodeWholeIfPresent(.maximumDetections)
        try fields.require(confidence.map { (0...1).contains($0) } ?? true, .confidence, "0...1")
        try fields.require(iou.map { (0...1).contains($0) } ?? true, .iou, "0...1")
        try fields.require(maximumDetections.map { (1...1000).contains($0) } ?? true, .maximumDetections, "1...1000")
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encodeIfPresent(confidence, forKey: .confidence)
        try fields.encodeIfPresent(iou, forKey: .iou)
        try fields.encodeIfPresent(acrossLabels, forKey: .acrossLabels)
        try fields.encodeIfPresent(maximumDetections, forKey: .maximumDetections)
    }

    func filled(by family: ModelManifest.Thresholds) -> ModelManifest.Thresholds {
        .init(
            confidence: confidence ?? family.confidence, iou: iou ?? family.iou,
            acrossLabels: acrossLabels ?? family.acrossLabels,
            maximumDetections: maximumDetections ?? family.maximumDetections)
    }
}
