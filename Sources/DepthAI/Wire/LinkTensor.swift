// SPDX-License-Identifier: Apache-2.0
package import Core

/// One input or output of a network as clients see it (gen1's TensorInfo).
package struct LinkTensor: Sendable, Hashable {
    package var name: String
    /// The order of `dimensions`: `NCHW`, `NCH`…
    package var order: String
    package var dimensions: [Int]
    /// Bytes from one element of a dimension to the next.
    package var strides: [Int]
    /// `f16`, `u8`, `i32`, `f32` or `i8`.
    package var dataType: String
    /// Where it begins in the payload of `metaout`.
    package var offset: Int
    package var elementSize: Int

    package init(_ description: TensorDescription, offset: Int) {
        name = description.name
        // Four letters for pictures and rows of SSD alike; more dimensions than letters have none.
        order = String("NCHW".suffix(min(4, description.shape.count)))
        dimensions = description.shape
        elementSize = description.element.byteCount
        var (strides, step) = ([Int](), elementSize)
        for dimension in dimensions.reversed() {
            strides.append(step)
            step *= max(1, dimension)
        }
        self.strides = strides.reversed()
        dataType = description.element.gen1Name
        self.offset = offset
    }

    /// As JSON tells of it.
    var object: [String: Any] {
        [
            "name": name, "order": order, "dimensions": dimensions, "strides": strides, "data_type": dataType, "offset": offset,
            "element_size": elementSize,
        ]
    }

    /// Bytes it takes.
    package var byteCount: Int { dimensions.reduce(elementSize) { $0 * max(1, $1) } }

    /// Outputs one after the other, each at a multiple of 64 as the chip lays them.
    package static func layout(_ outputs: [TensorDescription], from start: Int = 0) -> [LinkTensor] {
        var (tensors, offset) = ([LinkTensor](), start)
        for output in outputs {
            let tensor = LinkTensor(output, offset: offset)
            tensors.append(tensor)
            offset = (offset + tensor.byteCount + 63) / 64 * 64
        }
        return tensors
    }
}

extension TensorElement {
    /// gen1's name; 64-bit integers have none and go as they are.
    fileprivate var gen1Name: String {
        switch self {
        case .float32: "f32"
        case .float16: "f16"
        case .uint8: "u8"
        case .int8: "i8"
        case .int32: "i32"
        case .int64: "i64"
        }
    }
}
