// SPDX-License-Identifier: Apache-2.0
import Core

/// Depth pictures made of numbers, for tests.
enum DepthScene {
    static let model = CameraModel(width: 640, height: 400, fx: 441, fy: 441, cx: 319.5, cy: 199.5)

    /// A depth picture whose pixel at (x, y) is what `depth` says.
    static func frame(width: Int = 640, height: Int = 400, format: PixelFormat = .depth16, depth: (Int, Int) -> UInt16) -> Frame {
        let header = FrameHeader(
            camera: CameraID("test")!, instance: .right, sequence: 0, captured: Timestamp(nanoseconds: 0), width: width,
            height: height, format: format)
        let draft = FramePool.standalone(header)
        if format == .depth16 {
            draft.withUnsafeMutableUInt16 { pixels in
                for y in 0..<height { for x in 0..<width { pixels[y * width + x] = depth(x, y) } }
            }
        }
        return draft.seal()
    }

    static func detection(_ xMin: Float, _ yMin: Float, _ xMax: Float, _ yMax: Float, confidence: Float = 0.9, label: Int = 0)
        -> Detection
    {
        Detection(label: label, confidence: confidence, box: NormalizedBox(xMin: xMin, yMin: yMin, xMax: xMax, yMax: yMax))
    }
}
