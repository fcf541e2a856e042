// SPDX-License-Identifier: Apache-2.0

/// The element types of a blob.
public enum BlobElement: UInt32, Sendable, Hashable, CaseIterable {
    case float16 = 0
    case uint8 = 1
    case int32 = 2
    case float32 = 3
    case int8 = 4

    public var byteCount: Int {
        switch self {
        case .float16: 2
        case .uint8, .int8: 1
        case .int32, .float32: 4
        }
    }

    /// As NumPy writes it.
    public var name: String {
        switch self {
        case .float16: "float16"
        case .uint8: "uint8"
        case .int32: "int32"
        case .float32: "float32"
        case .int8: "int8"
        }
    }
}

/// What an axis of a blob's tensor counts, by the number the file gives it.
public enum BlobAxis {
    public static let width = 0
    public static let height = 1
    public static let channel = 2
    public static let batch = 3
    public static let depth = 4

    /// One letter; the axes beyond the fifth have no name and get their number.
    public static func name(_ axis: Int) -> String {
        let letters = ["W", "H", "C", "N", "D"]
        return letters.indices.contains(axis) ? letters[axis] : "\(axis)"
    }
}

/// Shape and memory order of a tensor. Everything is listed outermost axis first, as it lies in memory.
public struct BlobTensor: Sendable, Hashable {
    public let element: BlobElement
    /// What each axis counts (`BlobAxis`); all different.
    public let axes: [Int]
    /// nil when only another stage knows them, at run time.
    public let shape: Shape?

    /// Sizes and the distances between neighbours.
    public struct Shape: Sendable, Hashable {
        /// At least 1 each.
        public var dimensions: [Int]
        /// Bytes.
        public var strides: [Int]

        /// Elements; does not overflow (checked when read).
        public var count: Int { dimensions.reduce(1, *) }
    }

    /// Elements a tensor can have: more do not fit the chip's memory.
    static let largestCount = BlobHeader.largestMemory

    /// E.g. "NCHW".
    public var order: String { axes.map(BlobAxis.name).joined() }

    /// Bytes from the first element to the end of the last; nil for run-time shapes.
    public var extent: Int? {
        guard let shape else { return nil }
        return zip(shape.dimensions, shape.strides).reduce(element.byteCount) { $0 + ($1.0 - 1) * $1.1 }
    }

    /// The axes of an order code: one hexadecimal digit per axis, lowest digit innermost, 0 ends.
    static func axes(ofOrder code: UInt32) -> [Int]? {
        var (axes, rest): ([Int], UInt32) = ([], code)
        while rest & 0xF != 0 {
            let axis = Int(rest & 0xF) - 1
            guard !axes.contains(axis) else { return nil }
            axes.append(axis)
            rest >>= 4
        }
        return rest == 0 ? axes.reversed() : nil
    }
}
