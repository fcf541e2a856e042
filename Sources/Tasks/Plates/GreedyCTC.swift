// SPDX-License-Identifier: Apache-2.0

/// Reads the text out of a network trained with connectionist temporal classification (Graves et al. 2006): the best
/// class of each step, repetitions and blanks left out.
package struct GreedyCTC: Sendable {
    /// The characters by class; the blank's entry is never written.
    package var alphabet: [String]
    package var blank: Int

    package init(alphabet: [String], blank: Int) {
        self.alphabet = alphabet
        self.blank = blank
    }

    /// - Parameters:
    ///   - shape: [1, classes, steps] or [1, steps, classes]; dimensions of 1 may be left out.
    ///   - values: logits or probabilities.
    /// - Returns: the text, and the mean probability of its characters (0 without any); nil when no dimension is the
    ///   alphabet's size.
    package func read(shape: [Int], values: [Float]) -> (text: String, confidence: Float)? {
        let dimensions = shape.filter { $0 != 1 }
        let classes = alphabet.count
        guard dimensions.count == 2, dimensions.contains(classes), dimensions[0] * dimensions[1] == values.count else {
            return nil
        }
        let isClassFirst = dimensions[0] == classes
        let steps = isClassFirst ? dimensions[1] : dimensions[0]
        var (text, sum, count, previous) = ("", Float(0), 0, blank)
        for step in 0..<steps {
            let column = (0..<classes).map { values[isClassFirst ? $0 * steps + step : step * classes + $0] }.probabilities
            guard let best = column.indices.max(by: { column[$0] < column[$1] }) else { continue }
            if best != blank, best != previous {
                text += alphabet[best]
                sum += column[best]
                count += 1
            }
            previous = best
        }
        return (text, count == 0 ? 0 : sum / Float(count))
    }
}
