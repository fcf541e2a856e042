// SPDX-License-Identifier: Apache-2.0
import Core

/// Where a followed box is and how it moves: centre and size, each a `KalmanFilter` whose noise is in proportion to the
/// size of the box, so that near and far objects, and pictures of any shape, are treated alike.
struct BoxMotion: Sendable {
    private var x: KalmanFilter
    private var y: KalmanFilter
    private var width: KalmanFilter
    private var height: KalmanFilter

    /// Noise as fractions of the box's width (for x and width) or height (for y and height).
    enum Noise {
        /// Standard deviation of a detector's edge jitter.
        static let measurement: Float = 0.06
        /// Speed an object may have when it is first seen, per second.
        static let speed: Float = 1.5
        /// Acceleration density of the centre, per s^1.5.
        static let acceleration: Float = 1
        /// Growth speed at first sight, and its acceleration density.
        static let growth: Float = 1
        static let growthAcceleration: Float = 0.6
        /// How much less a detection with a low score is believed.
        static let weakScale: Float = 2
    }

    /// Boxes smaller than this fraction of the picture are treated as this large.
    private static let smallest: Float = 1e-4

    init(_ box: NormalizedBox) {
        let (w, h) = (max(box.width, BoxMotion.smallest), max(box.height, BoxMotion.smallest))
        x = KalmanFilter(value: box.centerX, deviation: Noise.measurement * w, speedDeviation: Noise.speed * w)
        y = KalmanFilter(value: box.centerY, deviation: Noise.measurement * h, speedDeviation: Noise.speed * h)
        width = KalmanFilter(value: w, deviation: Noise.measurement * w, speedDeviation: Noise.growth * w)
        height = KalmanFilter(value: h, deviation: Noise.measurement * h, speedDeviation: Noise.growth * h)
    }

    /// Where the box is believed to be; it may reach over the picture's edge.
    var box: NormalizedBox {
        let w = max(width.value, BoxMotion.smallest) / 2
        let h = max(height.value, BoxMotion.smallest) / 2
        return NormalizedBox(xMin: x.value - w, yMin: y.value - h, xMax: x.value + w, yMax: y.value + h)
    }

    mutating func predict(seconds: Float) {
        guard seconds > 0 else { return }
        let (w, h) = (max(width.value, BoxMotion.smallest), max(height.value, BoxMotion.smallest))
        x.predict(seconds: seconds, acceleration: Noise.acceleration * w)
        y.predict(seconds: seconds, acceleration: Noise.acceleration * h)
        width.predict(seconds: seconds, acceleration: Noise.growthAcceleration * w)
        height.predict(seconds: seconds, acceleration: Noise.growthAcceleration * h)
    }

    /// Takes in a matched box; one with a low score is believed less.
    mutating func correct(_ measured: NormalizedBox, confident: Bool) {
        let scale: Float = confident ? Noise.measurement : Noise.measurement * Noise.weakScale
        let (w, h) = (max(measured.width, BoxMotion.smallest), max(measured.height, BoxMotion.smallest))
        x.correct(measured.centerX, deviation: scale * w)
        y.correct(measured.centerY, deviation: scale * h)
        width.correct(w, deviation: scale * w)
        height.correct(h, deviation: scale * h)
    }

    /// While nobody sees the object its growth is not carried on.
    mutating func freezeSize() {
        width.damp(keep: 0)
        height.damp(keep: 0)
    }
}
