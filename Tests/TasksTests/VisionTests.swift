// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Foundation
import Inference
import Tasks
import TestSupport
import Testing

@Suite("Detections and plates on photographs", .enabled(if: Bench.isRequired))
struct VisionTests {
    /// A box of `golden.json`, made with Python, OpenCV and ONNX Runtime 1.31.
    private struct Golden: Decodable {
        var label: String
        var confidence: Double
        var box: [Double]
    }

    private func golden(_ image: String, _ network: String) throws -> [Golden] {
        let file = try JSONSerialization.jsonObject(with: Data(try SharedData.bytes("images/golden.json"))) as? [String: Any]
        let images = try #require(file?["images"] as? [String: [String: Any]])
        let boxes = try #require(images[image]?[network])
        return try JSONDecoder().decode([Golden].self, from: JSONSerialization.data(withJSONObject: boxes))
    }

    private func overlap(_ row: JSONObject, _ box: [Double]) -> Double {
        let own = ["x_min", "y_min", "x_max", "y_max"].map { row.number($0) ?? 0 }
        let width = max(0, min(own[2], box[2]) - max(own[0], box[0]))
        let height = max(0, min(own[3], box[3]) - max(own[1], box[1]))
        let areas = (own[2] - own[0]) * (own[3] - own[1]) + (box[2] - box[0]) * (box[3] - box[1])
        return width * height / (areas - width * height)
    }

    @Test(arguments: ["bus.jpg", "zidane.jpg", "yolox_dog.jpg", "fastestdet_1.jpg", "voc_004545.jpg"])
    func detectionFindsWhatOthersFind(image: String) throws {
        let answer = try Bench.ask(Bench.table(), "vision/detection", files: [Bench.photograph(image)])
        let rows = answer.rows("predictions")
        #expect(answer["count"] == .int(rows.count) && !rows.isEmpty)
        for wanted in try golden(image, "yolox_nano_416") where wanted.confidence >= 0.5 {
            let partner = rows.first {
                $0.text("label") == wanted.label && overlap($0, wanted.box) >= 0.5
                    && abs(($0.number("confidence") ?? 0) - wanted.confidence) <= 0.1
            }
            #expect(partner != nil, "\(image): \(wanted.label) at \(wanted.box)")
        }
        let confidences = rows.compactMap { $0.number("confidence") }
        #expect(confidences == confidences.sorted(by: >) && confidences.allSatisfy { (0.4...1).contains($0) })
        for row in rows {
            #expect(row.fields.map(\.name) == ["confidence", "label", "x_min", "y_min", "x_max", "y_max"])
            for name in ["x_min", "y_min", "x_max", "y_max"] {
                if case .int? = row[name] {} else { Issue.record("\(name) is no whole number") }
            }
        }
        #expect(answer.text("message")?.hasPrefix("Found \(rows[0].text("label") ?? "")") == true)
    }

    @Test func aThresholdIsHonouredAndAnEmptyPictureIsASuccess() throws {
        let table = try Bench.table()
        let file = try Bench.photograph("bus.jpg")
        let few = try Bench.ask(table, "vision/detection", [("min_confidence", "0.8")], files: [file])
        let many = try Bench.ask(table, "vision/detection", [("min_confidence", "0.1")], files: [file])
        #expect(few.rows("predictions").count < many.rows("predictions").count)
        let none = try Bench.ask(table, "vision/detection", files: [Bench.photograph("scene_beach.jpg")])
        #expect(none["success"] == .bool(true) && none["count"] == .int(0) && none.text("message") == "No objects found")
    }

    @Test func noMoreRowsThanClientsHaveRoomFor() throws {
        let table = TaskRegistry.standard(
            models: Bench.cache, faces: FaceStore(), options: TaskOptions(maximumPredictions: 3))
        let answer = try Bench.ask(table, "vision/detection", [("min_confidence", "0.05")], files: [Bench.photograph("bus.jpg")])
        #expect(answer.rows("predictions").count == 3 && answer["count"] == .int(3))
    }

