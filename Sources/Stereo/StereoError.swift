// SPDX-License-Identifier: Apache-2.0
public import Core

/// Why the stereo target refuses its input. Every case names what is wrong and what would be right.
public enum StereoError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A setting outside its documented values.
    case setting(name: String, value: Int, allowed: String)
    /// An unsupported picture size.
    case pictureSize(width: Int, height: Int, allowed: String)
    /// A picture of another format than the one wanted.
    case format(picture: String, expected: PixelFormat, found: PixelFormat)
    /// A picture of another size than the one announced.
    case size(picture: String, expectedWidth: Int, expectedHeight: Int, foundWidth: Int, foundHeight: Int)
    /// An impossible calibration value.
    case calibration(field: String, reason: String)
    /// Frames that neither scaling nor cropping turns the calibrated picture into.
    case shape(width: Int, height: Int, calibratedWidth: Int, calibratedHeight: Int)

    public var description: String {
        switch self {
        case .setting(let name, let value, let allowed):
            "stereo setting \(name) is \(value); use \(allowed)"
        case .pictureSize(let width, let height, let allowed):
            "cannot match pictures of \(width)x\(height); use \(allowed)"
        case .format(let picture, let expected, let found):
            "the \(picture) picture is \(found.rawValue); it must be \(expected.rawValue)"
        case .size(let picture, let expectedWidth, let expectedHeight, let foundWidth, let foundHeight):
            "the \(picture) picture is \(foundWidth)x\(foundHeight); it must be \(expectedWidth)x\(expectedHeight)"
        case .calibration(let field, let reason):
            "calibration \(field): \(reason)"
        case .shape(let width, let height, let calibratedWidth, let calibratedHeight):
            "frames of \(width)x\(height) do not show the calibrated \(calibratedWidth)x\(calibratedHeight); use the same "
                + "shape, or the same width with at least three quarters of the rows"
        }
    }
}
