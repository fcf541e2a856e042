// SPDX-License-Identifier: Apache-2.0

/// An array as NumPy's `.npy` files hold it (format 1.0 to 3.0, C order, little-endian numbers).
struct NumPyFile {
    /// The element types that are read and written.
    enum Element: String, CaseIterable {
        case float16 = "<f2"
        case float32 = "<f4"
        case float64 = "<f8"
        case uint8 = "|u1"
        case int8 = "|i1"
        case int32 = "<i4"
        case int64 = "<i8"

        var byteCount: Int {
            switch self {
            case .uint8, .int8: 1
            case .float16: 2
            case .float32, .int32: 4
            case .float64, .int64: 8
            }
        }
    }

    struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    var shape: [Int]
    var element: Element
    /// Row-major.
    var bytes: [UInt8]

    var count: Int { bytes.count / element.byteCount }

    init(shape: [Int], element: Element, bytes: [UInt8]) {
        self.shape = shape
        self.element = element
        self.bytes = bytes
    }

    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    /// Reads a whole file.
    init(_ file: [UInt8]) throws(Broken) {
        guard file.starts(with: Self.magic), file.count >= 12 else { throw Broken(description: "no .npy file") }
        let isLong = file[6] >= 2
        let start = isLong ? 12 : 10
        let length = Int(file[8]) | Int(file[9]) << 8 | (isLong ? Int(file[10]) << 16 | Int(file[11]) << 24 : 0)
        guard (1...3).contains(file[6]), length <= file.count - start else {
            throw Broken(description: "the header of the .npy file is cut off or of an unknown version")
        }
        let header = String(decoding: file[start..<start + length], as: UTF8.self)
        let code = try Self.quoted("descr", in: header)
        guard let element = Element.allCases.first(where: { $0.rawValue.dropFirst() == code.dropFirst() }), !code.hasPrefix(">")
        else {
            throw Broken(
                description: "elements of type \(code); float16, float32, float64, uint8, int8, int32 and int64 are read")
        }
        guard try Self.value("fortran_order", in: header).hasPrefix("False") else {
            throw Broken(description: "an array in Fortran order; save it with numpy.ascontiguousarray")
        }
        let shape = try Self.shape(in: header)
        var size = element.byteCount
        for dimension in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
            guard !overflow else { throw Broken(description: "a shape of \(shape)") }
            size = product
        }
        guard file.count - start - length == size else {
            throw Broken(description: "\(file.count - start - length) bytes of numbers where \(shape) needs \(size)")
        }
        self.init(shape: shape, element: element, bytes: Array(file[(start + length)...]))
    }

    /// What stands behind a key of the header, a Python dictionary.
    private static func value(_ key: String, in header: String) throws(Broken) -> Substring {
        guard let place = header.firstRange(of: "'\(key)':") else { throw Broken(description: "the header has no \(key)") }
        return header[place.upperBound...].drop { $0 == " " }
    }

    private static func quoted(_ key: String, in header: String) throws(Broken) -> String {
        let rest = try value(key, in: header)
        guard rest.first == "'", let end = rest.dropFirst().firstIndex(of: "'") else {
            throw Broken(description: "\(key) of the header is not text")
        }
        return String(rest[rest.index(after: rest.startIndex)..<end])
    }

    private static func shape(in header: String) throws(Broken) -> [Int] {
        let rest = try value("shape", in: header)
        guard rest.first == "(", let end = rest.firstIndex(of: ")") else { throw Broken(description: "the header has no shape") }
        var shape: [Int] = []
        for part in rest[rest.index(after: rest.startIndex)..<end].split(separator: ",") {
            let text = part.filter { $0 != " " }
            if text.isEmpty { continue }
            guard let dimension = Int(text), dimension >= 0 else { throw Broken(description: "a dimension of \(text)") }
            shape.append(dimension)
        }
        return shape
    }

    /// The file, format 1.0: the header fills up to a multiple of 64 bytes.
    var file: [UInt8] {
        let dimensions = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var header = "{'descr': '\(element.rawValue)', 'fortran_order': False, 'shape': (\(dimensions)), }"
        while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
        header += "\n"
        let length = UInt16(header.utf8.count)
        return Self.magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(header.utf8) + bytes
    }
}
