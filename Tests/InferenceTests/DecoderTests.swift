// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Inference
import Testing

/// Each family on tensors written by hand, whose boxes follow from the published formulas on paper.
@Suite("Decoding outputs")
struct Decoders {
    /// One detection of a network of 64×64 pixels whose picture is the whole 64×64 frame.
    private func detections(
        _ manifest: ModelManifest, _ outputs: [FixedEngine.Output], shape: [Int] = [1, 3, 64, 64]
    ) throws -> [Detection] {
        let network = try Network(manifest: manifest, engine: FixedEngine(input: shape, outputs))
        return try network.infer(Bench.frame(64, 64, .bgr24) { _ in 0 }).detections
    }

    private func manifest(_ family: ModelFamily, _ edit: (inout ModelManifest) -> Void = { _ in }) -> ModelManifest {
        var manifest = ModelManifest(family: family, input: .init(width: 64, height: 64))
        edit(&manifest)
        return manifest
    }

    private func isClose(_ box: NormalizedBox, _ pixels: [Float]) -> Bool {
        zip([box.xMin, box.yMin, box.xMax, box.yMax], pixels).allSatisfy { abs($0 * 64 - $1) < 0.05 }
    }

    @Test("YOLOv5 rows are pixels, and confidence is objectness times class")
    func yolov5() throws {
        let rows: [Float] = [32, 20, 16, 8, 0.9, 0.1, 0.8] + [5, 5, 4, 4, 0.2, 1, 1]
        let found = try detections(manifest(.yolov5), [.init("output0", [1, 2, 7], rows)])
        #expect(found.count == 1)
        #expect(found[0].label == 1 && abs(found[0].confidence - 0.72) < 1e-5)
        #expect(isClose(found[0].box, [24, 16, 40, 24]))
    }

    @Test("YOLOv5 landmarks lie between objectness and classes")
    func yolov5Landmarks() throws {
        let rows: [Float] = [32, 32, 32, 32, 1, 16, 8, 48, 56, 0.9]
        let found = try detections(manifest(.yolov5) { $0.decoder.landmarks = 2 }, [.init("o", [1, 1, 10], rows)])
        #expect(found[0].landmarks == [SIMD2(0.25, 0.125), SIMD2(0.75, 0.875)])
    }

    @Test("YOLOX offsets count from the cell of their stride's grid")
    func yolox() throws {
        // 64 cells of stride 8, 16 of stride 16, 4 of stride 32; the box is in cell (1, 2) of stride 16.
        var rows = [Float](repeating: 0, count: 84 * 6)
        let row = (64 + 2 * 4 + 1) * 6
        rows.replaceSubrange(row..<row + 6, with: [0.5, 0.25, log(2), 0, 0.8, 1])
        let found = try detections(manifest(.yolox), [.init("output", [1, 84, 6], rows)])
        #expect(found.count == 1)
        #expect(isClose(found[0].box, [8, 28, 40, 44]))
    }

    @Test("FastestDet mixes objectness and class by the powers 0.6 and 0.4")
    func fastestdet() throws {
        var map = [Float](repeating: 0, count: 7 * 16)
        let cell = 1 * 4 + 2
        for (channel, value) in [0.9, 0, 0, 0, -100, 0.1, 0.7].enumerated() { map[channel * 16 + cell] = Float(value) }
        let found = try detections(manifest(.fastestdet), [.init("758", [1, 7, 4, 4], map)])
        #expect(found.count == 1 && found[0].label == 1)
        let expected: Float = pow(0.9, 0.6) * pow(0.7, 0.4)
        #expect(abs(found[0].confidence - expected) < 1e-5)
        // Centre (2, 1)/4 of 64 pixels, width half the picture, height nothing.
        #expect(isClose(found[0].box, [16, 16, 48, 16]))
    }

    @Test("NanoDet edges are the mean of a softmax over bins, counted from the cell's centre")
    func nanodet() throws {
        var outputs: [FixedEngine.Output] = []
        for (index, cells) in [64, 16, 4].enumerated() {
            var classes = [Float](repeating: 0, count: cells * 2)
            var bins = [Float](repeating: 0, count: cells * 32)
            if index == 1 {
                classes[5 * 2 + 1] = 0.8
                // Certain of bins 1, 0, 2 and 1 for left, top, right and bottom.
                for (edge, bin) in [1, 0, 2, 1].enumerated() { bins[(5 * 4 + edge) * 8 + bin] = 100 }
            }
            outputs += [.init("c\(index)", [1, cells, 2], classes), .init("b\(index)", [1, cells, 32], bins)]
        }
        let found = try detections(manifest(.nanodet), outputs.reversed())
        #expect(found.count == 1 && found[0].label == 1)
        #expect(isClose(found[0].box, [8, 24, 56, 40]))
    }

