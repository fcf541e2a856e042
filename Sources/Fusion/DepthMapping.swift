// SPDX-License-Identifier: Apache-2.0
import Core

/// How a box of the network's picture lies on the depth picture.
public enum DepthMapping: Sendable, Hashable {
    /// The network looked at the rectified right picture, which the depth picture is aligned to.
    case sameView
    /// The network looked at the colour picture; a fixed scale and offset, without parallax, as gen1.
    case gen1(NetworkToDepth)
    /// The network looked at the colour picture of a calibrated camera: exact, parallax included.
    case colorCamera(ColorView)
}

/// gen1's `nn_to_depth`: depth pixel = offset + fraction · size.
public struct NetworkToDepth: Sendable, Hashable {
    /// Where the network's picture begins on the depth picture, in pixels.
    public var offsetX: Int
    public var offsetY: Int
    /// How much of the depth picture the network's picture covers, in pixels.
    public var width: Int
    public var height: Int

    public init(offsetX: Int, offsetY: Int, width: Int, height: Int) {
        self.offsetX = offsetX
        self.offsetY = offsetY
        self.width = width
        self.height = height
    }

    /// The mapping from the fields of view. The colour picture's width on the grey one is
    /// W · tan(rgb/2) / tan(mono/2), its height follows from the colour picture's shape; both optical axes meet at
    /// half the *sensor's* height, as gen1's 720 rows are cropped from the top of 800.
    /// - Parameters:
    ///   - colorFieldOfViewDegrees: gen1's `rgb_fov_deg`, horizontal, 1...179.
    ///   - monoFieldOfViewDegrees: gen1's `left_fov_deg`, horizontal, 1...179.
    ///   - depthWidth: of the depth picture, 1...16384 pixels.
    ///   - sensorHeight: rows of the whole grey sensor at that width (800 for 1280), 1...16384.
    ///   - colorAspect: width over height of the colour picture, 0.1...10.
    ///   - keepAspect: whether the network saw a square out of the middle of the colour picture, or all of it squeezed.
    /// - Throws: `FusionError.outOfRange` naming the parameter.
    public static func derived(
        colorFieldOfViewDegrees: Double, monoFieldOfViewDegrees: Double, depthWidth: Int = 1280, sensorHeight: Int = 800,
        colorAspect: Double = 16.0 / 9, keepAspect: Bool
    ) throws(FusionError) -> NetworkToDepth {
        try FusionError.check(colorFieldOfViewDegrees, in: 1...179, "colorFieldOfViewDegrees")
        try FusionError.check(monoFieldOfViewDegrees, in: 1...179, "monoFieldOfViewDegrees")
        try FusionError.check(depthWidth, in: 1...16_384, "depthWidth")
        try FusionError.check(sensorHeight, in: 1...16_384, "sensorHeight")
        try FusionError.check(colorAspect, in: 0.1...10, "colorAspect")
        let ratio = halfAngleTangent(colorFieldOfViewDegrees) / halfAngleTangent(monoFieldOfViewDegrees)
        let fullWidth = Double(depthWidth) * ratio
        let height = Int((fullWidth / colorAspect).rounded(.up))
        let width = keepAspect ? height : Int(fullWidth)
        // An odd rest goes the way gen1's published numbers have it: integer division, except that the vertical half
        // pixel stays above (400 - 681/2 = 59.5 -> 59).
        return NetworkToDepth(
            offsetX: (depthWidth - width) / 2,
            offsetY: Int((Double(sensorHeight) / 2 - Double(height) / 2).rounded(.down)), width: width, height: height)
    }
}
