// SPDX-License-Identifier: Apache-2.0

/// A Kalman filter of one coordinate that moves at a nearly constant speed (white-noise acceleration, Bar-Shalom
/// "Estimation with Applications to Tracking and Navigation" §6.2). Four of them follow a box, three a point in space:
/// the coordinates are taken as independent, so there is no matrix to invert.
struct KalmanFilter: Sendable {
    private(set) var value: Float
    /// Per second.
    private(set) var speed: Float
    private var valueVariance: Float
    private var covariance: Float
    private var speedVariance: Float

    /// Starts at a first measurement, at rest, with the standard deviations of that measurement and of the unknown speed.
    init(value: Float, deviation: Float, speedDeviation: Float) {
        self.value = value
        speed = 0
        valueVariance = deviation * deviation
        covariance = 0
        speedVariance = speedDeviation * speedDeviation
    }

    /// The standard deviation of `value`.
    var deviation: Float { max(0, valueVariance).squareRoot() }

    /// Moves on by `seconds`; `acceleration` is the density of the white noise (units·s^-1.5).
    mutating func predict(seconds: Float, acceleration: Float) {
        let noise = acceleration * acceleration
        value += speed * seconds
        valueVariance += seconds * (2 * covariance + seconds * (speedVariance + noise * seconds / 3))
        covariance += seconds * (speedVariance + noise * seconds / 2)
        speedVariance += noise * seconds
    }

    /// Takes in a measurement with standard deviation `deviation` (> 0).
    mutating func correct(_ measured: Float, deviation: Float) {
        let innovationVariance = valueVariance + deviation * deviation
        guard innovationVariance > 0 else { return }
        let (gain, speedGain) = (valueVariance / innovationVariance, covariance / innovationVariance)
        let innovation = measured - value
        value += gain * innovation
        speed += speedGain * innovation
        speedVariance -= speedGain * covariance
        covariance *= 1 - gain
        valueVariance *= 1 - gain
    }

    /// How far `measured` lies from the prediction, in standard deviations of the difference.
    func surprise(_ measured: Float, deviation: Float) -> Float {
        abs(measured - value) / max(.leastNormalMagnitude, (valueVariance + deviation * deviation).squareRoot())
    }

    /// Forgets part of the speed: `keep` 0...1 remains.
    mutating func damp(keep: Float) {
        speed *= keep
    }
}
