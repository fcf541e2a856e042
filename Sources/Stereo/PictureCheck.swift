// SPDX-License-Identifier: Apache-2.0
import Core

extension FrameHeader {
    /// Throws unless this is a picture of that format and size; `name` says which one in the error.
    func expect(_ name: String, _ format: PixelFormat, width: Int, height: Int) throws(StereoError) {
        guard self.format == format else { throw .format(picture: name, expected: format, found: self.format) }
        guard self.width == width, self.height == height else {
            throw .size(
                picture: name, expectedWidth: width, expectedHeight: height, foundWidth: self.width, foundHeight: self.height)
        }
    }
}
