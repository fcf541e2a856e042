// SPDX-License-Identifier: Apache-2.0

/// The depth pixels of one region, and what can be said about them. Its buffers are kept from box to box.
struct DepthSamples {
    private var values: [UInt16] = []
    private(set) var count = 0
    private var coarse = [Int](repeating: 0, count: 256)
    private var fine = [Int](repeating: 0, count: 256)

    /// Empties the samples and lends room for `capacity` of them; `body` returns how many it wrote.
    mutating func fill(capacity: Int, _ body: (UnsafeMutableBufferPointer<UInt16>) -> Int) {
        if values.count < capacity { values = Array(repeating: 0, count: capacity) }
        count = values.withUnsafeMutableBufferPointer { body($0) }
    }

    /// The distance by `statistic`, in millimetres; nil without samples.
    mutating func distance(_ statistic: DepthStatistic) -> Double? {
        guard count > 0 else { return nil }
        switch statistic {
        case .median: return Double(ranked(count / 2))
        case .minimum: return Double(ranked(0))
        case .maximum: return Double(ranked(count - 1))
        case .mean: return mean { _ in true }
        case .mode: return mode()
        }
    }

    /// Standard deviation of the samples, millimetres: the interquartile range / 1.349, which is the same for normal noise
    /// and is not blown up by a corner of background.
    mutating func spread() -> Double {
        guard count > 0 else { return 0 }
        return (Double(ranked((3 * count) / 4)) - Double(ranked(count / 4))) / 1.349
    }

    /// The value of rank `rank` (0 = least): two passes of counting by high and low byte.
    private mutating func ranked(_ rank: Int) -> UInt16 {
        for index in 0..<256 { (coarse[index], fine[index]) = (0, 0) }
        for index in 0..<count { coarse[Int(values[index] >> 8)] += 1 }
        let (high, rest) = DepthSamples.bin(of: rank, in: coarse)
        for index in 0..<count where Int(values[index] >> 8) == high { fine[Int(values[index] & 0xFF)] += 1 }
        return UInt16(high << 8 | DepthSamples.bin(of: rest, in: fine).bin)
    }

    private static func bin(of rank: Int, in histogram: [Int]) -> (bin: Int, rest: Int) {
        var rest = rank
        for (bin, size) in histogram.enumerated() {
            if rest < size { return (bin, rest) }
            rest -= size
        }
        return (histogram.count - 1, 0)
    }

    private func mean(where belongs: (UInt16) -> Bool) -> Double {
        var (sum, number) = (0, 0)
        for index in 0..<count where belongs(values[index]) {
            sum += Int(values[index])
            number += 1
        }
        return Double(sum) / Double(max(1, number))
    }

    private mutating func mode() -> Double {
        // 16 octaves of 16 bins in `coarse` would be too few for 1/32 octave, so the two histograms are used as one.
        for index in 0..<256 { (coarse[index], fine[index]) = (0, 0) }
        for index in 0..<count {
            let bin = DepthSamples.logarithmicBin(values[index])
            if bin < 256 { coarse[bin] += 1 } else { fine[bin - 256] += 1 }
        }
        var (fullest, most) = (0, 0)
        for bin in 0..<512 {
            let size = bin < 256 ? coarse[bin] : fine[bin - 256]
            if size > most { (fullest, most) = (bin, size) }
        }
        return mean { DepthSamples.logarithmicBin($0) == fullest }
    }

    /// 32 bins to an octave: the position of the highest bit and the five bits below it.
    private static func logarithmicBin(_ value: UInt16) -> Int {
        guard value > 0 else { return 0 }
        let exponent = 15 - value.leadingZeroBitCount
        let below = exponent >= 5 ? Int(value >> UInt16(exponent - 5)) & 31 : (Int(value) << (5 - exponent)) & 31
        return exponent * 32 + below
    }
}
