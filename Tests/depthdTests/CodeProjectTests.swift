// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// The program as clients of CodeProject.AI see it: real networks, real photographs, curl in between.
@Suite("CodeProject.AI over HTTP", .serialized, .enabled(if: SharedData.isRequired), .timeLimit(.minutes(10)))
struct CodeProjectTests {
    private static let models = [
        "detection": "yolox/yolox_nano.onnx", "face-detection": "yunet/yunet_n_320_320.onnx",
        "face-embedding": "mobilefacenet/mobilefacenet.converted.onnx", "plate-detection": "hyperlpr/y5fu_320x_sim.onnx",
        "plate-text": "lprnet/lprnet_converted.onnx", "super-resolution": "super-resolution/super-resolution-10.onnx",
    ]

    /// Arguments that bind the shared models to their roles.
    private static var bindings: [String] {
        models.flatMap { ["--set", "models.\($0.key)=\(SharedData.url("models/\($0.value)").path)"] }
    }

    private func photograph(_ name: String) -> String { SharedData.url("images/\(name)").path }

    /// Posts files and fields as a form.
    private func ask(
        _ daemon: DaemonProcess, _ route: String, files: [String] = [], fields: [String: String] = [:]
    ) async throws -> [String: Any] {
        var options = ["--request", "POST"]
        for (index, file) in files.enumerated() { options += ["--form", "image\(index + 1)=@\(file)"] }
        for (name, value) in fields { options += ["--form-string", "\(name)=\(value)"] }
        return try await Command.json("\(daemon.base)/v1/\(route)", options)
    }

    private func rows(_ answer: [String: Any]) -> [[String: Any]] { answer["predictions"] as? [[String: Any]] ?? [] }

    private func box(_ row: [String: Any]) -> [Double] {
        ["x_min", "y_min", "x_max", "y_max"].map { Double(row[$0] as? Int ?? -1) }
    }

    private func overlap(_ own: [Double], _ box: [Double]) -> Double {
        let width = max(0, min(own[2], box[2]) - max(own[0], box[0]))
        let height = max(0, min(own[3], box[3]) - max(own[1], box[1]))
        let areas = (own[2] - own[0]) * (own[3] - own[1]) + (box[2] - box[0]) * (box[3] - box[1])
        return width * height / (areas - width * height)
    }

    /// Boxes that Python, OpenCV and another release of ONNX Runtime found.
    private func golden(_ image: String) throws -> [(label: String, box: [Double])] {
        let file = try JSONSerialization.jsonObject(with: Data(try SharedData.bytes("images/golden.json"))) as? [String: Any]
        let images = try #require(file?["images"] as? [String: [String: Any]])
        let all = try #require(images[image]?["yolox_nano_416"] as? [[String: Any]])
        return all.filter { ($0["confidence"] as? Double ?? 0) >= 0.5 }.map {
            ($0["label"] as? String ?? "", $0["box"] as? [Double] ?? [0, 0, 0, 0])
        }
    }

    @Test("Detections are those of other programs, surest first, in whole pixels")
    func detection() async throws {
        try await withDaemon(Self.bindings) { daemon in
            for image in ["bus.jpg", "zidane.jpg", "yolox_dog.jpg", "voc_004545.jpg"] {
                let answer = try await ask(daemon, "vision/detection", files: [photograph(image)])
                let found = rows(answer)
                #expect(answer["success"] as? Bool == true && answer["count"] as? Int == found.count)
                for wanted in try golden(image) {
                    let partner = found.contains { $0["label"] as? String == wanted.label && overlap(box($0), wanted.box) >= 0.5 }
                    #expect(partner, "\(image): \(wanted.label)")
                }
                let confidences = found.compactMap { $0["confidence"] as? Double }
                #expect(confidences == confidences.sorted(by: >) && confidences.allSatisfy { (0.4...1).contains($0) })
                #expect(found.allSatisfy { !box($0).contains(-1) })
            }
        }
    }

