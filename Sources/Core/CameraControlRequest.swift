// SPDX-License-Identifier: Apache-2.0

/// What somebody wants of a lens: how it exposes, colours and focuses, in units that are the same for every camera. A nil
/// field is left as it is.
public struct CameraControlRequest: Sendable, Hashable {
    /// Microseconds; in force while the camera does not choose by itself.
    public var exposureMicroseconds: Int?
    /// Film speed, 100...5000; in force while the camera does not choose by itself.
    public var iso: Int?
    public var autoExposure: Bool?
    /// Thirds of a stop the camera shall choose brighter, -9...9.
    public var exposureCompensation: Int?
    /// Scales of -10...10 around the camera's own value.
    public var brightness: Int?
    public var contrast: Int?
    public var saturation: Int?
    public var sharpness: Int?
    public var whiteBalance: WhiteBalance?
    /// Kelvin; in force while `whiteBalance` is `.off`.
    public var kelvin: Int?
    public var focusMode: FocusMode?
    /// 0 (far) ... 1 (near); in force while `focusMode` is `.off`.
    public var lensPosition: Double?

    public init() {}

    /// This request with the fields of a later one in the place of its own.
    public func merged(with later: CameraControlRequest) -> CameraControlRequest {
        var merged = self
        merged.exposureMicroseconds = later.exposureMicroseconds ?? exposureMicroseconds
        merged.iso = later.iso ?? iso
        merged.autoExposure = later.autoExposure ?? autoExposure
        merged.exposureCompensation = later.exposureCompensation ?? exposureCompensation
        merged.brightness = later.brightness ?? brightness
        merged.contrast = later.contrast ?? contrast
        merged.saturation = later.saturation ?? saturation
        merged.sharpness = later.sharpness ?? sharpness
        merged.whiteBalance = later.whiteBalance ?? whiteBalance
        merged.kelvin = later.kelvin ?? kelvin
        merged.focusMode = later.focusMode ?? focusMode
        merged.lensPosition = later.lensPosition ?? lensPosition
        return merged
    }

    /// Whether nothing is wanted.
    public var isEmpty: Bool { self == CameraControlRequest() }
}

/// Who chooses the colour of white, by the names of the camera hub and of Android's cameras.
public enum WhiteBalance: String, Sendable, Hashable, CaseIterable {
    case automatic = "AUTO"
    case cloudyDaylight = "CLOUDY_DAYLIGHT"
    case daylight = "DAYLIGHT"
    case fluorescent = "FLUORESCENT"
    case incandescent = "INCANDESCENT"
    /// `CameraControlRequest.kelvin` does.
    case off = "OFF"
    case shade = "SHADE"
    case twilight = "TWILIGHT"
    case warmFluorescent = "WARM_FLUORESCENT"

    /// The usual temperature of that light in kelvin; nil where it is not the name that decides.
    public var kelvin: Int? {
        switch self {
        case .automatic, .off: nil
        case .incandescent: 2800
        case .warmFluorescent: 3000
        case .fluorescent: 4200
        case .daylight: 5500
        case .cloudyDaylight: 6500
        case .shade: 7500
        case .twilight: 12_000
        }
    }
}

/// Who moves the lens, by the names of the camera hub and of gen1 (`AF_MODE_…`).
public enum FocusMode: String, Sendable, Hashable, CaseIterable {
    /// `CameraControlRequest.lensPosition` does.
    case off = "OFF"
    case auto = "AUTO"
    case macro = "MACRO"
    case continuousVideo = "CONTINUOUS_VIDEO"
    case continuousPicture = "CONTINUOUS_PICTURE"
    case edof = "EDOF"
}
