// SPDX-License-Identifier: Apache-2.0
package import Core
import Pipeline
import Tasks

/// A network's result as the hub's WebSocket sends it: `{"detections": X}`.
package enum HubResults {
    /// X is the flat numbers of the first output for a network without a decoder, else one object for each detection.
    package static func json(_ set: DetectionSet) -> String {
        let detections = set.tensors.first.map(numbers) ?? set.detections.map(object)
        return String(decoding: JSONValue.object(["detections": .array(detections)]).bytes(isSpaced: true), as: UTF8.self)
    }

    /// `{"label", "confidence", "coords", "spatial_coords"?}`: fractions of the picture the network saw, millimetres.
    private static func object(_ detection: Detection) -> JSONValue {
        let box = detection.box
        var object: JSONObject = [
            "label": .int(detection.label), "confidence": .number(detection.confidence),
            "coords": .array([box.xMin, box.yMin, box.xMax, box.yMax].map { .number($0) }),
        ]
        if let at = detection.position {
            object["spatial_coords"] = .object(["x": .number(at.x), "y": .number(at.y), "z": .number(at.z)])
        }
        return .object(object)
    }

    /// As FP16 values, whatever the network computed in; `null` where JSON has no number.
    private static func numbers(_ tensor: Tensor) -> [JSONValue] {
        tensor.bytes.withUnsafeBytes { bytes in
            func all<Element>(_: Element.Type, _ half: (Element) -> Float16) -> [JSONValue] {
                (0..<bytes.count / MemoryLayout<Element>.size).map { index in
                    let element = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Element>.size, as: Element.self)
                    return .number(Float(half(element)))
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
