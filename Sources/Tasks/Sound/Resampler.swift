// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Changes the rate of a sound by convolution with a windowed sinc of 16 zero crossings, cut at the lower of the two rates
/// so that nothing folds back.
package enum Resampler {
    private static let crossings = 16.0

    package static func resample(_ samples: [Float], from: Int, to: Int) -> [Float] {
        guard from != to, !samples.isEmpty, from > 0, to > 0 else { return samples }
        let divisor = greatestCommonDivisor(from, to)
        let (step, phases) = (from / divisor, to / divisor)
        // Without fear of the last hertz: a little below the lower Nyquist frequency.
        let cutoff = min(1, Double(to) / Double(from)) * 0.95
        let reach = Int((crossings / cutoff).rounded(.up))
        let taps = (0..<phases).map { phase in
            kernel(fraction: Double(phase * step % phases) / Double(phases), reach: reach, cutoff: cutoff)
        }
        let count = (samples.count * phases + step - 1) / step
        return samples.withUnsafeBufferPointer { samples in
            (0..<count).map { index in
                let centre = index * step / phases
                let kernel = taps[index % phases]
                var sum: Float = 0
                for (tap, weight) in kernel.enumerated() {
                    let place = centre - reach + 1 + tap
                    if samples.indices.contains(place) { sum += weight * samples[place] }
                }
                return sum
            }
        }
    }

    /// The weights of the samples from `reach` − 1 before to `reach` behind, for a point `fraction` behind the centre one.
    private static func kernel(fraction: Double, reach: Int, cutoff: Double) -> [Float] {
        let raw = (0..<2 * reach).map { tap -> Double in
            let distance = Double(tap - reach + 1) - fraction
            let window = abs(distance) < Double(reach) ? 0.5 + 0.5 * cos(.pi * distance / Double(reach)) : 0
            let x = .pi * cutoff * distance
            return (x == 0 ? 1 : sin(x) / x) * cutoff * window
        }
        let sum = raw.reduce(0, +)
        return raw.map { Float($0 / sum) }
    }

    private static func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }
}
