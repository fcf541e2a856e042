// SPDX-License-Identifier: Apache-2.0

/// The outputs of a network.
public struct DeviceTensors: Sendable, Hashable, NOPRepresentable {
    public var tensors: [DeviceTensor]
    public var batch: UInt32
    public var stamp: DeviceStamp

    public init(_ tensors: [DeviceTensor], batch: UInt32 = 1, stamp: DeviceStamp) {
        self.tensors = tensors
        self.batch = batch
        self.stamp = stamp
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("tensors", fields: 5)
        tensors = try decoder.list(of: DeviceTensor.self, "tensors")
        batch = try decoder.integer("batch")
        stamp = try DeviceStamp(&decoder)
        try decoder.skip(surplus)
    }

    public var nop: NOPValue { .structure([tensors.nop, .unsigned(UInt64(batch))] + stamp.fields) }
}

/// Where and how one output of a network lies in the message's bytes.
public struct DeviceTensor: Sendable, Hashable, NOPRepresentable {
    public struct Element: RawRepresentable, Sendable, Hashable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let float16 = Element(rawValue: 0)
        public static let uint8 = Element(rawValue: 1)
        public static let int32 = Element(rawValue: 2)
        public static let float32 = Element(rawValue: 3)
        public static let int8 = Element(rawValue: 4)

        /// Nil for types that depthd does not know.
        public var bytes: Int? {
            switch self {
            case .float16: 2
            case .uint8, .int8: 1
            case .int32, .float32: 4
            default: nil
            }
        }
    }

    public var name: String
    public var element: Element
    /// Names the dimensions, a nibble each, as in blobs (docs/blobs.md).
    public var order: Int32
    public var dimensions: [UInt32]
    /// Bytes from one to the next, of each dimension.
    public var strides: [UInt32]
    /// Where in the message's bytes it begins; see `range`.
    public var offset: UInt32

    public init(name: String, element: Element, order: Int32, dimensions: [UInt32], strides: [UInt32], offset: UInt32 = 0) {
        self.name = name
        self.element = element
        self.order = order
        self.dimensions = dimensions
        self.strides = strides
        self.offset = offset
    }

    public init(_ decoder: inout NOPDecoder) throws(XLinkDecodingError) {
        let surplus = try decoder.structure("tensor", fields: 7)
        order = try decoder.integer("tensor.order")
        element = Element(rawValue: try decoder.integer("tensor.dataType"))
        _ = try decoder.integer("tensor.numDimensions") as UInt32
        dimensions = try decoder.words("tensor.dims")
        strides = try decoder.words("tensor.strides")
        name = try decoder.text("tensor.name")
        offset = try decoder.integer("tensor.offset")
        try decoder.skip(surplus)
    }

    public var nop: NOPValue {
        .structure([
            .signed(Int64(order)), .signed(Int64(element.rawValue)), .unsigned(dimensions.count), .integers(dimensions),
            .integers(strides), .text(name), .unsigned(UInt64(offset)),
        ])
    }

    /// Where in the payload it is, from its first element to its last; nil when that is not within the message's bytes, when
    /// it is empty or when its strides do not go with its dimensions.
    public func range(in data: Range<Int>) -> Range<Int>? {
        guard let size = element.bytes, !dimensions.isEmpty, dimensions.count == strides.count else { return nil }
        var last = 0
        for (dimension, stride) in zip(dimensions, strides) {
            guard dimension > 0 else { return nil }
            let (reach, isHuge) = Int(dimension - 1).multipliedReportingOverflow(by: Int(stride))
            guard !isHuge, reach <= data.count else { return nil }
            last += reach
        }
        let start = data.lowerBound + Int(offset)
        guard start + last + size <= data.upperBound else { return nil }
        return start..<start + last + size
    }
}

extension NOPDecoder {
    /// A vector of 32-bit integers.
    fileprivate mutating func words(_ field: String) throws(XLinkDecodingError) -> [UInt32] {
        let start = offset
        let bytes = try bytes(field)
        guard bytes.count.isMultiple(of: 4) else { throw .outOfRange(field: field, offset: start) }
        return stride(from: 0, to: bytes.count, by: 4).map {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
        }
    }
}