    @Test func customModelsAreFoundByNameInAnyCase() throws {
        let table = try Bench.table()
        #expect(try Bench.ask(table, "vision/custom/list")["models"] == .array([.string("nanodet"), .string("yolov5n")]))
        let answer = try Bench.ask(table, "vision/custom/NanoDet", files: [Bench.photograph("bus.jpg")])
        #expect(answer.rows("predictions").contains { $0.text("label") == "person" })
        #expect { try Bench.ask(table, "vision/custom/unheard-of") } throws: {
            "\($0)".hasPrefix("Unable to create YOLO detector for model unheard-of")
        }
        #expect { try Bench.ask(table, "vision/custom") } throws: { "\($0)".contains("ipcam-general") }
    }

    @Test func aMissingOrBrokenImageIsAnErrorThatSaysWhatToDo() throws {
        let table = try Bench.table()
        #expect { try Bench.ask(table, "vision/detection") } throws: { "\($0)".contains("no image was sent") }
        let broken = UploadedFile(bytes: Array("<html>".utf8))
        #expect { try Bench.ask(table, "vision/detection", files: [broken]) } throws: { "\($0)".contains("send JPEG, PNG, WebP") }
    }

    @Test func plateCropsAreReadExactly() throws {
        let labels = try JSONDecoder().decode(
            [String: [String: String]].self, from: Data(try SharedData.bytes("images/plates/labels.json")))
        #expect(labels.count == 20)
        let reader = PlateReader(models: Bench.cache)
        var exact = 0
        for (name, facts) in labels {
            let crop = try PictureReader().picture(try SharedData.bytes("images/plates/\(name)"))
            let read = try reader.read(crop)
            if read.text == facts["label"] { exact += 1 }
            #expect(read.confidence > 0.5 && read.confidence <= 1)
        }
        #expect(exact >= 19, "\(exact) of 20")
    }

    @Test func aPlateIsFoundAndReadInAPhotographOfATraffic() throws {
        let answer = try Bench.ask(Bench.table(), "vision/alpr", files: [Bench.photograph("hyperlpr_test_img.jpg")])
        let rows = answer.rows("predictions")
        #expect(rows.first?.text("plate") == "苏ED51712" && rows.first?.text("label") == "Plate: 苏ED51712")
        #expect(answer["count"] == .int(rows.count))
    }

    @Test func enlargingAgreesWithAnotherProgramThatCutsOtherTiles() throws {
        struct Golden: Decodable {
            var image: String
            var width: Int
            var height: Int
            var points: [[Int]]
        }
        let golden = try Bench.golden("superresolution", as: Golden.self)
        let answer = try Bench.ask(Bench.table(), "image/superresolution", files: [Bench.photograph(golden.image)])
        let (frame, info) = try answer.picture("imageBase64")
        #expect(info.kind == .png && info.width == golden.width && info.height == golden.height)
        let bytes = frame.byteArray
        func luma(_ bgr: [Int]) -> Double { 0.114 * Double(bgr[0]) + 0.587 * Double(bgr[1]) + 0.299 * Double(bgr[2]) }
        var (worst, worstLuma, sum) = (0, 0.0, 0)
        for point in golden.points {
            let place = (point[1] * golden.width + point[0]) * 3
            let (own, other) = ((0..<3).map { Int(bytes[place + $0]) }, Array(point[2...]))
            worstLuma = max(worstLuma, abs(luma(own) - luma(other)))
            for (a, b) in zip(own, other) {
                worst = max(worst, abs(a - b))
                sum += abs(a - b)
            }
        }
        print("super-resolution: luma \(worstLuma), colours \(worst), mean \(Double(sum) / Double(3 * golden.points.count))")
        #expect(worstLuma <= 1 && worst <= 1)
    }

    @Test func aSmallPictureIsEnlargedThreeTimes() throws {
        let answer = try Bench.ask(
            Bench.table(), "image/superresolution", files: [UploadedFile(bytes: try Bench.png(5, 3))])
        let (frame, info) = try answer.picture("imageBase64")
        #expect(info.width == 15 && info.height == 9)
        // One colour stays one colour, up to what the network adds.
        let middle = Array(frame.byteArray[(4 * 15 + 7) * 3..<(4 * 15 + 8) * 3])
        for (value, wanted) in zip(middle, [40, 80, 160]) { #expect(abs(Int(value) - wanted) < 12) }
    }

    @Test func aCartoonIsASquareOf512() throws {
        let answer = try Bench.ask(
            Bench.table(), "image/cartoonise", [("model_name", "paprika")], files: [Bench.photograph("face_person.jpg")])
        let (frame, info) = try answer.picture("imageBase64")
        #expect(info.kind == .png && info.width == 512 && info.height == 512)
        #expect(Set(frame.byteArray).count > 50)
    }
}
