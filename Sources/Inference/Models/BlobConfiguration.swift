// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// What a gen1 program says about its network in the file `blob_file_config` points to.
///
/// Both forms are read: that of the seed era (`tensors`, each entry described for clients) and that of gen1 1.0
/// (`NN_config`). Both may name labels under `mappings`. Unknown keys are ignored, as gen1 did.
public struct BlobConfiguration: Sendable, Hashable {
    /// Who decodes the network's outputs.
    public enum Family: Sendable, Hashable {
        /// MobileNet-SSD: the network ends in DetectionOutput rows.
        case mobilenet
        /// YOLO v3 region layers, decoded with the parameters given.
        case yolo(YOLO)
        /// Nobody: clients get tensors.
        case raw
    }

    /// `NN_specific_metadata` of the YOLO family.
    public struct YOLO: Sendable, Hashable {
        /// 1...10000.
        public var classes: Int
        /// Box coordinates per anchor: 4.
        public var coordinates: Int
        /// Widths and heights in pixels of the network's input, two numbers per anchor.
        public var anchors: [Float]
        /// For a region layer by the side of its grid: which anchors it uses.
        public var anchorMasks: [Int: [Int]]
        /// 0...1.
        public var iouThreshold: Float
    }

    /// One output tensor as the seed-era form describes it to clients.
    public struct TensorEntry: Sendable, Hashable {
        public enum Element: String, Sendable, Codable, Hashable {
            case float16 = "f16"
            case uint8 = "u8"
        }

        public var name: String
        public var dimensions: [Int]
        /// The dimension that counts entries.
        public var entryDimension: Int
        /// The dimensions that hold an entry's properties.
        public var propertyDimensions: [Int]
        /// Names of the properties, one list per dimension; may be shorter than `dimensions`.
        public var propertyKeys: [[String]]
        public var element: Element

        /// Elements of one entry. For tests.
        public var elementsPerEntry: Int { dimensions.reduce(1, *) / dimensions[entryDimension] }
    }

    /// Names by label index; may be empty.
    public var labels: [String]
    public var family: Family
    /// nil when the file leaves it open (the seed-era form always does).
    public var confidenceThreshold: Float?
    /// The tensors clients iterate; empty in the `NN_config` form.
    public var tensors: [TensorEntry]

    /// Reads and checks a file.
    /// - Parameter source: the file's name, for error texts.
    public init(json: [UInt8], source: String) throws(InferenceError) {
        do {
            self = try JSONDecoder().decode(BlobConfigurationFile.self, from: Data(json)).configuration
        } catch let error as DecodingError {
            let (field, reason) = error.fieldAndReason
            throw .blobConfiguration(source: source, field: field, reason: reason)
        } catch {
            throw .blobConfiguration(source: source, field: "file", reason: "\(error)")
        }
    }

    init(labels: [String], family: Family, confidenceThreshold: Float?, tensors: [TensorEntry]) {
        self.labels = labels
        self.family = family
        self.confidenceThreshold = confidenceThreshold
        self.tensors = tensors
    }
}
