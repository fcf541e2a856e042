// SPDX-License-Identifier: Apache-2.0
import Core
import Fusion
import Testing

/// Boxes of the colour picture on the depth picture of another lens.
@Suite struct ColorViewTests {
    private static let color = CameraModel(width: 1920, height: 1080, fx: 1568, fy: 1566, cx: 970, cy: 543)
    /// Farther apart than on any device, so that a box slides off its object at the background's distance.
    private static let view = ColorView(
        model: color, rotation: Matrix3([0.99995, 0.0, 0.01, 0, 1, 0, -0.01, 0, 0.99995]),
        translationMillimetres: SIMD3(90, 2, -1))

    /// The colour box around a flat object that stands upright at `z`, centred at (x, y) (y down).
    private func box(x: Double, y: Double, z: Double, width: Double, height: Double) -> Detection {
        var (low, high) = (SIMD2(Double.infinity, .infinity), SIMD2(-Double.infinity, -.infinity))
        for dx in [-width / 2, width / 2] {
            for dy in [-height / 2, height / 2] {
                let p = Self.view.rotation * SIMD3(x + dx, y + dy, z) + Self.view.translationMillimetres
                let pixel = SIMD2(
                    (Self.color.fx * p.x / p.z + Self.color.cx + 0.5) / 1920,
                    (Self.color.fy * p.y / p.z + Self.color.cy + 0.5) / 1080)
                low = pointwiseMin(low, pixel)
                high = pointwiseMax(high, pixel)
            }
        }
        return DepthScene.detection(Float(low.x), Float(low.y), Float(high.x), Float(high.y))
    }

    private func scene(x: Double, y: Double, z: Double, width: Double, height: Double, background: UInt16) -> Frame {
        let model = DepthScene.model
        return DepthScene.frame { u, v in
            let (px, py) = ((Double(u) - model.cx) * z / model.fx, (Double(v) - model.cy) * z / model.fy)
            return abs(px - x) <= width / 2 && abs(py - y) <= height / 2 ? UInt16(z) : background
        }
    }

    private func locate(_ detection: Detection, _ frame: Frame) -> Detection {
        var fusion = DepthFusion(mapping: .colorCamera(Self.view), depthModel: DepthScene.model)
        var detections = [detection]
        fusion.locate(&detections, depth: frame)
        return detections[0]
    }

    @Test(arguments: [(0.0, 0.0, 1000.0), (-250, 100, 1000), (300, -120, 800), (60, 30, 600), (500, 200, 2000)])
    func aSmallObjectIsFoundThroughTheParallaxAndNotItsBackground(x: Double, y: Double, z: Double) throws {
        let (width, height) = (z * 0.06, z * 0.1)
        let frame = scene(x: x, y: y, z: z, width: width, height: height, background: 4000)
        let found = locate(box(x: x, y: y, z: z, width: width, height: height), frame)
        let position = try #require(found.position)
        #expect(abs(Double(position.z) - z) < 1)
        #expect(abs(Double(position.x) - x) < z * 0.002)
        #expect(abs(Double(position.y) + y) < z * 0.002)
    }

    @Test func backgroundThatOnlyTheColourCameraSeesIsNeverGivenTheObjectsDistance() {
        // What the box shows lies, for the depth camera, behind the object; the colour camera, 90 mm to the left, sees
        // past the object.
        let frame = scene(x: 0, y: 0, z: 700, width: 60, height: 200, background: 3000)
        let hidden = box(x: 0, y: 0, z: 3000, width: 100, height: 100)
        #expect(locate(hidden, frame).position.map { $0.z > 2900 } ?? true)
    }

    @Test func theRegionShownIsWhereTheObjectIs() throws {
        let frame = scene(x: 100, y: 50, z: 1000, width: 120, height: 160, background: 4000)
        let found = locate(box(x: 100, y: 50, z: 1000, width: 120, height: 160), frame)
        let fusion = DepthFusion(mapping: .colorCamera(Self.view), depthModel: DepthScene.model)
        let region = try #require(fusion.region(of: found, width: 640, height: 400))
        // 120 mm at 1 m are 53 pixels; half of them in the middle of (100, 50) mm → (363.6, 221.6).
        #expect(abs(region.x + region.width / 2 - 364) <= 2 && abs(region.y + region.height / 2 - 222) <= 2)
        #expect(abs(region.width - 26) <= 2 && abs(region.height - 35) <= 2)
    }

    @Test func strangeBoxesAndViewsNeverCrash() {
        let frame = scene(x: 0, y: 0, z: 700, width: 200, height: 200, background: 3000)
        var random = UInt64(7)
        func next() -> Float {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = Float(random >> 40) / Float(1 << 24)
            return value < 0.02 ? .nan : value < 0.04 ? .infinity : value * 3 - 1
        }
        let turned = ColorView(
            model: Self.color, rotation: Matrix3([-1, 0, 0, 0, 1, 0, 0, 0, -1]), translationMillimetres: SIMD3(0, 0, 1e6))
        for view in [Self.view, turned] {
            var fusion = DepthFusion(mapping: .colorCamera(view), depthModel: DepthScene.model)
            for _ in 0..<300 {
                var detections = [DepthScene.detection(next(), next(), next(), next())]
                fusion.locate(&detections, depth: frame)
                _ = fusion.region(of: detections[0], width: 640, height: 400)
            }
        }
    }

    /// Goldens by OpenCV 5.0.0 `projectPoints` (identity camera): the real colour lens of an OAK-D, and a tilted sensor.
    @Test(arguments: [
        (0, 0.5, 0.3, 0.5065309094230243, 0.303803475341385), (0, -0.55, -0.31, -0.5557329510747692, -0.31335658582562215),
        (0, 0.1, -0.2, 0.10057132852171223, -0.20107332630632788), (1, 0.5, 0.3, 0.4916652519746429, 0.2954168425748397),
        (1, -0.55, -0.31, -0.5178125000770776, -0.29188848080184526), (1, 0.1, -0.2, 0.09927208843105391, -0.19853189704477858),
    ])
    func theLensIsUndoneAsInOpenCV(lens: Int, x: Double, y: Double, distortedX: Double, distortedY: Double) {
        let coefficients = [
            [
                13.49544620513916, -166.09605407714844, 5.964794399915263e-05, 0.0006634833989664912, 569.30322265625,
                13.2777099609375, -164.22024536132812, 563.0450439453125,
            ],
            [-0.1, 0.02, 0.001, -0.002, 0.003, 0.01, 0.002, -0.001, 0.001, 0.0005, -0.001, 0.0002, 0.02, -0.03],
        ]
        let ideal = LensDistortion(coefficients[lens]).undistorted(SIMD2(distortedX, distortedY))
        #expect(abs(ideal.x - x) < 1e-7 && abs(ideal.y - y) < 1e-7, "\(ideal)")
    }
}
