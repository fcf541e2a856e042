// SPDX-License-Identifier: Apache-2.0

/// SplitMix64: small, fast and the same everywhere, so that a seed always means the same scene.
struct SceneRandom {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// A stream of its own for every combination of `parts`.
    init(_ parts: UInt64...) {
        state = 0
        for part in parts {
            state ^= part
            state = next()
        }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Evenly distributed in `range`.
    mutating func real(_ range: ClosedRange<Double>) -> Double {
        let unit = Double(next() >> 11) / 9_007_199_254_740_992
        return range.lowerBound + (range.upperBound - range.lowerBound) * unit
    }

    /// Evenly distributed whole number.
    mutating func whole(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    /// True in `probability` of all cases.
    mutating func chance(_ probability: Double) -> Bool {
        real(0...1) < probability
    }

    /// One of `choices`, which must not be empty.
    mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[whole(0...choices.count - 1)]
    }
}
