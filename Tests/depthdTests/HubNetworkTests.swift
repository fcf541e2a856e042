// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// A YOLO blob deployed through the hub of the real program, beside what others make of the same picture: the blob's
/// output by a reference executor in numpy, decoded there by the formulas of the YOLO v2 paper.
@Suite(.enabled(if: SharedData.isRequired))
struct HubNetworkTests {
    private static let yolo = SharedData.url("blobs/net_tiny_yolo_v2/model.blob").path
    private static let anchors = "[0.5,0.75, 1.0,0.5, 1.5,1.75, 0.4,2.0, 2.5,1.25]"
    private static let side = 112

    /// The surest boxes: label, confidence, fractions of the picture.
    private static let boxes: [(label: Int, confidence: Double, coords: [Double])] = [
        (1, 0.8926, [0.2134, 0.6010, 1.0000, 0.9057]), (1, 0.8808, [0.4006, 0.5626, 1.0000, 0.9249]),
        (1, 0.8726, [0.1486, 0.6097, 0.8185, 0.8954]), (1, 0.8619, [0.0000, 0.5805, 0.8022, 0.9215]),
        (1, 0.8601, [0.2523, 0.4584, 1.0000, 0.7226]), (1, 0.8530, [0.0000, 0.0879, 0.2942, 1.0000]),
        (1, 0.8507, [0.0000, 0.5953, 0.5982, 0.8877]), (1, 0.8475, [0.2242, 0.3253, 1.0000, 0.5929]),
        (1, 0.8470, [0.1499, 0.4538, 1.0000, 0.7354]), (1, 0.8417, [0.2521, 0.1819, 1.0000, 0.4273]),
        (1, 0.8417, [0.0000, 0.4824, 0.8592, 0.7178]), (1, 0.8376, [0.1160, 0.1286, 1.0000, 0.4945]),
        (1, 0.8334, [0.0472, 0.8693, 1.0000, 1.0000]), (1, 0.8315, [0.0000, 0.8587, 1.0000, 1.0000]),
        (1, 0.8302, [0.0000, 0.8418, 0.8750, 1.0000]), (1, 0.8257, [0.0000, 0.3444, 0.9895, 0.5576]),
    ]
    /// How many are surer than 0.6.
    private static let count = 55
    /// Numbers of the blob's output by their place.
    private static let numbers: [Int: Double] = [
        0: 0.1672, 1: 0.145, 2: 0.1921, 100: -0.3352, 345: 0.0749, 360: 0.047, 700: 0.4216, 1234: 0.1278, 1500: 0.6753,
        2204: 0.0164,
    ]

