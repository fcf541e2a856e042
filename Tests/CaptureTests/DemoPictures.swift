// SPDX-License-Identifier: Apache-2.0
import Capture
import Core

/// One lens's picture with what is needed to check it.
struct DemoPicture {
    let width: Int
    let height: Int
    let bytes: [UInt8]
    let depth: [Float]

    /// - Parameter hidden: identities of objects left out of the scene.
    init(_ scene: DemoScene, _ instance: CameraInstance, sequence: Int, hiding hidden: Set<Int> = []) {
        (width, height) = (scene.settings.width, scene.settings.height)
        var bytes = [UInt8](repeating: 0, count: width * height * (instance == .color ? 3 : 1))
        scene.draw(sequence: sequence, hiding: hidden)
        bytes.withUnsafeMutableBytes { scene.expose(instance, sequence: sequence, into: $0) }
        self.bytes = bytes
        depth = scene.renderDepth(instance)
    }
}

/// A tight box in pixels, built pixel by pixel.
struct PixelBox: Equatable {
    var x0 = Int.max
    var y0 = Int.max
    var x1 = 0
    var y1 = 0

    mutating func include(x: Int, y: Int) {
        (x0, y0, x1, y1) = (min(x0, x), min(y0, y), max(x1, x + 1), max(y1, y + 1))
    }

    init() {}

    init(_ box: SceneTruthBox, width: Int, height: Int) {
        x0 = Int((box.xMin * Float(width)).rounded())
        y0 = Int((box.yMin * Float(height)).rounded())
        x1 = Int((box.xMax * Float(width)).rounded())
        y1 = Int((box.yMax * Float(height)).rounded())
    }

    func contains(x: Int, y: Int, margin: Int = 0) -> Bool {
        x >= x0 - margin && x < x1 + margin && y >= y0 - margin && y < y1 + margin
    }
}
