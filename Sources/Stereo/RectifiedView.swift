// SPDX-License-Identifier: Apache-2.0
import Core

/// One raw camera and the rotation into the rectified pair.
struct RawCamera {
    let lens: Lens
    /// Raw camera coordinates to rectified ones.
    let rotation: Matrix3
    /// Its inverse.
    let back: Matrix3

    init(_ lens: Lens, _ rotation: Matrix3) {
        self.lens = lens
        self.rotation = rotation
        back = rotation.transposed
    }

    /// The raw pixel that a rectified ray comes from; nil for a ray behind the camera.
    func pixel(ofRectified ray: SIMD2<Double>) -> SIMD2<Double>? {
        let rows = back.rows
        let z = rows[6] * ray.x + rows[7] * ray.y + rows[8]
        guard z > 1e-6 else { return nil }
        return lens.project(
            SIMD2((rows[0] * ray.x + rows[1] * ray.y + rows[2]) / z, (rows[3] * ray.x + rows[4] * ray.y + rows[5]) / z))
    }

    /// The rectified ray of a raw pixel.
    func rectifiedRay(ofPixel pixel: SIMD2<Double>) -> SIMD2<Double> {
        let ray = lens.unproject(pixel)
        let turned = rotation * SIMD3(ray.x, ray.y, 1)
        return SIMD2(turned.x, turned.y) / turned.z
    }
}

/// Chooses the camera that both rectified pictures share.
enum RectifiedView {
    /// The widest view that both raw pictures fill without gaps (OpenCV's alpha = 0), centred on what both see.
    static func widest(left: RawCamera, right: RawCamera, width: Int, height: Int) throws(StereoError) -> CameraModel {
        let middle = SIMD2(Double(width - 1), Double(height - 1)) / 2
        let centre = (left.rectifiedRay(ofPixel: middle) + right.rectifiedRay(ofPixel: middle)) / 2
        func view(_ focal: Double) -> CameraModel {
            CameraModel(
                width: width, height: height, fx: focal, fy: focal, cx: middle.x - focal * centre.x,
                cy: middle.y - focal * centre.y)
        }
        func isFilledByBoth(_ view: CameraModel) -> Bool {
            isFilled(view, by: left) && isFilled(view, by: right)
        }
        let start = (left.lens.model.fy + right.lens.model.fy) / 2
        guard isFilledByBoth(view(2 * start)) else {
            throw .calibration(field: "left and right", reason: "the rectified cameras have almost no common view")
        }
        // Zoom out in steps of 1 % from a view that is surely filled, then settle the last step.
        var (filled, open) = (2 * start, 2 * start)
        while open > start / 2 {
            open *= 0.99
            guard isFilledByBoth(view(open)) else { break }
            filled = open
        }
        for _ in 0..<24 {
            let between = (filled + open) / 2
            if isFilledByBoth(view(between)) { filled = between } else { open = between }
        }
        return view(filled)
    }

    /// Whether every point of the view's border, every eighth pixel looked at, lies inside the raw picture.
    private static func isFilled(_ view: CameraModel, by camera: RawCamera) -> Bool {
        let (right, bottom) = (Double(view.width - 1), Double(view.height - 1))
        func isInside(_ x: Double, _ y: Double) -> Bool {
            let ray = SIMD2((x - view.cx) / view.fx, (y - view.cy) / view.fy)
            guard let pixel = camera.pixel(ofRectified: ray) else { return false }
            return (0...right).contains(pixel.x) && (0...bottom).contains(pixel.y)
        }
        let columns = stride(from: 0, through: right, by: 8), rows = stride(from: 0, through: bottom, by: 8)
        return columns.allSatisfy { isInside($0, 0) && isInside($0, bottom) }
            && rows.allSatisfy { isInside(0, $0) && isInside(right, $0) } && isInside(right, bottom)
    }
}
