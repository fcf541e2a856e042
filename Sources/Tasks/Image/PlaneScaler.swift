// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Changes the size of a plane of numbers by convolution along rows and columns. When a picture shrinks the kernel grows
/// with it, so that nothing between the samples is lost (as in Pillow's `resize`).
package struct PlaneScaler: Sendable {
    package enum Kernel: Sendable {
        /// A triangle.
        case bilinear
        /// Keys' cubic with a = −1∕2.
        case bicubic
        /// sinc windowed by its middle lobe, of three lobes.
        case lanczos

        var support: Double {
            switch self {
            case .bilinear: 1
            case .bicubic: 2
            case .lanczos: 3
            }
        }

        func weight(_ distance: Double) -> Double {
            let x = abs(distance)
            switch self {
            case .bilinear: return max(0, 1 - x)
            case .bicubic:
                if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
                return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0
            case .lanczos: return x < 3 ? Self.sinc(x) * Self.sinc(x / 3) : 0
            }
        }

        private static func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(.pi * x) / (.pi * x) }
    }

    package var kernel: Kernel

    package init(_ kernel: Kernel) {
        self.kernel = kernel
    }

    /// - Parameter plane: `width` × `height` numbers, row by row.
    package func scale(_ plane: [Float], width: Int, height: Int, toWidth: Int, toHeight: Int) -> [Float] {
        let (columns, rows) = (weights(width, toWidth), weights(height, toHeight))
        var narrow = [Float](repeating: 0, count: toWidth * height)
        for y in 0..<height {
            for (x, column) in columns.enumerated() {
                var sum: Float = 0
                for (index, weight) in column.weights.enumerated() { sum += weight * plane[y * width + column.first + index] }
                narrow[y * toWidth + x] = sum
            }
        }
        var result = [Float](repeating: 0, count: toWidth * toHeight)
        for (y, row) in rows.enumerated() {
            for (index, weight) in row.weights.enumerated() {
                let line = (row.first + index) * toWidth
                for x in 0..<toWidth { result[y * toWidth + x] += weight * narrow[line + x] }
            }
        }
        return result
    }

    /// For each new sample the old ones it is made of.
    private func weights(_ from: Int, _ to: Int) -> [(first: Int, weights: [Float])] {
        let ratio = Double(from) / Double(to)
        let stretch = max(1, ratio)
        return (0..<to).map { index in
            let centre = (Double(index) + 0.5) * ratio
            let first = max(0, Int((centre - kernel.support * stretch + 0.5).rounded(.down)))
            let last = max(first + 1, min(from, Int((centre + kernel.support * stretch + 0.5).rounded(.down))))
            let start = min(first, from - 1)
            let raw = (start..<min(last, from)).map { kernel.weight((Double($0) + 0.5 - centre) / stretch) }
            let sum = raw.reduce(0, +)
            return (start, sum == 0 ? [1] : raw.map { Float($0 / sum) })
        }
    }
}