    @Test("A detector in the custom folder is asked by its name, and one that is not there is named")
    func custom() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("custom-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.copyItem(
            at: SharedData.url("models/fastestdet/FastestDet.onnx"), to: folder.appendingPathComponent("ipcam-general.onnx"))
        try await withDaemon(["--set", "codeproject.custom_models=\(folder.path)"]) { daemon in
            #expect(try await ask(daemon, "vision/custom/list")["models"] as? [String] == ["ipcam-general"])
            for route in ["vision/custom/ipcam-general", "vision/custom/general", "vision/custom"] {
                let answer = try await ask(daemon, route, files: [photograph("zidane.jpg")])
                #expect(rows(answer).contains { $0["label"] as? String == "person" }, "\(route)")
                #expect(answer["command"] as? String == "custom")
            }
            let unknown = try await ask(daemon, "vision/custom/nothing", files: [photograph("zidane.jpg")])
            #expect((unknown["error"] as? String)?.contains("Unable to create YOLO detector for model nothing") == true)
        }
    }

    @Test("A face is found, registered, recognised, told from others, listed and forgotten; the register outlives the daemon")
    func faces() async throws {
        let state = FileManager.default.temporaryDirectory.appendingPathComponent("faces-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: state) }
        let arguments = Self.bindings + ["--set", "state.directory=\(state.path)"]
        try await withDaemon(arguments) { daemon in
            let found = try await ask(daemon, "vision/face", files: [photograph("face_gyy1.jpg")])
            #expect(found["count"] as? Int == 1 && rows(found).first?["label"] == nil)
            let added = try await ask(
                daemon, "vision/face/register", files: [photograph("face_gyy1.jpg")], fields: ["userid": "gyy"])
            #expect(added["message"] as? String == "face added")
            let same = try await ask(
                daemon, "vision/face/match", files: [photograph("face_gyy1.jpg"), photograph("face_gyy2.jpg")])
            let other = try await ask(
                daemon, "vision/face/match", files: [photograph("face_gyy1.jpg"), photograph("face_person.jpg")])
            #expect(same["similarity"] as? Double ?? 0 > 0.67 && other["similarity"] as? Double ?? 1 < 0.67)
        }
        try await withDaemon(arguments) { daemon in
            #expect(try await ask(daemon, "vision/face/list")["faces"] as? [String] == ["gyy"])
            let known = rows(try await ask(daemon, "vision/face/recognize", files: [photograph("face_gyy2.jpg")]))
            #expect(known.first?["userid"] as? String == "gyy" && known.first?["confidence"] as? Double ?? 0 >= 0.67)
            let stranger = rows(try await ask(daemon, "vision/face/recognize", files: [photograph("face_person.jpg")]))
            #expect(stranger.first?["userid"] as? String == "unknown" && stranger.first?["confidence"] as? Double == 0)
            let none = try await ask(daemon, "vision/face/recognize", files: [photograph("plates/plate_00.jpg")])
            #expect(none["error"] as? String == "No face found in image" && none["code"] as? Int == 500)
            #expect(try await ask(daemon, "vision/face/delete", fields: ["userid": "gyy"])["success"] as? Bool == true)
            #expect(try await ask(daemon, "vision/face/list")["faces"] as? [String] == [])
        }
    }

    @Test("Nineteen of twenty plates are read exactly, on both routes")
    func plates() async throws {
        let labels = try #require(
            try JSONSerialization.jsonObject(with: Data(try SharedData.bytes("images/plates/labels.json")))
                as? [String: [String: String]])
        try await withDaemon(Self.bindings) { daemon in
            var right = 0
            for (index, (image, label)) in labels.sorted(by: { $0.key < $1.key }).enumerated() {
                let route = index.isMultiple(of: 2) ? "vision/alpr" : "image/alpr"
                let row = rows(try await ask(daemon, route, files: [photograph("plates/\(image)")])).first
                if row?["plate"] as? String == label["label"] { right += 1 }
                #expect(row?["label"] as? String == (row?["plate"] as? String).map { "Plate: \($0)" })
            }
            #expect(labels.count == 20 && right >= 19, "\(right) of \(labels.count)")
            let street = rows(try await ask(daemon, "vision/alpr", files: [photograph("hyperlpr_test_img.jpg")]))
            #expect(!street.isEmpty)
        }
    }

    @Test("A picture is enlarged exactly three times")
    func superResolution() async throws {
        try await withDaemon(Self.bindings) { daemon in
            let answer = try await ask(daemon, "image/superresolution", files: [photograph("plates/plate_00.jpg")])
            let png = try #require(Data(base64Encoded: answer["imageBase64"] as? String ?? ""))
            let size = png[16..<24].map { Int($0) }
            #expect(size[2] << 8 | size[3] == 3 * 94 && size[6] << 8 | size[7] == 3 * 24)
        }
    }

    @Test("Texts need no model")
    func texts() async throws {
        try await withDaemon { daemon in
            let text =
                "Rain fell all day. The rain filled the river, and the river rose.\nCats sleep. The river flooded the town."
            let summary = try await ask(daemon, "text/summarize", fields: ["text": text, "num_sentences": "1"])
            #expect((summary["summary"] as? String)?.contains("river") == true)
            let mood = try await ask(daemon, "text/sentiment", fields: ["text": "A wonderful film, I loved every minute."])
            #expect(mood["is_positive"] as? Bool == true && mood["positive_probability"] as? Double ?? 0 > 0.5)
        }
    }

    @Test("A route without a model says how to get one")
    func notInstalled() async throws {
        let routes = [
            "vision/detection", "vision/segmentation", "vision/face", "vision/face/register", "vision/face/recognize",
            "vision/face/match", "vision/scene", "vision/alpr", "image/alpr", "image/superresolution", "image/removebackground",
            "image/cartoonise", "image/portraitfilter", "sound/classify",
        ]
        try await withDaemon { daemon in
            for route in routes {
                let answer = try await ask(daemon, route, fields: ["userid": "a"])
                #expect(answer["success"] as? Bool == false && answer["code"] as? Int == 500, "\(route)")
                #expect((answer["error"] as? String)?.contains("depthd models install") == true, "\(route): \(answer)")
                #expect(answer["analysisRoundTripMs"] as? Int ?? 1000 < 50, "\(route)")
            }
        }
    }

    @Test("A camera of the box is asked without a file, and its objects have distances that are true")
    func camera() async throws {
        try await withDaemon { daemon in
            try await daemon.wait(untilLogSays: "camera runs")
            let answer = try await ask(daemon, "vision/detection?camera=demo")
            let found = rows(answer)
            #expect(answer["success"] as? Bool == true && !found.isEmpty, "\(answer)")
            for row in found {
                guard let distance = row["distance_mm"] as? Double else { continue }
                let place = ["x", "y", "z"].compactMap { row[$0] as? Double }
                let straight = place.map { $0 * $0 }.reduce(0, +).squareRoot()
                #expect(place.count == 3 && abs(distance - straight) < 3 && (300...20_000).contains(distance))
            }
            #expect(found.contains { $0["distance_mm"] != nil })
            let unknown = try await ask(daemon, "vision/detection?camera=nothing")
            #expect((unknown["error"] as? String)?.contains("there are: demo") == true)
        }
    }

    @Test("The second port serves the same questions and the explorer; a port that is taken is named")
    func secondPort() async throws {
        try await withDaemon { daemon in
            try await daemon.wait(untilLogSays: "CodeProject.AI answers")
            let line = try #require(daemon.log.split(separator: "\n").first { $0.contains("CodeProject.AI answers") })
            let port = try #require(line.firstMatch(of: /port=(\d+)/)?.1)
            let second = "http://127.0.0.1:\(port)"
            #expect(try await Command.json("\(second)/v1/status/ping")["success"] as? Bool == true)
            #expect(try await Command.get("\(second)/").output.contains("<title>depthd: ask about a picture</title>"))
            let clash = try await Command.depthd([
                "run", "--set", "http.port=\(try FreePort.udp())", "--set", "http.host=127.0.0.1", "--set", "udp.enabled=false",
                "--set", "codeproject.port=\(port)", "--set", "state.directory=\(daemon.state.path)",
            ])
            #expect(clash.status == 1 && clash.complaint.contains("codeproject.port: port \(port)"), "\(clash.complaint)")
        }
    }

    @Test("Models are installed, used, activated and removed, by command and over HTTP")
    func models() async throws {
        let state = FileManager.default.temporaryDirectory.appendingPathComponent("models-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: state) }
        let set = ["--set", "state.directory=\(state.path)"]
        let yolox = SharedData.url("models/yolox/yolox_nano.onnx").path
        let installed = try await Command.depthd(["models", "install", yolox] + set)
        #expect(installed.status == 0 && installed.output.contains("yolox-nano installed for detection, used"))
        #expect(try await Command.depthd(["models", "install", yolox] + set).complaint.contains("already"))
        #expect(try await Command.depthd(["models", "install", photograph("bus.jpg")] + set).complaint.contains("no ONNX model"))
        try await withDaemon(set) { daemon in
            let found = try await ask(daemon, "vision/detection", files: [photograph("zidane.jpg")])
            #expect(rows(found).contains { $0["label"] as? String == "person" })
            let url = "\(daemon.base)/api/v1/models"
            let fastest = SharedData.url("models/fastestdet/FastestDet.onnx").path
            let form = ["--form", "model=@\(fastest)", "--form", "name=fast"]
            #expect(try await Command.json(url, form)["active"] as? Bool == false)
            #expect(try await Command.json("\(url)/fast/activate", ["--request", "POST"])["active"] as? Bool == true)
            let roles = try await Command.json(url)["roles"] as? [String: String]
            #expect(roles?["detection"] == "fast")
            #expect(try await ask(daemon, "vision/custom/list")["models"] as? [String] == ["fast", "yolox-nano"])
            #expect(try await Command.code(url, ["--form", "model=@\(photograph("bus.jpg"))", "--form", "role=scene"]) == 422)
            #expect(try await Command.code(url, ["--form", "model=@\(fastest)", "--form", "sha256=00"]) == 422)
            #expect(try await Command.code("\(url)/fast", ["--request", "DELETE"]) == 204)
            #expect(try await Command.code("\(url)/fast", ["--request", "DELETE"]) == 404)
            let left = try FileManager.default.contentsOfDirectory(atPath: state.path).filter { $0.hasPrefix(".upload") }
            #expect(left.isEmpty)
        }
    }

    @Test("What is no picture, or a dangerous one, is refused in words")
    func hostilePictures() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("hostile-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let real = try SharedData.bytes("images/zidane.jpg")
        var huge = Array(real.prefix(64_000))
        // The frame header's height and width: 10 000 × 10 000.
        let marker = try #require(huge.indices.dropLast(9).first { huge[$0] == 0xFF && [0xC0, 0xC2].contains(huge[$0 + 1]) })
        huge.replaceSubrange((marker + 5)..<(marker + 9), with: [0x27, 0x10, 0x27, 0x10])
        let pictures: [String: [UInt8]] = [
            "truncated.jpg": Array(real.prefix(3000)), "huge.jpg": huge, "zip.jpg": Array("PK\u{3}\u{4}".utf8) + real,
            "text.png": Array("hello".utf8), "empty.jpg": [0xFF],
            "renamed.gif": Array(try SharedData.bytes("images/plates/labels.json")),
        ]
        try await withDaemon(Self.bindings) { daemon in
            for (name, bytes) in pictures {
                let file = folder.appendingPathComponent(name)
                try Data(bytes).write(to: file)
                let answer = try await ask(daemon, "vision/detection", files: [file.path])
                #expect(answer["success"] as? Bool == false && answer["error"] is String, "\(name)")
                #expect(rows(answer).isEmpty && answer["count"] as? Int == 0)
            }
            #expect(try await ask(daemon, "vision/detection", files: [photograph("zidane.jpg")])["success"] as? Bool == true)
        }
    }
}
