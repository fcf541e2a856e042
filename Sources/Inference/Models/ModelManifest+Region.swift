// SPDX-License-Identifier: Apache-2.0

/// `{"classes": 80, "anchors": [10, 14, …], "masks": {"side26": [0, 1, 2]}}`: in manifests, and with other names for the
/// keys in the descriptions of gen1 and the hub, which read their parts with the functions here.
extension ModelManifest.Region: Codable {
    private enum Key: String, CodingKey, CaseIterable {
        case classes, anchors, masks
    }

    public init(from decoder: any Decoder) throws {
        try decoder.refuseUnknownKeys(Key.self)
        self = try decoder.container(keyedBy: Key.self).region(classes: .classes, anchors: .anchors, masks: .masks)
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(classes, forKey: .classes)
        try fields.encode(anchors, forKey: .anchors)
        let named = Dictionary(uniqueKeysWithValues: masks.map { ("side\($0.key)", $0.value) })
        if !named.isEmpty { try fields.encode(named, forKey: .masks) }
    }
}

extension KeyedDecodingContainer {
    /// A region network's grids from three fields; masks may be left out.
    func region(classes: Key, anchors: Key, masks: Key) throws -> ModelManifest.Region {
        let count = try decodeWhole(classes)
        try require((1...10_000).contains(count), classes, "1...10000")
        let sizes = try decode([Float].self, forKey: anchors)
        let areSizes = sizes.allSatisfy { $0.isFinite && $0 > 0 }
        try require(!sizes.isEmpty && sizes.count % 2 == 0 && areSizes, anchors, "pairs of positive numbers")
        var sides: [Int: [Int]] = [:]
        for (name, mask) in try decodeIfPresent([String: [Int]].self, forKey: masks) ?? [:] {
            guard name.hasPrefix("side"), let side = Int(name.dropFirst(4)), (1...4096).contains(side) else {
                throw DecodingError.dataCorruptedError(
                    forKey: masks, in: self, debugDescription: "\"\(name)\" must be \"side\" and the grid's side")
            }
            let areAnchors = !mask.isEmpty && mask.allSatisfy { (0..<sizes.count / 2).contains($0) }
            try require(areAnchors, masks, "indices of anchors")
            sides[side] = mask
        }
        return ModelManifest.Region(classes: count, anchors: sizes, masks: sides)
    }
}