    /// A recording of one picture of the network's own size, so that nothing is scaled: levels 0...7 by a formula.
    private func recording() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("yolo-\(UUID().uuidString)")
        let color = folder.appendingPathComponent("color")
        try FileManager.default.createDirectory(at: color, withIntermediateDirectories: true)
        var bytes = Array("P6\n\(Self.side) \(Self.side)\n255\n".utf8)
        for y in 0..<Self.side {
            for x in 0..<Self.side {
                // A PPM has red first; the formula counts from blue.
                for channel in [2, 1, 0] {
                    let mixed = UInt32(x * y + 3 * x + 5 * y + 7 * channel + 1) &* 2_654_435_761
                    bytes.append(UInt8(mixed >> 13 & 7))
                }
            }
        }
        try Data(bytes).write(to: color.appendingPathComponent("0.ppm"))
        return folder
    }

    private func deploy(_ daemon: DaemonProcess, _ configuration: String) async throws -> Int {
        try await Command.code(
            "\(daemon.base)/cameras/REC/streams/CAM_A/nn",
            ["--form", "model=@\(Self.yolo)", "--form-string", "nn_config=\(configuration)", "--max-time", "120"])
    }

    private func configuration(_ more: String) -> String {
        #"{"type":"YOLO","nn_config":{"num_classes":4,"coordinate_size":4,"anchors":\#(Self.anchors),\#(more)}}"#
    }

    private struct Found {
        var label: Int
        var confidence: Double
        var coords: [Double]

        init?(_ value: Any) {
            guard let object = value as? [String: Any], let label = object["label"] as? Int,
                let confidence = object["confidence"] as? Double, let coords = object["coords"] as? [Double]
            else { return nil }
            (self.label, self.confidence, self.coords) = (label, confidence, coords)
        }

        func overlap(_ other: Found) -> Double {
            let width = min(coords[2], other.coords[2]) - max(coords[0], other.coords[0])
            let height = min(coords[3], other.coords[3]) - max(coords[1], other.coords[1])
            func area(_ box: [Double]) -> Double { (box[2] - box[0]) * (box[3] - box[1]) }
            return width > 0 && height > 0 ? width * height / (area(coords) + area(other.coords) - width * height) : 0
        }
    }

    @Test func aYOLOBlobsBoxesAndNumbersAreThoseOfAnIndependentDecoder() async throws {
        let folder = try recording()
        defer { try? FileManager.default.removeItem(at: folder) }
        let settings = [
            "cameras.0.id=rec", "cameras.0.source=replay", "cameras.0.replay.folder=\(folder.path)", "cameras.0.replay.fps=5",
            "state.directory=\(folder.path)/state",
        ]
        try await withDaemon(settings.flatMap { ["--set", $0] }) { daemon in
            try await daemon.wait(untilLogSays: "camera runs")
            #expect(try await deploy(daemon, configuration(#""confidence_threshold":0.6,"iou_threshold":1"#)) == 201)
            let socket = try await HubSocket(daemon.base, "/cameras/REC/streams/CAM_A/nn")
            let all = try await socket.detections().compactMap(Found.init)
            // Half floats may push one over the threshold or below it.
            #expect(abs(all.count - Self.count) <= 2)
            for box in Self.boxes {
                let twin = all.first { found in
                    found.label == box.label && abs(found.confidence - box.confidence) <= 0.01
                        && zip(found.coords, box.coords).allSatisfy { abs($0 - $1) <= 0.01 }
                }
                #expect(twin != nil, "\(box)")
            }
            // Of boxes of one class that lie on each other the surest stays.
            #expect(try await deploy(daemon, configuration(#""confidence_threshold":0.6,"iou_threshold":0.3"#)) == 201)
            let few = try await HubSocket(daemon.base, "/cameras/REC/streams/CAM_A/nn").detections().compactMap(Found.init)
            #expect(few.count < all.count && abs((few.first?.confidence ?? 0) - Self.boxes[0].confidence) <= 0.01)
            for (index, box) in few.enumerated() {
                #expect(few[..<index].allSatisfy { $0.label != box.label || $0.overlap(box) < 0.5 })
            }
            // Masks that name a grid the network has not, half an anchor, classes it does not tell apart.
            for wrong in [
                #""num_classes":4,"anchors":\#(Self.anchors),"anchor_masks":{"side13":[0,1,2]}"#,
                #""num_classes":4,"anchors":[1,2,3]"#, #""num_classes":80,"anchors":\#(Self.anchors)"#,
            ] {
                #expect(try await deploy(daemon, #"{"type":"YOLO","nn_config":{\#(wrong)}}"#) == 422)
            }
            #expect(try await deploy(daemon, configuration(#""anchor_masks":{"side7":[0,1,2,3,4]}"#)) == 201)

            #expect(try await deploy(daemon, #"{"type":"Generic"}"#) == 201)
            let generic = try await HubSocket(daemon.base, "/cameras/REC/streams/CAM_A/nn").detections()
            #expect(generic.count == 2205)
            for (place, number) in Self.numbers {
                let value = try #require(generic[place] as? Double)
                #expect(abs(value - number) <= 0.01, "\(place)")
            }
        }
    }
}
