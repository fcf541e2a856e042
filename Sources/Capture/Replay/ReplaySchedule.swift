// SPDX-License-Identifier: Apache-2.0

/// When each exposure of a recording is due, loop after loop.
struct ReplaySchedule: Sendable, Hashable {
    /// Nanoseconds after the first exposure; nil for equal steps.
    private let times: [Int64]?
    private let exposures: Int
    private let framesPerSecondSet: Double

    /// - Precondition: `exposures` > 0, and as many `times` where they are given.
    init(times: [Int64]?, exposures: Int, framesPerSecond: Double) {
        precondition(exposures > 0 && times.map { $0.count == exposures } ?? true)
        self.times = times
        self.exposures = exposures
        framesPerSecondSet = framesPerSecond
    }

    /// The mean rate.
    var framesPerSecond: Double {
        guard let last = times?.last, last > 0 else { return framesPerSecondSet }
        return Double(exposures - 1) * 1e9 / Double(last)
    }

    /// Nanoseconds from the first exposure to exposure `sequence`, which counts on over the end. The step from the last
    /// exposure back to the first is the mean step.
    func offset(of sequence: Int) -> Int64 {
        guard let times, let last = times.last else { return Int64(Double(sequence) * 1e9 / framesPerSecondSet) }
        let round = last + Int64(1e9 / framesPerSecond)
        return Int64(sequence / exposures) * round + times[sequence % exposures]
    }
}
