// SPDX-License-Identifier: Apache-2.0

/// The element types networks use here.
public enum TensorElement: String, Sendable, Hashable {
    case float32
    case float16
    case uint8
    case int8
    case int32
    case int64

    public var byteCount: Int {
        switch self {
        case .float32, .int32: 4
        case .float16: 2
        case .uint8, .int8: 1
        case .int64: 8
        }
    }
}

/// Name, shape and type of one input or output of a network. A dimension of -1 is free.
public struct TensorDescription: Sendable, Hashable {
    public var name: String
    public var shape: [Int]
    public var element: TensorElement

    public init(name: String, shape: [Int], element: TensorElement) {
        self.name = name
        self.shape = shape
        self.element = element
    }

    /// Bytes of the whole tensor; nil when a dimension is free or the product overflows.
    public var byteCount: Int? {
        var total = element.byteCount
        for dimension in shape {
            guard dimension >= 0 else { return nil }
            let (product, overflow) = total.multipliedReportingOverflow(by: dimension)
            guard !overflow else { return nil }
            total = product
        }
        return total
    }
}

/// A network's output, borrowed: valid only inside the closure it was handed to.
public struct TensorView {
    public let name: String
    public let shape: [Int]
    public let element: TensorElement
    public let bytes: UnsafeRawBufferPointer

    public init(name: String, shape: [Int], element: TensorElement, bytes: UnsafeRawBufferPointer) {
        self.name = name
        self.shape = shape
        self.element = element
        self.bytes = bytes
    }

    /// The values of a `float32` tensor, in row-major order; nil for other element types.
    public var floats: UnsafeBufferPointer<Float>? {
        element == .float32 ? bytes.assumingMemoryBound(to: Float.self) : nil
    }
}

/// A network's output, owned: for the raw `metaout` stream.
public struct Tensor: Sendable, Hashable {
    public var description: TensorDescription
    public var bytes: [UInt8]

    public init(_ view: TensorView) {
        description = TensorDescription(name: view.name, shape: view.shape, element: view.element)
        bytes = Array(view.bytes)
    }
}
