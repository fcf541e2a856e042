// SPDX-License-Identifier: Apache-2.0
internal import Core

/// A box in whole pixels of the upright picture. Fractions are cut off, as the original does; clients hold integers.
struct PixelBox: Hashable {
    var xMin: Int
    var yMin: Int
    var xMax: Int
    var yMax: Int

    init(_ box: NormalizedBox, in header: FrameHeader) {
        let box = box.clamped
        let (width, height) = (Float(header.width), Float(header.height))
        (xMin, yMin) = (Int(box.xMin * width), Int(box.yMin * height))
        (xMax, yMax) = (Int(box.xMax * width), Int(box.yMax * height))
    }

    /// The four keys, in the original's order.
    func append(to object: inout JSONObject) {
        object["x_min"] = .int(xMin)
        object["y_min"] = .int(yMin)
        object["x_max"] = .int(xMax)
        object["y_max"] = .int(yMax)
    }
}
