// SPDX-License-Identifier: Apache-2.0
import Core

/// Where a followed object is in space and how it moves, smoothed over frames. A measurement far from what the motion
/// allows (the background seen through the object for one frame) is passed over; when it persists the filter believes it.
struct PositionMotion: Sendable {
    private var x: KalmanFilter
    private var y: KalmanFilter
    private var z: KalmanFilter
    private var secondsUnmeasured: Float = 0
    private var outliers = 0

    /// Walking pace and its changes, in mm/s and mm/s^1.5: what moves in front of an appliance.
    private static let speed: Float = 1500
    private static let acceleration: Float = 800
    /// A distance is never trusted to better than 5 mm + 1 % (calibration error does not average away).
    private static let floorMillimetres: Float = 5
    private static let floorFraction: Float = 0.01
    private static let outlierSurprise: Float = 4
    private static let outlierPatience = 2
    /// How long a position is still given from motion alone while the object is seen without depth.
    private static let holdSeconds: Float = 0.5

    init(_ measured: PositionMillimetres, evidence: RangeEvidence?) {
        let deviation = PositionMotion.deviation(measured, evidence)
        x = KalmanFilter(value: measured.x, deviation: deviation, speedDeviation: PositionMotion.speed)
        y = KalmanFilter(value: measured.y, deviation: deviation, speedDeviation: PositionMotion.speed)
        z = KalmanFilter(value: measured.z, deviation: deviation, speedDeviation: PositionMotion.speed)
    }

    /// The smoothed position, or nil when it rests on nothing recent.
    var position: PositionMillimetres? {
        guard secondsUnmeasured <= PositionMotion.holdSeconds, z.value > 0 else { return nil }
        return PositionMillimetres(x: x.value, y: y.value, z: z.value)
    }

    mutating func predict(seconds: Float) {
        guard seconds > 0 else { return }
        secondsUnmeasured += seconds
        x.predict(seconds: seconds, acceleration: PositionMotion.acceleration)
        y.predict(seconds: seconds, acceleration: PositionMotion.acceleration)
        z.predict(seconds: seconds, acceleration: PositionMotion.acceleration)
    }

    /// Takes in a measurement; false when it was passed over as an outlier.
    mutating func correct(_ measured: PositionMillimetres, evidence: RangeEvidence?) -> Bool {
        let deviation = PositionMotion.deviation(measured, evidence)
        if z.surprise(measured.z, deviation: deviation) > PositionMotion.outlierSurprise {
            outliers += 1
            guard outliers > PositionMotion.outlierPatience else { return false }
            self = PositionMotion(measured, evidence: evidence)
            return true
        }
        outliers = 0
        secondsUnmeasured = 0
        x.correct(measured.x, deviation: deviation)
        y.correct(measured.y, deviation: deviation)
        z.correct(measured.z, deviation: deviation)
        return true
    }

    private static func deviation(_ measured: PositionMillimetres, _ evidence: RangeEvidence?) -> Float {
        let floor = floorMillimetres + floorFraction * abs(measured.z)
        guard let error = evidence?.standardErrorMillimetres, error.isFinite else { return floor }
        return max(floor, error)
    }
}
