// SPDX-License-Identifier: Apache-2.0
import Capture
import Core
import Testing

@Suite struct DemoTruthTests {
    private let scene: DemoScene

    init() throws {
        scene = try DemoScene(settings: DemoSettings(seed: 3, noise: 0))
    }

    /// Exposures a few seconds apart.
    private let moments = [0, 140, 290, 433, 610]

    @Test(arguments: [CameraInstance.right, .color])
    func `boxes fit what changes when the object is taken away`(_ instance: CameraInstance) throws {
        var checked = 0
        for sequence in moments {
            scene.draw(sequence: sequence)
            for object in scene.truth(sequence: sequence).objects {
                guard let truth = instance == .color ? object.colorBox : object.rightBox else { continue }
                let with = DemoPicture(scene, instance, sequence: sequence)
                let without = DemoPicture(scene, instance, sequence: sequence, hiding: [object.id])
                let box = PixelBox(truth, width: with.width, height: with.height)
                check(with, without, box)
                checked += 1
            }
        }
        #expect(checked > 10)
    }

    private func check(_ with: DemoPicture, _ without: DemoPicture, _ box: PixelBox) {
        let channels = with.bytes.count / (with.width * with.height)
        var (tight, covered, repainted, outside) = (PixelBox(), 0, 0, 0)
        for y in 0..<with.height {
            for x in 0..<with.width {
                let at = y * with.width + x
                let hasChanged = (0..<channels).contains { with.bytes[at * channels + $0] != without.bytes[at * channels + $0] }
                if with.depth[at] != without.depth[at] {
                    tight.include(x: x, y: y)
                    covered += 1
                    if hasChanged { repainted += 1 }
                } else if hasChanged, y < with.height / 2, !box.contains(x: x, y: y, margin: 1) {
                    // Below the horizon the object's shadow changes the floor.
                    outside += 1
                }
            }
        }
        #expect(tight == box)
        #expect(outside == 0)
        #expect(Double(repainted) > 0.9 * Double(covered))
    }

    @Test func `distance is the median depth in the middle of the right box`() throws {
        for sequence in moments {
            scene.draw(sequence: sequence)
            for object in scene.truth(sequence: sequence).objects {
                guard let truth = object.rightBox else { continue }
                let with = DemoPicture(scene, .right, sequence: sequence)
                let without = DemoPicture(scene, .right, sequence: sequence, hiding: [object.id])
                let box = PixelBox(truth, width: with.width, height: with.height)
                let (insetX, insetY) = ((box.x1 - box.x0) / 4, (box.y1 - box.y0) / 4)
                var depths: [Float] = []
                for y in (box.y0 + insetY)..<(box.y1 - insetY) {
                    for x in (box.x0 + insetX)..<(box.x1 - insetX) where with.depth[y * 640 + x] != without.depth[y * 640 + x] {
                        depths.append(with.depth[y * 640 + x])
                    }
                }
                try #require(!depths.isEmpty)
                #expect(object.zMillimetres == depths.sorted()[(depths.count - 1) / 2])
                #expect(abs(object.zMillimetres! - object.center.z) < object.sizeMillimetres.x)
            }
        }
    }

    @Test func `a whole ball lies where the calibration says, in both pictures`() throws {
        let calibration = scene.calibration
        let color = try #require(calibration.color)
        #expect(color.translationMillimetres == SIMD3(37.5, 0, 0))
        #expect(abs(calibration.baselineMillimetres - 75) < 1e-9)
        var checked = 0
        for sequence in stride(from: 0, to: 3000, by: 150) {
            scene.draw(sequence: sequence)
            for object in scene.truth(sequence: sequence).objects where object.label == .ball {
                guard let colorBox = object.colorBox, let rightBox = object.rightBox,
                    min(object.colorVisibleFraction, object.rightVisibleFraction) > 0.999
                else { continue }
                let point = SIMD3(Double(object.center.x), -Double(object.center.y), Double(object.center.z))
                check(colorBox, color.model, point + color.translationMillimetres)
                check(rightBox, calibration.right, point)
                checked += 1
            }
        }
        #expect(checked > 5)
    }

    private func check(_ box: SceneTruthBox, _ model: CameraModel, _ point: SIMD3<Double>) {
        let (x, y) = (model.fx * point.x / point.z + model.cx + 0.5, model.fy * point.y / point.z + model.cy + 0.5)
        // The middle of a ball's outline lies a little farther from the picture's centre than the projected middle.
        #expect(abs(Double(box.xMin + box.xMax) / 2 * Double(model.width) - x) < 2)
        #expect(abs(Double(box.yMin + box.yMax) / 2 * Double(model.height) - y) < 2)
    }
}
