// SPDX-License-Identifier: Apache-2.0
import Core
import Inference

/// Arrays of files as inputs of a blob.
enum BlobArray {
    /// The numbers as the input's element type, in the order of the blob's memory. An array in the order N, C, H, W of an
    /// input stored in another order is turned.
    static func bytes(of file: NumPyFile, for input: TensorDescription, order: BlobTensor) throws(NumPyFile.Broken) -> [UInt8] {
        guard file.count == input.shape.reduce(1, *) else {
            throw NumPyFile.Broken(
                description: "an array of \(file.shape) for input \(input.name), which has the shape \(input.shape)")
        }
        var numbers = numbers(file)
        let logical = order.axes.indices.sorted { order.axes[$0] > order.axes[$1] }
        if file.shape != input.shape, order.axes.count == input.shape.count, file.shape == logical.map({ input.shape[$0] }) {
            let places = order.axes.indices.map { axis in logical.firstIndex(of: axis) ?? 0 }
            numbers = transposed(numbers, shape: file.shape, order: places)
        }
        return try packed(numbers, as: input)
    }

    /// Axis number order[i] of the array becomes axis i.
    private static func transposed(_ numbers: [Double], shape: [Int], order: [Int]) -> [Double] {
        var steps = shape
        var step = 1
        for axis in shape.indices.reversed() { (steps[axis], step) = (step, step * shape[axis]) }
        var result: [Double] = []
        result.reserveCapacity(numbers.count)
        func visit(_ depth: Int, _ place: Int) {
            guard depth < order.count else { return result.append(numbers[place]) }
            for index in 0..<shape[order[depth]] { visit(depth + 1, place + index * steps[order[depth]]) }
        }
        visit(0, 0)
        return result
    }

    private static func numbers(_ file: NumPyFile) -> [Double] {
        func read<Number>(_: Number.Type, _ convert: (Number) -> Double) -> [Double] {
            file.bytes.withUnsafeBytes { bytes in
                (0..<file.count).map {
                    convert(bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Number>.size, as: Number.self))
                }
            }
        }
        switch file.element {
        case .float16: return read(Float16.self) { Double($0) }
        case .float32: return read(Float.self) { Double($0) }
        case .float64: return read(Double.self) { $0 }
        case .uint8: return read(UInt8.self) { Double($0) }
        case .int8: return read(Int8.self) { Double($0) }
        case .int32: return read(Int32.self) { Double($0) }
        case .int64: return read(Int64.self) { Double($0) }
        }
    }

    private static func packed(_ numbers: [Double], as input: TensorDescription) throws(NumPyFile.Broken) -> [UInt8] {
        func pack<Number>(_ convert: (Double) -> Number?) throws(NumPyFile.Broken) -> [UInt8] {
            var values: [Number] = []
            values.reserveCapacity(numbers.count)
            for number in numbers {
                guard let value = convert(number) else {
                    throw NumPyFile.Broken(
                        description: "\(number) is not a valid \(input.element.rawValue), which input \(input.name) expects")
                }
                values.append(value)
            }
            return values.withUnsafeBytes { Array($0) }
        }
        switch input.element {
        case .float16: return try pack { Float16($0) }
        case .float32: return try pack { Float($0) }
        case .uint8: return try pack { UInt8(exactly: $0) }
        case .int8: return try pack { Int8(exactly: $0) }
        case .int32: return try pack { Int32(exactly: $0) }
        case .int64: return try pack { Int64(exactly: $0) }
        }
    }
}

extension NumPyFile.Element {
    init(_ element: TensorElement) {
        switch element {
        case .float16: self = .float16
        case .float32: self = .float32
        case .uint8: self = .uint8
        case .int8: self = .int8
        case .int32: self = .int32
        case .int64: self = .int64
        }
    }
}
