// SPDX-License-Identifier: Apache-2.0

/// Checks that bytes are an ONNX model as far as that shows without reading it: a protobuf message whose fields fill the
/// file exactly, with a version first and a graph among them (onnx.proto, `ModelProto`: ir_version = 1, graph = 7).
package enum ONNXHeader {
    package static func isModel(_ bytes: [UInt8]) -> Bool {
        var index = 0
        var hasVersion = false
        var hasGraph = false
        while index < bytes.count {
            guard let key = varint(bytes, &index) else { return false }
            let (field, wire) = (key >> 3, key & 7)
            switch wire {
            case 0:
                guard let value = varint(bytes, &index) else { return false }
                if field == 1 { hasVersion = (1...100).contains(value) }
            case 2:
                guard let length = varint(bytes, &index), length <= UInt64(bytes.count - index) else { return false }
                index += Int(length)
                if field == 7 { hasGraph = length > 0 }
            case 1, 5:
                index += wire == 1 ? 8 : 4
                guard index <= bytes.count else { return false }
            default: return false
            }
            guard (1...64).contains(field) else { return false }
        }
        return hasVersion && hasGraph
    }

    private static func varint(_ bytes: [UInt8], _ index: inout Int) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 63, by: 7) {
            guard index < bytes.count else { return nil }
            let byte = bytes[index]
            index += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }
}
