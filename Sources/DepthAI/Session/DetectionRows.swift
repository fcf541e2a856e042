// SPDX-License-Identifier: Apache-2.0
internal import CKernels
package import Core
import Inference

/// The rows of a network that ends in DetectionOutput: picture, label, score, left, top, right, bottom, in fractions of the
/// picture the network saw. A picture below 0 or a score of 0 ends the list.
package struct DetectionRows: Sendable {
    package static let width = 7
    /// With gen1's x, y and z in metres.
    package static let widthWithPosition = 10

    /// Values of all rows, one after the other.
    private let values: [Float]
    package let count: Int

    /// - Returns: nil for a tensor that holds no such rows.
    package init?(_ tensor: Tensor) {
        let shape = tensor.description.shape
        guard shape.last == Self.width, [.float32, .float16].contains(tensor.description.element) else { return nil }
        let floats = tensor.floats
        guard floats.count % Self.width == 0 else { return nil }
        values = floats
        count = floats.count / Self.width
    }

    /// What the rows say, until the end of the list.
    package var detections: [Detection] {
        var detections: [Detection] = []
        for row in 0..<count {
            let at = row * Self.width
            guard values[at] >= 0, values[at + 2] > 0, values[at..<(at + Self.width)].allSatisfy(\.isFinite) else { break }
            detections.append(
                Detection(
                    label: Int(max(0, min(65_535, values[at + 1]))), confidence: min(1, values[at + 2]),
                    box: NormalizedBox(
                        xMin: values[at + 3], yMin: values[at + 4], xMax: values[at + 5], yMax: values[at + 6])))
        }
        return detections
    }

    /// All rows as half floats, each with the position of its detection in metres; 0 where there is none.
    package func withPositions(_ positions: [PositionMillimetres?]) -> [UInt8] {
        var wide = [Float](repeating: 0, count: count * Self.widthWithPosition)
        for row in 0..<count {
            for column in 0..<Self.width { wide[row * Self.widthWithPosition + column] = values[row * Self.width + column] }
            guard row < positions.count, let position = positions[row] else { continue }
            for (column, value) in [position.x, position.y, position.z].enumerated() {
                wide[row * Self.widthWithPosition + Self.width + column] = value / 1000
            }
        }
        return Half.bytes(of: wide)
    }
}

/// IEEE half floats.
enum Half {
    static func bytes(of floats: [Float]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: floats.count * 2) { bytes, count in
            if let base = bytes.baseAddress {
                base.withMemoryRebound(to: UInt16.self, capacity: floats.count) { dk_pixel_f32_to_f16(floats, floats.count, $0) }
            }
            count = floats.count * 2
        }
    }
}
