// SPDX-License-Identifier: Apache-2.0
import Core

/// Which rows of the sensor a picture with fewer rows shows.
public enum RowCrop: Sendable, Hashable {
    /// The first ones: gen1 devices make 1280×720 of 1280×800 so.
    case top
    /// The middle ones (gen1's `stereo_center_crop`).
    case center
}

extension CameraModel {
    /// This camera as it makes frames of another size: scaled when the shape is the same, scaled and cropped when the frame
    /// has at least three quarters of the rows. Anything else is refused.
    func adapted(width: Int, height: Int, crop: RowCrop) throws(StereoError) -> CameraModel {
        guard self.width > 0, self.height > 0 else {
            throw .calibration(field: "size", reason: "\(self.width)x\(self.height) is not a picture size")
        }
        let rows = Double(self.height) * Double(width) / Double(self.width)
        if abs(rows - Double(height)) < 1 { return scaled(width: width, height: height) }
        let fullHeight = Int(rows.rounded())
        guard fullHeight > height, height * 4 >= fullHeight * 3 else {
            throw .shape(width: width, height: height, calibratedWidth: self.width, calibratedHeight: self.height)
        }
        var cropped = scaled(width: width, height: fullHeight)
        cropped.height = height
        cropped.cy -= crop == .center ? Double(fullHeight - height) / 2 : 0
        return cropped
    }
}
