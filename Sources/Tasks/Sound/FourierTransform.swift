// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// The discrete Fourier transform of a power of two of numbers (Cooley and Tukey, radix 2, in place).
struct FourierTransform {
    let count: Int
    private let cosines: [Float]
    private let sines: [Float]
    private let order: [Int]

    /// - Parameter count: a power of two.
    init(count: Int) {
        precondition(count > 1 && count & (count - 1) == 0)
        self.count = count
        cosines = (0..<count / 2).map { Float(cos(2 * .pi * Double($0) / Double(count))) }
        sines = (0..<count / 2).map { Float(-sin(2 * .pi * Double($0) / Double(count))) }
        let bits = count.trailingZeroBitCount
        order = (0..<count).map { index in (0..<bits).reduce(0) { $0 << 1 | index >> $1 & 1 } }
    }

    /// The magnitudes of the first `count`∕2 + 1 frequencies of real numbers.
    func magnitudes(_ signal: [Float]) -> [Float] {
        var real = order.map { $0 < signal.count ? signal[$0] : 0 }
        var imaginary = [Float](repeating: 0, count: count)
        var half = 1
        while half < count {
            let stride = count / (2 * half)
            for start in Swift.stride(from: 0, to: count, by: 2 * half) {
                for index in 0..<half {
                    let (c, s) = (cosines[index * stride], sines[index * stride])
                    let (low, high) = (start + index, start + index + half)
                    let turned = (real[high] * c - imaginary[high] * s, real[high] * s + imaginary[high] * c)
                    (real[high], imaginary[high]) = (real[low] - turned.0, imaginary[low] - turned.1)
                    real[low] += turned.0
                    imaginary[low] += turned.1
                }
            }
            half *= 2
        }
        return (0...count / 2).map { (real[$0] * real[$0] + imaginary[$0] * imaginary[$0]).squareRoot() }
    }
}
