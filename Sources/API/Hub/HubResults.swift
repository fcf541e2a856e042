// SPDX-License-Identifier: Apache-2.0
package import Core
import Pipeline

/// A network's result as the hub's WebSocket sends it: `{"detections": X}`.
package enum HubResults {
    /// X is the flat numbers of the first output for a network without a decoder, else one object for each detection.
    package static func json(_ set: DetectionSet) -> String {
        if let first = set.tensors.first { return #"{"detections": [\#(numbers(first).joined(separator: ", "))]}"# }
        return #"{"detections": [\#(set.detections.map(object).joined(separator: ", "))]}"#
    }

    /// `{"label", "confidence", "coords", "spatial_coords"?}`: fractions of the picture the network saw, millimetres.
    private static func object(_ detection: Detection) -> String {
        let box = detection.box
        let coords = [box.xMin, box.yMin, box.xMax, box.yMax].map(number).joined(separator: ", ")
        var text = #"{"label": \#(detection.label), "confidence": \#(number(detection.confidence)), "coords": [\#(coords)]"#
        if let tap = detection.position {
            text += #", "spatial_coords": {"x": \#(number(tap.x)), "y": \#(number(tap.y)), "z": \#(number(tap.z))}"#
        }
        return text + "}"
    }

    /// As FP16 values, whatever the network computed in; `null` where JSON has no number.
    private static func numbers(_ tensor: Tensor) -> [String] {
        tensor.bytes.withUnsafeBytes { bytes in
            func all<Element>(_: Element.Type, _ half: (Element) -> Float16) -> [String] {
                (0..<bytes.count / MemoryLayout<Element>.size).map { index in
                    let value = half(bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Element>.size, as: Element.self))
                    return value.isFinite ? number(Float(value)) : "null"
                }
            }
            switch tensor.description.element {
            case .float32: return all(Float.self) { Float16($0) }
            case .float16: return all(Float16.self) { $0 }
            case .uint8: return all(UInt8.self) { Float16($0) }
            case .int8: return all(Int8.self) { Float16($0) }
            case .int32: return all(Int32.self) { Float16($0) }
            case .int64: return all(Int64.self) { Float16($0) }
            }
        }
    }

    /// The shortest digits that read back as the value: `0.5`, `1e-05`.
    private static func number(_ value: Float) -> String {
        value.isFinite ? value.description : "null"
    }
}

extension BroadcastRecipe {
    /// Results of the network at a place, for as long as the slot lives.
    static func hubResults(of networks: any NetworkDeployment, at tap: NetworkTap) -> Self {
        Self(
            subscribe: { networks.results(at: tap).subscribe(.metaout) },
            makeEncoder: {
                { packet in
                    guard case .detections(let set) = packet.payload else { return nil }
                    return EncodedPacket(text: HubResults.json(set))
                }
            })
    }
}
