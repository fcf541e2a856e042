// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// The picture of a sound that networks of the VGGish line look at (Hershey et al. 2017): 16 kHz, windows of 25 ms every
/// 10 ms, magnitudes in 64 bands of the mel scale from 125 to 7500 Hz, logarithm of the band plus 0.01.
package struct LogMel: Sendable {
    package static let rate = 16_000
    package static let bands = 64
    /// Rows of one look: 0.96 s.
    package static let rowsPerLook = 96

    private static let (window, hop, transform) = (400, 160, 512)
    private static let (lowest, highest) = (125.0, 7500.0)

    /// The periodic Hann window.
    private let taper: [Float]
    /// For each band the first frequency it listens to, and the weights.
    private let filters: [(first: Int, weights: [Float])]
    private let fourier: FourierTransform

    package init() {
        fourier = FourierTransform(count: Self.transform)
        taper = (0..<Self.window).map { Float(0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(Self.window))) }
        filters = Self.makeFilters()
    }

    /// HTK's mel scale.
    private static func mel(_ hertz: Double) -> Double { 1127 * log(1 + hertz / 700) }

    /// Triangles on the mel scale, each from its lower neighbour's centre to its upper one's. The constant part of the
    /// signal is left out.
    private static func makeFilters() -> [(first: Int, weights: [Float])] {
        let (low, high) = (mel(lowest), mel(highest))
        let edges = (0...bands + 1).map { low + (high - low) * Double($0) / Double(bands + 1) }
        return (0..<bands).map { band in
            let weights = (1...transform / 2).map { bin -> Float in
                let place = mel(Double(bin) * Double(rate) / Double(transform))
                let rising = (place - edges[band]) / (edges[band + 1] - edges[band])
                let falling = (edges[band + 2] - place) / (edges[band + 2] - edges[band + 1])
                return Float(max(0, min(rising, falling)))
            }
            let first = weights.firstIndex { $0 > 0 } ?? 0
            let last = weights.lastIndex { $0 > 0 } ?? first
            return (first + 1, Array(weights[first...last]))
        }
    }

    /// Rows of 64 bands, one for each 10 ms that has a whole window behind it.
    /// - Parameter samples: at 16 kHz, -1...1.
    package func rows(_ samples: [Float]) -> [[Float]] {
        guard samples.count >= Self.window else { return [] }
        return stride(from: 0, through: samples.count - Self.window, by: Self.hop).map { start in
            let windowed = (0..<Self.window).map { samples[start + $0] * taper[$0] }
            let magnitudes = fourier.magnitudes(windowed)
            return filters.map { filter in
                var sum: Float = 0
                for (index, weight) in filter.weights.enumerated() { sum += weight * magnitudes[filter.first + index] }
                return log(sum + 0.01)
            }
        }
    }

    /// Looks of 96 rows each, one after the other; what is left at the end is too short for one. A sound shorter than one
    /// look is filled up with silence.
    package static func looks(_ rows: [[Float]]) -> [[Float]] {
        var rows = rows
        let silence = [Float](repeating: log(0.01), count: bands)
        while rows.count < rowsPerLook { rows.append(silence) }
        return stride(from: 0, through: rows.count - rowsPerLook, by: rowsPerLook).map { start in
            rows[start..<start + rowsPerLook].flatMap(\.self)
        }
    }
}
