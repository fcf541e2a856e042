// SPDX-License-Identifier: Apache-2.0

/// What is in force at a lens. What the camera cannot be told has its first value.
public struct CameraControlState: Sendable, Hashable {
    /// Microseconds.
    public var exposureMicroseconds = 1
    public var iso = 850
    public var autoExposure = true
    /// Thirds of a stop, -9...9.
    public var exposureCompensation = 0
    /// -10...10 around the camera's own value.
    public var brightness = 0
    public var contrast = 0
    public var saturation = 0
    public var sharpness = 0
    public var whiteBalance = WhiteBalance.automatic
    public var kelvin = 6500
    /// nil for a lens that stands still.
    public var focus: Focus?

    public struct Focus: Sendable, Hashable {
        public var mode: FocusMode
        /// 0 (far) ... 1 (near).
        public var position: Double

        public init(mode: FocusMode, position: Double) {
            (self.mode, self.position) = (mode, position)
        }
    }

    public init() {}

    /// A lens without controls, or one that has had no request yet.
    public static let first = CameraControlState()
}
