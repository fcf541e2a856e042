// SPDX-License-Identifier: Apache-2.0

/// Writes RESULT bodies as JSON: one line, so that a terminal shows one result a line.
package struct JSONLineWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    package mutating func encoded(_ elements: ArraySlice<UInt8>) { bytes.append(contentsOf: elements) }

    package mutating func number(_ value: some BinaryInteger) { bytes.append(contentsOf: String(value).utf8) }

    /// `numerator / denominator` with five decimals, for fractions 0...1.
    package mutating func fraction(_ numerator: Int, of denominator: Int) {
        let scaled = (numerator * 100_000 + denominator / 2) / denominator
        number(scaled / 100_000)
        bytes.append(UInt8(ascii: "."))
        let digits = Array(String(scaled % 100_000).utf8)
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 5 - digits.count))
        bytes.append(contentsOf: digits)
    }

    package mutating func string(_ text: some StringProtocol) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case ..<0x20:
                // Labels have no use for control characters; one would break the line.
                bytes.append(UInt8(ascii: " "))
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

extension ResultHead {
    /// Begins a line up to the objects.
    package func write(to writer: inout JSONLineWriter, stream: String, session: UInt32, sequence: UInt32) {
        writer.raw("{\"stream\":")
        writer.string(stream)
        writer.raw(",\"session\":")
        writer.number(session)
        writer.raw(",\"sequence\":")
        writer.number(sequence)
        writer.raw(",\"frame\":")
        writer.number(frame)
        writer.raw(",\"capture_ns\":")
        writer.number(captureNanoseconds)
        writer.raw(",\"age_us\":")
        writer.number(ageMicroseconds)
        writer.raw(",\"total\":")
        writer.number(total)
        writer.raw(",\"objects\":[")
    }

    /// The most bytes a line takes besides the objects and the commas between them.
    package func jsonOverhead(stream: String) -> Int {
        // The keys and brackets take 97; session, sequence and age up to 10 digits each, the frame, the capture time and
        // the total as they are (20, 20 and 10 digits at most).
        97 + 2 * stream.utf8.count + 3 * 10 + 2 * 20 + 10 + 2
    }
}

extension WireObject {
    /// Appends the object, with the name of its label when it has one.
    package func write(to writer: inout JSONLineWriter, labelName: String?) {
        writer.raw("{\"track\":")
        writer.number(track)
        writer.raw(",\"state\":")
        writer.number(state)
        writer.raw(",\"label\":")
        writer.number(label)
        writer.raw(",\"label_name\":")
        if let labelName {
            writer.string(labelName.cut(toBytes: 40))
        } else {
            writer.raw("null")
        }
        writer.raw(",\"confidence\":")
        writer.fraction(Int(confidence), of: 255)
        for index in 0..<4 {
            if index == 0 { writer.raw(",\"box\":[") } else { writer.raw(",") }
            writer.fraction(Int(box[index]), of: 65_535)
        }
        writer.raw("]")
        let keys: [StaticString] = [",\"x_mm\":", ",\"y_mm\":", ",\"z_mm\":"]
        for (index, key) in keys.enumerated() {
            writer.raw(key)
            if let millimetres { writer.number(millimetres[index]) } else { writer.raw("null") }
        }
        writer.raw("}")
    }
}

extension String {
    /// The longest prefix of whole characters that takes at most that many bytes.
    package func cut(toBytes limit: Int) -> Substring {
        guard utf8.count > limit else { return self[...] }
        var end = startIndex
        var length = 0
        for index in indices {
            length += self[index].utf8.count
            if length > limit { break }
            end = self.index(after: index)
        }
        return self[..<end]
    }
}
