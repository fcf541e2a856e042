// SPDX-License-Identifier: Apache-2.0
internal import Foundation

extension Array<Float> {
    /// exp(x) over the sum of them all.
    var softmax: [Float] {
        let top = self.max() ?? 0
        let powers = map { exp($0 - top) }
        let sum = powers.reduce(0, +)
        return sum > 0 ? powers.map { $0 / sum } : powers
    }
}
