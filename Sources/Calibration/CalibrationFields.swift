// SPDX-License-Identifier: Apache-2.0
import Core

/// Takes numbers, vectors and matrices out of a calibration's tree; what is not there or not finite is named by its path.
struct CalibrationFields {
    let file: String

    func node(_ parent: CalibrationNode, _ key: String, path: String) throws(CalibrationError) -> CalibrationNode {
        guard let node = parent[key] else {
            throw .missing(file: file, field: join(path, key), remedy: "add it as the documentation of this format shows")
        }
        return node
    }

    func number(_ parent: CalibrationNode, _ key: String, path: String) throws(CalibrationError) -> Double {
        try number(try node(parent, key, path: path), path: join(path, key))
    }

    func number(_ node: CalibrationNode, path: String) throws(CalibrationError) -> Double {
        guard case .number(let value) = node, value.isFinite else {
            throw .invalid(file: file, field: path, reason: "is not a finite number", remedy: "write a number")
        }
        return value
    }

    /// A whole number of pixels, sockets, versions.
    func integer(_ parent: CalibrationNode, _ key: String, path: String) throws(CalibrationError) -> Int {
        let value = try number(parent, key, path: path)
        guard let integer = Int(exactly: value), abs(integer) <= 1_000_000 else {
            throw .invalid(file: file, field: join(path, key), reason: "is \(value)", remedy: "write a whole number")
        }
        return integer
    }

    /// A list of `count` numbers (any number of them when nil), lists in it flattened.
    func numbers(_ parent: CalibrationNode, _ key: String, count: Int?, path: String) throws(CalibrationError) -> [Double] {
        let whole = join(path, key)
        var values: [Double] = []
        try flatten(try node(parent, key, path: path), path: whole, into: &values)
        guard count == nil || values.count == count else {
            throw .invalid(
                file: file, field: whole, reason: "holds \(values.count) numbers", remedy: "write \(count ?? 0) numbers")
        }
        return values
    }

    func matrix(_ parent: CalibrationNode, _ key: String, path: String) throws(CalibrationError) -> Matrix3 {
        Matrix3(try numbers(parent, key, count: 9, path: path))
    }

    func vector(_ parent: CalibrationNode, _ key: String, path: String) throws(CalibrationError) -> SIMD3<Double> {
        let values = try numbers(parent, key, count: 3, path: path)
        return SIMD3(values[0], values[1], values[2])
    }

    private func flatten(_ node: CalibrationNode, path: String, into values: inout [Double]) throws(CalibrationError) {
        guard case .list(let list) = node else {
            values.append(try number(node, path: path))
            return
        }
        for (index, element) in list.enumerated() { try flatten(element, path: "\(path)[\(index)]", into: &values) }
    }

    func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
