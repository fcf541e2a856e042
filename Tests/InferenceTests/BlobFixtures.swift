// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Inference
import TestSupport
import Testing

/// An array of a `.npy` file, as floats. For fixtures only: C order, what NumPy writes.
struct FixtureArray {
    var shape: [Int]
    var values: [Float]

    init(_ path: String) throws {
        let file = try SharedData.bytes(path)
        let length = Int(file[8]) | Int(file[9]) << 8
        let header = String(decoding: file[10..<10 + length], as: UTF8.self)
        let data = Array(file[(10 + length)...])
        func after(_ key: String) -> Substring {
            header.range(of: "'\(key)':").map { header[$0.upperBound...].drop { $0 == " " } } ?? ""
        }
        let inner = after("shape").dropFirst().prefix { $0 != ")" }
        shape = inner.split(separator: ",").compactMap { Int($0.filter { $0 != " " }) }
        func read<Number>(_: Number.Type, _ convert: (Number) -> Float) -> [Float] {
            data.withUnsafeBytes { $0.bindMemory(to: Number.self).map(convert) }
        }
        switch after("descr").dropFirst().prefix(3) {
        case "<f2": values = read(Float16.self) { Float($0) }
        case "<f4": values = read(Float.self) { $0 }
        case "<f8": values = read(Double.self) { Float($0) }
        case "|u1": values = read(UInt8.self) { Float($0) }
        case "<i4": values = read(Int32.self) { Float($0) }
        case "<i8": values = read(Int64.self) { Float($0) }
        default: throw BadFixture()
        }
    }

    /// Axis number order[i] becomes axis i.
    mutating func transpose(_ order: [Int]) {
        var (steps, step) = (shape, 1)
        for axis in shape.indices.reversed() { (steps[axis], step) = (step, step * shape[axis]) }
        var result: [Float] = []
        func visit(_ depth: Int, _ place: Int) {
            guard depth < order.count else { return result.append(values[place]) }
            for index in 0..<shape[order[depth]] { visit(depth + 1, place + index * steps[order[depth]]) }
        }
        visit(0, 0)
        (shape, values) = (order.map { shape[$0] }, result)
    }
}

/// A blob with its inputs and the outputs somebody else's program computed.
struct BlobVector: Sendable, CustomTestStringConvertible {
    var name: String
    /// How far the reference executor is from the golden output, in parts of its range.
    var reference: Float
    var testDescription: String { name }

    struct Description: Decodable {
        var inputs: [String]
        var outputs: [String]
        /// Present where only the interior can be compared.
        var border: String?
    }

    /// All of the manifest's table.
    static let all: [BlobVector] = {
        guard let text = try? String(contentsOf: SharedData.url("blobs/MANIFEST.md"), encoding: .utf8) else { return [] }
        return text.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count > 5, Int(cells[1]) != nil, let first = cells[3].split(separator: " ").first,
                let reference = Float(first)
            else { return nil }
            return BlobVector(name: cells[0], reference: reference)
        }
    }()

    func description() throws -> Description {
        try JSONDecoder().decode(Description.self, from: Data(SharedData.bytes("blobs/\(name)/meta.json")))
    }

    func blob() throws -> Blob { try Blob(SharedData.bytes("blobs/\(name)/model.blob")) }

    func array(_ kind: String, _ tensor: String) throws -> FixtureArray {
        let file = tensor.replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: ":", with: "_")
        return try FixtureArray("blobs/\(name)/\(kind)_\(file).npy")
    }
}

extension TensorView {
    /// The values of any element type.
    var values: [Float] {
        switch element {
        case .float16: bytes.bindMemory(to: Float16.self).map { Float($0) }
        case .float32: Array(bytes.bindMemory(to: Float.self))
        case .uint8: bytes.map { Float($0) }
        case .int8: bytes.map { Float(Int8(bitPattern: $0)) }
        case .int32: bytes.bindMemory(to: Int32.self).map { Float($0) }
        case .int64: bytes.bindMemory(to: Int64.self).map { Float($0) }
        }
    }
}

extension Engine {
    /// Runs with inputs by name, and gives all outputs as floats.
    func outputs(_ inputs: [String: [Float]]) throws -> [[Float]] {
        let elements = Dictionary(uniqueKeysWithValues: self.inputs.map { ($0.name, $0.element) })
        return try run(
            fill: { (name, buffer) throws(InferenceError) in
                let values = inputs[name] ?? []
                switch elements[name] {
                case .float16: _ = buffer.bindMemory(to: Float16.self).update(fromContentsOf: values.map { Float16($0) })
                case .uint8: _ = buffer.bindMemory(to: UInt8.self).update(fromContentsOf: values.map { UInt8($0) })
                case .int32: _ = buffer.bindMemory(to: Int32.self).update(fromContentsOf: values.map { Int32($0) })
                default: _ = buffer.bindMemory(to: Float.self).update(fromContentsOf: values)
                }
            },
            { (views) throws(InferenceError) in views.map(\.values) })
    }
}
