// SPDX-License-Identifier: Apache-2.0

/// Greedy decoding of text: of each time step the most likely class, repetitions and blanks (the last class) left out.
///
/// Operands: probabilities [times][samples][classes], and per time and sample whether the sequence goes on.
struct BlobCTCDecoder: BlobHostOperation {
    let times: Int
    let samples: Int
    let classes: Int

    func run(_ operands: [UnsafeBufferPointer<Float>], into results: [UnsafeMutableBufferPointer<Float>]) {
        let (probabilities, marks, output) = (operands[0], operands[1], results[0])
        output.update(repeating: -1)
        let room = output.count / samples
        for sample in 0..<samples {
            var (length, previous) = (0, -1)
            for time in 0..<times {
                // The first mark is 0 in networks that mark where a sequence starts.
                if time > 0, marks[time * samples + sample] == 0 { break }
                let start = (time * samples + sample) * classes
                var best = 0
                for index in 1..<max(1, classes) where probabilities[start + index] > probabilities[start + best] { best = index }
                if best < classes - 1, !(length > 0 && best == previous), length < room {
                    output[sample * room + length] = Float(best)
                    length += 1
                }
                previous = best
            }
        }
    }
}
