// SPDX-License-Identifier: Apache-2.0
internal import CKernels
import Foundation

/// What an object of the rendered scene is; the raw values are the labels of the demo detector, in its order.
public enum SceneLabel: String, Sendable, Codable, CaseIterable {
    case box
    case ball
    case cone
}

/// The pattern on a surface.
enum SceneTexture: Int32, Sendable, CaseIterable {
    case plaster = 0
    case planks = 1
    case bricks = 2
    case stripes = 3
    case checks = 4
    case dots = 5
}

/// A colour, 0...255 each.
struct SceneColor: Sendable, Hashable {
    var red: Double
    var green: Double
    var blue: Double

    /// - Parameters:
    ///   - hue: in turns; 0 is red, 1/3 green, 2/3 blue.
    ///   - saturation: 0...1.
    ///   - value: 0...1.
    init(hue: Double, saturation: Double, value: Double) {
        func channel(_ offset: Double) -> Double {
            let k = (offset + hue * 6).truncatingRemainder(dividingBy: 6)
            return 255 * value * (1 - saturation * max(0, min(k, 4 - k, 1)))
        }
        (red, green, blue) = (channel(5), channel(3), channel(1))
    }

    init(_ red: Double, _ green: Double, _ blue: Double) {
        (self.red, self.green, self.blue) = (red, green, blue)
    }

    var bgr: (Float, Float, Float) { (Float(blue), Float(green), Float(red)) }
}

/// How a surface looks.
struct SceneSurface: Sendable, Hashable {
    var texture: SceneTexture
    /// Millimetres that one tile of the texture covers.
    var tileMillimetres: Double
    var first: SceneColor
    var second: SceneColor
    /// Strength of the fine detail, 0...1.
    var contrast: Double
    /// Where on the tile the surface begins, in texels.
    var offset: SIMD2<Double> = .zero

    var kernel: dk_scene_surface {
        dk_scene_surface(
            texture: texture.rawValue, scale: Float(Double(DK_SCENE_TEXTURE_SIZE) / tileMillimetres),
            offset_u: Float(offset.x), offset_v: Float(offset.y), color_a: first.bgr, color_b: second.bgr,
            contrast: Float(contrast))
    }
}

/// One solid in the scene at one instant. Axes as in `dk_scene`: those of the right camera, x right, y down, z forward.
struct SceneBody: Sendable, Hashable {
    /// The same for as long as the object exists.
    var id: Int
    var label: SceneLabel
    /// Width, height and depth in millimetres, before rotation.
    var size: SIMD3<Double>
    /// Millimetres.
    var center: SIMD3<Double>
    /// Turns about the vertical, then about x, then about z; radians.
    var yaw = 0.0
    var pitch = 0.0
    var roll = 0.0
    var surface: SceneSurface

    /// The nearest and the farthest the object can reach from its centre along any axis.
    var reach: Double {
        switch label {
        case .ball: size.x / 2
        case .box, .cone: (size * size).sum().squareRoot() / 2
        }
    }

    private var rotation: [Float] {
        let (cy, sy, cp, sp, cr, sr) = (cos(yaw), sin(yaw), cos(pitch), sin(pitch), cos(roll), sin(roll))
        // R = Rz(roll) · Rx(pitch) · Ry(yaw)
        return [
            cr * cy - sr * sp * sy, -sr * cp, cr * sy + sr * sp * cy,
            sr * cy + cr * sp * sy, cr * cp, sr * sy - cr * sp * cy,
            -cp * sy, sp, cp * cy,
        ].map { Float($0) }
    }

    /// - Parameter mark: 1...255, what the id picture shows for it.
    func kernel(mark: Int, floorMillimetres: Double) -> dk_scene_object {
        let r = rotation
        return dk_scene_object(
            kind: SceneBody.kind(of: label), id: Int32(mark), center: (Float(center.x), Float(center.y), Float(center.z)),
            rotation: (r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8]),
            half: (Float(size.x / 2), Float(size.y / 2), Float(size.z / 2)), surface: surface.kernel,
            floor_y: Float(floorMillimetres))
    }

    private static func kind(of label: SceneLabel) -> Int32 {
        switch label {
        case .box: Int32(DK_SCENE_BOX)
        case .ball: Int32(DK_SCENE_BALL)
        case .cone: Int32(DK_SCENE_CONE)
        }
    }
}