    @Test("YuNet gives five landmarks in fractions of the frame and the root of class times objectness")
    func yunet() throws {
        var outputs: [FixedEngine.Output] = []
        for (stride, cells) in [(8, 64), (16, 16), (32, 4)] {
            var values = ["cls": [Float](repeating: 0, count: cells), "obj": [Float](repeating: 0, count: cells)]
            var (boxes, points) = ([Float](repeating: 0, count: cells * 4), [Float](repeating: 0, count: cells * 10))
            if stride == 32 {
                values["cls"]?[3] = 0.81
                values["obj"]?[3] = 1
                boxes.replaceSubrange(12..<16, with: [0, 0, log(0.5), 0])
                points.replaceSubrange(30..<32, with: [-0.5, 0.25])
            }
            outputs += values.sorted { $0.key < $1.key }.map { .init("\($0.key)_\(stride)", [1, cells, 1], $0.value) }
            outputs += [.init("bbox_\(stride)", [1, cells, 4], boxes), .init("kps_\(stride)", [1, cells, 10], points)]
        }
        let found = try detections(manifest(.yunet), outputs)
        #expect(found.count == 1 && abs(found[0].confidence - 0.9) < 1e-5)
        #expect(isClose(found[0].box, [24, 16, 40, 48]))
        #expect(found[0].landmarks.count == 5)
        #expect(found[0].landmarks[0] == SIMD2(16.0 / 64, 40.0 / 64) && found[0].landmarks[1] == SIMD2(0.5, 0.5))
    }

    @Test("UltraFace boxes are fractions and class 1 is the face")
    func ultraface() throws {
        let found = try detections(
            manifest(.ultraface),
            [.init("scores", [1, 2, 2], [0.1, 0.9, 0.9, 0.1]), .init("boxes", [1, 2, 4], [0.25, 0.5, 0.5, 1, 0, 0, 1, 1])])
        #expect(found.map(\.label) == [1])
        #expect(isClose(found[0].box, [16, 32, 32, 64]))
    }

    @Test("SSD offsets move and stretch their prior by the variances, and the background is nobody")
    func ssd() throws {
        let prior: [Float] = [0.25, 0.25, 0.75, 0.75] + [0.1, 0.1, 0.2, 0.2]
        let found = try detections(
            manifest(.ssd),
            [
                .init("loc", [1, 4], [1, -1, 5 * log(2), 0]), .init("conf", [1, 3], [0.95, 0.1, 0.8]),
                .init("prior", [1, 2, 4], prior),
            ])
        #expect(found.map(\.label) == [2])
        // Centre 0.5 ± 0.1 · 0.5, width 0.5 · 2, height 0.5.
        #expect(isClose(found[0].box, [3.2, 12.8, 64, 44.8]))
    }

    @Test("DetectionOutput rows end at image id -1, and NaN rows are left out")
    func detectionRows() throws {
        let rows: [Float] =
            [0, 2, 0.9, 0.25, 0.25, 0.5, 0.5] + [0, .nan, 0.9, 0, 0, 1, 1] + [0, 1, 0.9, .nan, 0, 1, 1]
            + [0, 1, 0.8, -0.5, 0, 0.5, 1.5] + [-1, 0, 0, 0, 0, 0, 0] + [0, 3, 0.9, 0, 0, 1, 1]
        let found = try detections(manifest(.detectionOutput), [.init("out", [1, 1, 6, 7], rows)])
        #expect(found.map(\.label) == [2, 1])
        #expect(isClose(found[1].box, [0, 0, 32, 64]), "boxes are cut at the frame's edges")
    }

    @Test("half floats and bytes are read as well as floats")
    func otherElements() throws {
        // 0x3800 = 0.5, 0x3A00 = 0.75, 0x3C00 = 1, 0x4000 = 2.
        let halves: [UInt16] = [0, 0x3C00, 0x3A00, 0x3800, 0x3800, 0x3C00, 0x3C00]
        let found = try detections(
            manifest(.detectionOutput),
            [.init("out", [1, 1, 1, 7], .float16, bytes: halves.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })])
        #expect(found[0].label == 1 && found[0].confidence == 0.75)
        let bytes = try detections(
            manifest(.detectionOutput), [.init("out", [1, 7], .uint8, bytes: [0, 4, 1, 0, 0, 1, 1])])
        #expect(bytes[0].label == 4 && isClose(bytes[0].box, [0, 0, 64, 64]))
    }

    @Test("a raw network's outputs are handed on unchanged")
    func raw() throws {
        let engine = FixedEngine(input: [1, 3, 64, 64], [.init("logits", [1, 2], [3, 4])])
        let network = try Network(manifest: manifest(.raw), engine: engine)
        let result = try network.infer(Bench.frame(8, 8, .gray8) { _ in 0 })
        #expect(result.detections.isEmpty && result.tensors.map(\.description) == engine.outputs)
    }
}
