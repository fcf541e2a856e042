// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Yams

/// The tree of a calibration file's text, whichever of YAML and JSON it is written in.
indirect enum CalibrationNode {
    case number(Double)
    case text(String)
    case list([CalibrationNode])
    case table([String: CalibrationNode])
    case nothing

    /// Brackets in brackets deeper than this are no calibration; it keeps the parsers' recursion short.
    private static let deepest = 16

    subscript(key: String) -> CalibrationNode? {
        guard case .table(let table) = self, let value = table[key] else { return nil }
        if case .nothing = value { return nil }
        return value
    }

    /// Parses text: JSON when it begins with a brace, else YAML.
    static func parse(_ bytes: [UInt8], file: String) throws(CalibrationError) -> CalibrationNode {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .malformed(file: file, reason: "it is not UTF-8 text")
        }
        try refuseTraps(bytes, file: file)
        let isJSON = bytes.first { $0 > 0x20 } == UInt8(ascii: "{")
        do {
            if isJSON { return try CalibrationNode(json: JSONSerialization.jsonObject(with: Data(bytes)), depth: 0) }
            guard let root = try Yams.compose(yaml: text) else { return .nothing }
            return try CalibrationNode(yaml: root, depth: 0)
        } catch {
            throw .malformed(file: file, reason: isJSON ? "it is not JSON of a calibration" : "\(error)")
        }
    }

    /// Nesting and YAML aliases can make a small text huge or a parser recurse without end; no calibration needs them.
    private static func refuseTraps(_ bytes: [UInt8], file: String) throws(CalibrationError) {
        var depth = 0
        var inComment = false
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n"): inComment = false
            case UInt8(ascii: "#"): inComment = true
            case _ where inComment: break
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: "&"), UInt8(ascii: "*"):
                throw .malformed(file: file, reason: "it has YAML anchors or aliases (& or *): write the values out")
            default: break
            }
            guard depth <= deepest else { throw .malformed(file: file, reason: "brackets are nested too deeply") }
        }
    }

    private init(json value: Any, depth: Int) throws {
        guard depth <= CalibrationNode.deepest else { throw CocoaError(.coderReadCorrupt) }
        switch value {
        case let string as String: self = .text(string)
        case let number as NSNumber: self = .number(number.doubleValue)
        case let list as [Any]: self = .list(try list.map { try CalibrationNode(json: $0, depth: depth + 1) })
        case let table as [String: Any]: self = .table(try table.mapValues { try CalibrationNode(json: $0, depth: depth + 1) })
        default: self = .nothing
        }
    }

    private init(yaml node: Node, depth: Int) throws {
        guard depth <= CalibrationNode.deepest else { throw CocoaError(.coderReadCorrupt) }
        switch node {
        case .scalar(let scalar):
            if let number = node.float {
                self = .number(number)
            } else {
                self = scalar.string.isEmpty || scalar.string == "null" || scalar.string == "~" ? .nothing : .text(scalar.string)
            }
        case .sequence(let list): self = .list(try list.map { try CalibrationNode(yaml: $0, depth: depth + 1) })
        case .mapping(let pairs):
            var table: [String: CalibrationNode] = [:]
            for (key, value) in pairs {
                table[key.string ?? "?"] = try CalibrationNode(yaml: value, depth: depth + 1)
            }
            self = .table(table)
        case .alias: self = .nothing
        }
    }
}
