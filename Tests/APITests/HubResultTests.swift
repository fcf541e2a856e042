// SPDX-License-Identifier: Apache-2.0
import API
import Core
import Foundation
import Testing

struct HubResultTests {
    private func set(_ detections: [Detection] = [], tensors: [Tensor] = []) throws -> DetectionSet {
        let header = FrameHeader(
            camera: try #require(CameraID("front")), instance: .color, sequence: 1, captured: .now(), width: 8, height: 8,
            format: .gray8)
        return DetectionSet(
            origin: ResultOrigin(frame: header, timing: ResultTiming()), labels: [], detections: detections, tensors: tensors)
    }

    private func tensor<Element>(_ values: [Element], _ element: TensorElement) -> Tensor {
        values.withUnsafeBytes { Tensor(TensorView(name: "y", shape: [values.count], element: element, bytes: $0)) }
    }

    @Test func distancesStandInMillimetresWhereTheyAreKnown() throws {
        let box = NormalizedBox(xMin: 0, yMin: 0, xMax: 0.5, yMax: 0.5)
        let near = Detection(label: 1, confidence: 0.75, box: box, position: PositionMillimetres(x: -120.5, y: 40, z: 1500))
        #expect(
            HubResults.json(try set([near]))
                == #"{"detections": [{"label": 1, "confidence": 0.75, "coords": [0.0, 0.0, 0.5, 0.5], "spatial_coords": {"x": -120.5, "y": 40.0, "z": 1500.0}}]}"#
        )
        #expect(HubResults.json(try set()) == #"{"detections": []}"#)
    }

    @Test func aNetworkWithoutADecoderGivesTheFlatHalfFloatsOfItsFirstOutput() throws {
        // numpy: float(np.float16(0.1)) is 0.0999755859375.
        let text = HubResults.json(
            try set(tensors: [tensor([0.1, -2, 1e6, 3] as [Float], .float32), tensor([9] as [Float], .float32)]))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: [Any]])
        let numbers = try #require(object["detections"])
        #expect(numbers.count == 4 && abs((numbers[0] as? Double ?? 0) - 0.0999755859375) < 1e-9)
        #expect(numbers[1] as? Double == -2 && numbers[2] is NSNull && numbers[3] as? Double == 3)
        #expect(HubResults.json(try set(tensors: [tensor([1, 255] as [UInt8], .uint8)])) == #"{"detections": [1.0, 255.0]}"#)
        #expect(HubResults.json(try set(tensors: [tensor([Float16(0.5)], .float16)])) == #"{"detections": [0.5]}"#)
    }
}
