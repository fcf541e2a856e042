// SPDX-License-Identifier: Apache-2.0

/// The JSON of a blob configuration, either form.
struct BlobConfigurationFile: Decodable {
    let configuration: BlobConfiguration

    private enum Key: String, CodingKey {
        case tensors, mappings
        case network = "NN_config"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let labels = try fields.decodeIfPresent(Mappings.self, forKey: .mappings)?.labels ?? []
        if let network = try fields.decodeIfPresent(NetworkSection.self, forKey: .network) {
            configuration = BlobConfiguration(
                labels: labels, family: network.family, confidenceThreshold: network.confidenceThreshold, tensors: [])
            return
        }
        guard fields.contains(.tensors) else {
            throw DecodingError.keyNotFound(
                Key.tensors, .init(codingPath: decoder.codingPath, debugDescription: "neither tensors nor NN_config"))
        }
        let tensors = try fields.decode([BlobConfiguration.TensorEntry].self, forKey: .tensors)
        try fields.require(!tensors.isEmpty, .tensors, "at least one tensor")
        let family: BlobConfiguration.Family = tensors[0].isDetectionRows ? .mobilenet : .raw
        configuration = BlobConfiguration(labels: labels, family: family, confidenceThreshold: nil, tensors: tensors)
    }

    private struct Mappings: Decodable {
        var labels: [String]?
    }
}

/// The `NN_config` section.
private struct NetworkSection: Decodable {
    let family: BlobConfiguration.Family
    let confidenceThreshold: Float?

    private enum Key: String, CodingKey {
        case format = "output_format"
        case family = "NN_family"
        case confidence = "confidence_threshold"
        case metadata = "NN_specific_metadata"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let format = try fields.decode(String.self, forKey: .format)
        try fields.require(["raw", "detection"].contains(format), .format, "\"raw\" or \"detection\"")
        var confidence = try fields.decodeIfPresent(Float.self, forKey: .confidence)
        try fields.require(confidence.map { (0...1).contains($0) } ?? true, .confidence, "0...1")
        if format == "raw" {
            family = .raw
        } else {
            switch try fields.decode(String.self, forKey: .family) {
            case "mobilenet": family = .mobilenet
            case "YOLO":
                let metadata = try fields.decode(YOLOSection.self, forKey: .metadata)
                family = .yolo(metadata.yolo)
                confidence = metadata.confidenceThreshold
            default:
                throw DecodingError.dataCorruptedError(
                    forKey: .family, in: fields, debugDescription: "must be \"mobilenet\" or \"YOLO\"")
            }
        }
        confidenceThreshold = confidence
    }
}

private struct YOLOSection: Decodable {
    let yolo: BlobConfiguration.YOLO
    let confidenceThreshold: Float

    private enum Key: String, CodingKey {
        case classes, coordinates, anchors
        case masks = "anchor_masks"
        case iou = "iou_threshold"
        case confidence = "confidence_threshold"
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        let coordinates = try fields.decodeWhole(.coordinates)
        try fields.require(coordinates == 4, .coordinates, "4")
        try fields.require(fields.contains(.masks), .masks, "there")
        let region = try fields.region(classes: .classes, anchors: .anchors, masks: .masks)
        let iou = try fields.decode(Float.self, forKey: .iou)
        try fields.require((0...1).contains(iou), .iou, "0...1")
        confidenceThreshold = try fields.decode(Float.self, forKey: .confidence)
        try fields.require((0...1).contains(confidenceThreshold), .confidence, "0...1")
        yolo = BlobConfiguration.YOLO(
            classes: region.classes, coordinates: coordinates, anchors: region.anchors, anchorMasks: region.masks,
            iouThreshold: iou)
    }
}

extension BlobConfiguration.TensorEntry: Decodable {
    private enum Key: String, CodingKey {
        case name = "output_tensor_name"
        case dimensions = "output_dimensions"
        case entryDimension = "output_entry_iteration_index"
        case propertyDimensions = "output_properties_dimensions"
        case propertyKeys = "property_key_mapping"
        case element = "output_properties_type"
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        name = try fields.decode(String.self, forKey: .name)
        dimensions = try fields.decode([Int].self, forKey: .dimensions)
        let areSane = (1...8).contains(dimensions.count) && dimensions.allSatisfy((1...65_536).contains)
        try fields.require(areSane, .dimensions, "one to eight numbers of 1...65536")
        var elements = 1
        for dimension in dimensions where elements <= 1 << 30 { elements *= dimension }
        try fields.require(elements <= 1 << 30, .dimensions, "fewer elements than 2^30")
        let places = dimensions.indices
        entryDimension = try fields.decodeWhole(.entryDimension)
        try fields.require(places.contains(entryDimension), .entryDimension, "an index into output_dimensions")
        propertyDimensions = try fields.decode([Int].self, forKey: .propertyDimensions)
        try fields.require(
            propertyDimensions.allSatisfy(places.contains), .propertyDimensions, "indices into output_dimensions")
        propertyKeys = try fields.decode([[String]].self, forKey: .propertyKeys)
        element = try fields.decode(Element.self, forKey: .element)
    }

    /// [1, 1, N, 7], or 10 where the device adds the distances.
    var isDetectionRows: Bool {
        dimensions.count == 4 && entryDimension == 2 && (dimensions[3] == 7 || dimensions[3] == 10)
    }
}
