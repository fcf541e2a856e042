// SPDX-License-Identifier: Apache-2.0

/// Reads networks of the YOLOv8-seg line: one output with a column for each candidate (centre x, centre y, width, height in
/// pixels, class scores, mask coefficients), one with prototype masks that the coefficients mix (Bolya et al., "YOLACT",
/// 2019).
package struct PrototypeMasks {
    /// An object in pixels of the network's picture.
    package struct Object {
        package var label: Int
        package var confidence: Float
        package var left: Float
        package var top: Float
        package var right: Float
        package var bottom: Float
        /// Around the largest part of the object, clockwise.
        package var outline: [SIMD2<Float>] = []
        fileprivate var candidate: Int
    }

    private let rows: [Float]
    private let candidates: Int
    private let classes: Int
    private let prototypes: [Float]
    private let masks: Int
    private let maskHeight: Int
    private let maskWidth: Int

    /// nil when the shapes are not of this line.
    package init?(_ outputs: [(shape: [Int], values: [Float])]) {
        guard outputs.count == 2, let rows = outputs.first(where: { $0.shape.count == 3 }),
            let masks = outputs.first(where: { $0.shape.count == 4 }), rows.shape[0] == 1, masks.shape[0] == 1,
            (rows.shape + masks.shape).allSatisfy({ $0 > 0 }), rows.values.count == rows.shape[1] * rows.shape[2],
            masks.values.count == masks.shape[1] * masks.shape[2] * masks.shape[3], rows.shape[1] > 4 + masks.shape[1]
        else { return nil }
        self.rows = rows.values
        candidates = rows.shape[2]
        (self.masks, maskHeight, maskWidth) = (masks.shape[1], masks.shape[2], masks.shape[3])
        classes = rows.shape[1] - 4 - masks.shape[1]
        prototypes = masks.values
    }

    private func value(_ row: Int, _ candidate: Int) -> Float { rows[row * candidates + candidate] }

    /// The objects, best first, of each class those that do not overlap a better one by more than `iou`.
    package func objects(confidence: Float, iou: Float, maximum: Int, width: Int, height: Int) -> [Object] {
        var found: [Object] = []
        for candidate in 0..<candidates {
            var (label, best) = (0, value(4, candidate))
            for index in 1..<max(1, classes) where value(4 + index, candidate) > best {
                (label, best) = (index, value(4 + index, candidate))
            }
            guard best >= confidence else { continue }
            let (x, y) = (value(0, candidate), value(1, candidate))
            let (halfWidth, halfHeight) = (value(2, candidate) / 2, value(3, candidate) / 2)
            guard (x + y + halfWidth + halfHeight).isFinite else { continue }
            found.append(
                Object(
                    label: label, confidence: min(1, best), left: x - halfWidth, top: y - halfHeight, right: x + halfWidth,
                    bottom: y + halfHeight, candidate: candidate))
        }
        found.sort { ($0.confidence, $1.candidate) > ($1.confidence, $0.candidate) }
        var kept: [Object] = []
        for object in found.prefix(1000) where kept.count < maximum {
            if kept.allSatisfy({ $0.label != object.label || Self.overlap($0, object) <= iou }) { kept.append(object) }
        }
        return kept.map { object in
            var object = object
            object.outline = outline(object, width: Float(width), height: Float(height))
            return object
        }
    }

    private static func overlap(_ a: Object, _ b: Object) -> Float {
        let width = min(a.right, b.right) - max(a.left, b.left)
        let height = min(a.bottom, b.bottom) - max(a.top, b.top)
        guard width > 0, height > 0 else { return 0 }
        let areas = (a.right - a.left) * (a.bottom - a.top) + (b.right - b.left) * (b.bottom - b.top)
        return width * height / (areas - width * height)
    }

    /// A pixel of the mask belongs to the object where the mixture is positive (its logistic is above one half) and inside
    /// the box.
    private func outline(_ object: Object, width: Float, height: Float) -> [SIMD2<Float>] {
        let (scaleX, scaleY) = (Float(maskWidth) / width, Float(maskHeight) / height)
        func cell(_ value: Float, _ limit: Int) -> Int { Int(min(Float(limit), max(0, value.rounded()))) }
        let (left, right) = (cell(object.left * scaleX, maskWidth), cell(object.right * scaleX, maskWidth))
        let (top, bottom) = (cell(object.top * scaleY, maskHeight), cell(object.bottom * scaleY, maskHeight))
        guard left < right, top < bottom else { return [] }
        let size = maskWidth * maskHeight
        var inside = [Bool](repeating: false, count: size)
        for y in top..<bottom {
            for x in left..<right {
                var sum: Float = 0
                for mask in 0..<masks {
                    sum += value(4 + classes + mask, object.candidate) * prototypes[mask * size + y * maskWidth + x]
                }
                inside[y * maskWidth + x] = sum > 0
            }
        }
        return MaskOutline(inside, width: maskWidth, height: maskHeight).longest.map {
            SIMD2(Float($0.x) / scaleX, Float($0.y) / scaleY)
        }
    }
}
