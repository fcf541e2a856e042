// SPDX-License-Identifier: Apache-2.0
import Inference
import Testing

@Suite("Placing a frame in the network's picture")
struct Placements {
    @Test(
        "a point that goes into the network's picture and back stays where it was",
        arguments: ModelManifest.Resize.allCases, [(640, 480), (480, 640), (1921, 1081), (7, 900), (300, 300)])
    func roundTrip(resize: ModelManifest.Resize, size: (Int, Int)) {
        let letterbox = Letterbox(
            frameWidth: size.0, frameHeight: size.1, networkWidth: 416, networkHeight: 288, resize: resize)
        for fraction in [SIMD2<Float>(0, 0), SIMD2(1, 1), SIMD2(0.25, 0.75), SIMD2(0.5, 0.5)] {
            let point = letterbox.networkPoint(fraction)
            let back = letterbox.frameFraction(x: point.x, y: point.y)
            #expect(abs(back.x - fraction.x) < 1e-4 && abs(back.y - fraction.y) < 1e-4)
        }
    }

    @Test("a letterbox keeps the aspect ratio, fills one side and centres the other")
    func letterbox() {
        let wide = Letterbox(frameWidth: 1280, frameHeight: 720, networkWidth: 320, networkHeight: 320, resize: .letterbox)
        #expect(wide.target == .init(x: 0, y: 70, width: 320, height: 180))
        let tall = Letterbox(
            frameWidth: 810, frameHeight: 1080, networkWidth: 416, networkHeight: 416, resize: .letterboxTopLeft)
        #expect(tall.target == .init(x: 0, y: 0, width: 312, height: 416))
    }

    @Test("a crop takes the largest centred part, on even pixels where chroma is halved")
    func crop() {
        let crop = Letterbox(frameWidth: 1920, frameHeight: 1080, networkWidth: 300, networkHeight: 300, resize: .crop)
        #expect(crop.source == .init(x: 420, y: 0, width: 1080, height: 1080))
        let even = Letterbox(
            frameWidth: 642, frameHeight: 362, networkWidth: 100, networkHeight: 101, resize: .crop, evenSource: true)
        #expect([even.source.x, even.source.y, even.source.width, even.source.height].allSatisfy { $0 % 2 == 0 })
    }

    @Test("the middle of the network's picture is the middle of the frame in every mode but the top-left letterbox")
    func middle() {
        for resize in [ModelManifest.Resize.letterbox, .stretch, .crop] {
            let letterbox = Letterbox(
                frameWidth: 800, frameHeight: 500, networkWidth: 320, networkHeight: 320, resize: resize)
            let middle = letterbox.frameFraction(x: 160, y: 160)
            #expect(abs(middle.x - 0.5) < 1e-5 && abs(middle.y - 0.5) < 1e-5)
        }
    }
}
