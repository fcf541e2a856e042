// SPDX-License-Identifier: Apache-2.0
import CKernels
import Core

/// For each rectified pixel, where its value comes from in the raw picture: a corner and weights in 1/256 pixel.
struct RemapTable: Sendable {
    private let width: Int
    private let corners: [UInt32]
    private let weights: [UInt16]
    /// Largest distance between a rectified pixel and its source, in pixels.
    let largestShift: Double

    /// Pixels that come from beyond the raw picture get its nearest edge pixel.
    init(view: CameraModel, camera: RawCamera) {
        let (width, height) = (view.width, view.height)
        let right = Double(width - 1), bottom = Double(height - 1)
        var corners = [UInt32](), weights = [UInt16]()
        corners.reserveCapacity(width * height)
        weights.reserveCapacity(width * height)
        var largestShift = 0.0
        for row in 0..<height {
            let y = (Double(row) - view.cy) / view.fy
            for column in 0..<width {
                let x = (Double(column) - view.cx) / view.fx
                let here = SIMD2(Double(column), Double(row))
                let source = camera.pixel(ofRectified: SIMD2(x, y)) ?? here
                let shift = source - here
                largestShift = max(largestShift, abs(shift.x), abs(shift.y))
                let (cornerX, weightX) = RemapTable.split(source.x, last: right)
                let (cornerY, weightY) = RemapTable.split(source.y, last: bottom)
                corners.append(UInt32(cornerY * width + cornerX))
                weights.append(UInt16(weightY << 8 | weightX))
            }
        }
        self.width = width
        self.corners = corners
        self.weights = weights
        self.largestShift = largestShift
    }

    /// Splits a coordinate, kept inside 0...`last`, into a corner below `last` and a weight in 1/256.
    private static func split(_ coordinate: Double, last: Double) -> (corner: Int, weight: Int) {
        let inside = coordinate > 0 ? min(coordinate, last) : 0
        let fixed = Int((inside * 256).rounded())
        let corner = min(fixed >> 8, Int(last) - 1)
        return (corner, min(fixed - (corner << 8), 255))
    }

    /// - Precondition: both buffers hold pictures of the table's size.
    func apply(_ source: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) {
        precondition(source.count >= corners.count && target.count >= corners.count)
        corners.withUnsafeBufferPointer { corners in
            weights.withUnsafeBufferPointer { weights in
                dk_stereo_remap(
                    KernelBuild.best.kernel, source.baseAddress?.assumingMemoryBound(to: UInt8.self), width, corners.baseAddress,
                    weights.baseAddress,
                    corners.count, target.baseAddress?.assumingMemoryBound(to: UInt8.self))
            }
        }
    }
}
