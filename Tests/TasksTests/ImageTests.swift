// SPDX-License-Identifier: Apache-2.0
import Codec
import Core
import Foundation
import Inference
import Tasks
import Testing

@Suite struct ImageTests {
    private func models(_ role: ModelRole, _ shape: [Int], _ values: [Float], labels: [String] = []) throws -> FixedModels {
        let manifest = ModelManifest(family: .raw, labels: labels, input: .init(width: 8, height: 8, color: .rgb))
        return FixedModels([
            role: try Network(manifest: manifest, engine: FixedEngine(input: [1, 3, 8, 8], output: shape, values))
        ])
    }

    @Test func scalingIsPillows() throws {
        struct Golden: Decodable {
            var source: [Float]
            var results: [String: [Float]]
        }
        let golden = try Bench.golden("resize", as: Golden.self)
        let kernels: [String: PlaneScaler.Kernel] = ["bilinear": .bilinear, "bicubic": .bicubic, "lanczos": .lanczos]
        #expect(golden.results.count == 9)
        for (name, expected) in golden.results {
            let parts = name.split(whereSeparator: { "-x".contains($0) }).map(String.init)
            let (kernel, width, height) = (
                try #require(kernels[parts[0]]), try #require(Int(parts[1])), try #require(Int(parts[2]))
            )
            let own = PlaneScaler(kernel).scale(golden.source, width: 7, height: 5, toWidth: width, toHeight: height)
            for (a, b) in zip(own, expected) { #expect(abs(a - b) < 1e-3, "\(name)") }
        }
    }

    @Test func aBackgroundBecomesTransparent() throws {
        // The left half is foreground; the map's range is stretched to 0...1.
        let map = (0..<16).map { Float($0 % 4 < 2 ? 3 : -1) }
        let table = try Bench.table(try models(.backgroundRemoval, [1, 1, 4, 4], map))
        for matting in ["false", "true"] {
            let answer = try Bench.ask(
                table, "image/removebackground", [("use_alphamatting", matting)],
                files: [UploadedFile(bytes: try Bench.png(16, 8))])
            let (frame, info) = try answer.picture("imageBase64")
            #expect(info.width == 16 && info.height == 8 && info.channels == 4)
            #expect(Array(frame.byteArray.prefix(3)) == [40, 80, 160])
        }
    }

    @Test func thePersonStaysSharpAndTheRestIsBlurred() throws {
        let map = (0..<16).map { Float($0 % 4 < 2 ? 15 : 0) }
        let table = try Bench.table(try models(.portrait, [1, 4, 4], map))
        let answer = try Bench.ask(
            table, "image/portraitfilter", [("strength", "0.5")], files: [UploadedFile(bytes: try Bench.png(16, 8))])
        let (frame, _) = try answer.picture("filtered_image")
        #expect(frame.byteArray.prefix(3).elementsEqual([40, 80, 160]), "one colour stays one colour")
        #expect { try Bench.ask(table, "image/portraitfilter", [("strength", "7")]) } throws: { "\($0)".contains("strength") }
    }

    @Test func aSceneIsNamedWithoutItsFolder() throws {
        let labels = ["/a/airfield", "/f/field/wild", "conference_room"]
        for (values, name) in [([9, 0, 0], "airfield"), ([0, 9, 0], "field/wild"), ([0, 0, 9], "conference_room")]
            as [([Float], String)]
        {
            let table = try Bench.table(try models(.scene, [1, 3], values, labels: labels))
            let answer = try Bench.ask(table, "vision/scene", files: [UploadedFile(bytes: try Bench.png(9, 9))])
            #expect(answer.text("label") == name && answer.text("message") == "Detected scene \(name)")
            #expect(abs((answer.number("confidence") ?? 0) - 0.99975) < 1e-4)
        }
    }

    @Test func aModelOfAnotherShapeIsAnErrorAndNoCrash() throws {
        let file = UploadedFile(bytes: try Bench.png(16, 8))
        for role in [ModelRole.backgroundRemoval, .portrait, .cartoon, .superResolution, .scene] {
            for shape in [[1, 7], [1], [1, 2, 3, 0], [3, 5, 7], [1, 1, 1, 1]] {
                let values = [Float](repeating: 0.5, count: shape.reduce(1, *))
                let table = try Bench.table(try models(role, shape, values))
                let route = [
                    ModelRole.backgroundRemoval: "image/removebackground", .portrait: "image/portraitfilter",
                    .cartoon: "image/cartoonise", .superResolution: "image/superresolution", .scene: "vision/scene",
                ][role]
                _ = try? Bench.ask(table, try #require(route), files: [file])
            }
        }
    }

    @Test(arguments: [
        "vision/detection", "vision/face", "vision/face/register", "vision/face/recognize", "vision/face/match", "vision/scene",
        "vision/alpr", "image/superresolution", "image/removebackground", "image/cartoonise", "image/portraitfilter",
        "sound/classify", "vision/custom/foo", "train/train_model", "train/list_classes", "vision/segmentation",
    ])
    func withoutItsModelEveryRouteSaysHowToGetOne(route: String) throws {
        let table = try Bench.table(FixedModels())
        #expect { try Bench.ask(table, route) } throws: {
            "\($0)".contains("not installed") && "\($0)".contains("depthd models install")
        }
    }

    @Test func collapsedTextIsReadAsCTCMeansIt() throws {
        let reader = GreedyCTC(alphabet: ["A", "B", "-"], blank: 2)
        // Steps A A - A B B.
        let steps = [0, 0, 2, 0, 1, 1]
        let byStep: [Float] = steps.flatMap { best in (0..<3).map { Float($0 == best ? 0.8 : 0.1) } }
        let result = try #require(reader.read(shape: [1, 6, 3], values: byStep))
        #expect(result.text == "AAB" && abs(result.confidence - 0.8) < 1e-5)
        let byClass: [Float] = (0..<3).flatMap { kind in steps.map { Float($0 == kind ? 0.8 : 0.1) } }
        #expect(try #require(reader.read(shape: [1, 3, 6], values: byClass)).text == "AAB")
        #expect(reader.read(shape: [1, 4, 6], values: [Float](repeating: 0, count: 24))?.text == nil)
    }
}
