// SPDX-License-Identifier: Apache-2.0
import Core
import Inference
import Testing

@Suite("What the network is fed")
struct NetworkInputs {
    private func makeNetwork(_ input: ModelManifest.Input, element: TensorElement = .float32) throws -> (Network, FixedEngine) {
        let channels = input.color == .gray ? 1 : 3
        let shape =
            input.layout == .planar ? [1, channels, input.height, input.width] : [1, input.height, input.width, channels]
        let engine = FixedEngine(input: shape, element: element, [.init("o", [1], [0])])
        return (try Network(manifest: ModelManifest(family: .raw, input: input), engine: engine), engine)
    }

    /// Blue 10, green 20, red 30 everywhere.
    private func flat() throws -> Frame { try Bench.frame(16, 16, .bgr24) { UInt8(10 + 10 * ($0 % 3)) } }

    @Test("mean and scale belong to the network's own channel order")
    func order() throws {
        for (color, expected) in [(ModelManifest.Color.bgr, [18.0, 54, 108]), (.rgb, [58.0, 54, 28])]
            as [(ModelManifest.Color, [Float])]
        {
            let (network, engine) = try makeNetwork(
                .init(width: 8, height: 8, color: color, mean: [1, 2, 3], scale: [2, 3, 4]))
            _ = try network.infer(flat())
            #expect([engine.fedFloats[0], engine.fedFloats[64], engine.fedFloats[128]] == expected)
        }
    }

    @Test("an interleaved network gets its channels side by side")
    func interleaved() throws {
        let (network, engine) = try makeNetwork(.init(width: 8, height: 8, color: .rgb, layout: .interleaved))
        _ = try network.infer(flat())
        #expect(Array(engine.fedFloats.prefix(6)) == [30, 20, 10, 30, 20, 10])
    }

    @Test("a grey network sees the luminance of a coloured frame, and a coloured one a grey frame three times")
    func gray() throws {
        let (grayNetwork, grayEngine) = try makeNetwork(.init(width: 8, height: 8, color: .gray))
        _ = try grayNetwork.infer(flat())
        #expect(grayEngine.fedFloats.allSatisfy { $0 == 22 }, "0.114 · 10 + 0.587 · 20 + 0.299 · 30 = 21.85")
        let (network, engine) = try makeNetwork(.init(width: 8, height: 8))
        _ = try network.infer(Bench.frame(16, 16, .gray8) { _ in 77 })
        #expect(engine.fedFloats.allSatisfy { $0 == 77 } && engine.fedFloats.count == 192)
    }

    @Test("byte and half-float inputs get the same numbers")
    func elements() throws {
        let (bytes, byteEngine) = try makeNetwork(.init(width: 8, height: 8), element: .uint8)
        _ = try bytes.infer(flat())
        #expect([byteEngine.fed[0], byteEngine.fed[64], byteEngine.fed[128]] == [10, 20, 30])
        let (halves, halfEngine) = try makeNetwork(.init(width: 8, height: 8, scale: [0.1, 0.1, 0.1]), element: .float16)
        _ = try halves.infer(flat())
        #expect(halfEngine.fed[0] == 0x00 && halfEngine.fed[1] == 0x3C, "1.0 as a half float")
    }

    @Test("an i420 frame in video range becomes the colours it stands for")
    func i420() throws {
        // BT.601 red: Y 81, U 90, V 240.
        let frame = try Bench.frame(16, 16, .i420) { $0 < 256 ? 81 : $0 < 320 ? 90 : 240 }
        let (network, engine) = try makeNetwork(.init(width: 8, height: 8))
        _ = try network.infer(frame)
        let pixel = [engine.fedFloats[0], engine.fedFloats[64], engine.fedFloats[128]]
        #expect(zip(pixel, [0, 0, 255] as [Float]).allSatisfy { abs($0 - $1) <= 2 }, "\(pixel)")
    }

    @Test("the preview is the padded picture the network saw, in blue, green and red planes")
    func preview() throws {
        let (network, engine) = try makeNetwork(.init(width: 16, height: 8, resize: .letterbox, pad: 99))
        let pool = FramePool(capacity: 1)
        let preview = try #require(try network.infer(flat(), preview: pool).preview)
        #expect(preview.header.format == .bgrPlanar && preview.header.width == 16 && preview.header.height == 8)
        preview.withUnsafeBytes { bytes in
            #expect(bytes.map { Float($0) } == engine.fedFloats)
            #expect(bytes[0] == 99 && bytes[4] == 10 && bytes[128 + 4] == 20 && bytes[256 + 11] == 30 && bytes[12] == 99)
        }
        #expect(try network.infer(flat(), preview: pool).preview == nil, "the pool's only frame is still in use")
        withExtendedLifetime(preview) {}
    }

    @Test("padding is clean again after a frame of another shape")
    func padding() throws {
        let (network, engine) = try makeNetwork(.init(width: 16, height: 16, resize: .letterbox, pad: 0))
        _ = try network.infer(Bench.frame(16, 16, .gray8) { _ in 200 })
        _ = try network.infer(Bench.frame(32, 16, .gray8) { _ in 100 })
        #expect(engine.fedFloats[0] == 0 && engine.fedFloats[8 * 16] == 100)
        _ = try network.infer(Bench.frame(32, 16, .gray8) { _ in 50 }, resize: .stretch)
        #expect(engine.fedFloats.allSatisfy { $0 == 50 })
    }

    @Test("boxes of a letterboxed or cropped network are fractions of the whole frame")
    func undone() throws {
        let row: [Float] = [0, 0, 1, 0.25, 0.25, 0.75, 0.75]
        let engine = FixedEngine(input: [1, 3, 64, 64], [.init("o", [1, 1, 1, 7], row)])
        let network = try Network(
            manifest: ModelManifest(family: .detectionOutput, input: .init(width: 64, height: 64)), engine: engine)
        let frame = try Bench.frame(128, 64, .gray8) { _ in 0 }
        let cropped = try network.infer(frame, resize: .crop).detections[0].box
        #expect(cropped == NormalizedBox(xMin: 0.375, yMin: 0.25, xMax: 0.625, yMax: 0.75))
        let boxed = try network.infer(frame, resize: .letterbox).detections[0].box
        #expect(boxed == NormalizedBox(xMin: 0.25, yMin: 0, xMax: 0.75, yMax: 1))
    }

    @Test("a depth frame is refused")
    func depth() throws {
        let (network, _) = try makeNetwork(.init(width: 8, height: 8))
        let frame = try Bench.frame(8, 8, .depth16) { _ in 0 }
        #expect(throws: InferenceError.self) { try network.infer(frame) }
    }
}
