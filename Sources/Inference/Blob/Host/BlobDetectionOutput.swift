// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// The last layer of SSD networks: decodes boxes against priors, suppresses duplicates per class and lists the best as rows
/// [image, label, score, left, top, right, bottom]. An image of -1 ends the list.
///
/// Operands: offsets, confidences, priors[, ARM confidences, ARM offsets].
struct BlobDetectionOutput: BlobHostOperation {
    var classes = 0
    var sharesLocation = true
    var background = 0
    var overlap: Float = 0
    /// Candidates per class before suppression; negative for all.
    var candidatesPerClass = -1
    /// 1 corners, 2 centre and size, 3 corners relative to the size.
    var code = 1
    /// Rows per image; negative for all.
    var kept = -1
    var threshold: Float = 0
    var hasVariancesInOffsets = false
    var priors = 0
    var clipsBefore = false
    var clipsAfter = false
    var decreasesLabels = false
    var width: Float = 1
    var height: Float = 1
    var isNormalized = true
    var images = 1
    /// With ARM operands: below it a prior is background.
    var objectness: Float = 0
    var hasARM = false

    /// Numbers of one prior.
    var priorSize: Int { isNormalized ? 4 : 5 }
    var locations: Int { sharesLocation ? 1 : classes }

    private struct Row {
        var label: Int
        var score: Float
        var box: SIMD4<Float>
    }

    func run(_ operands: [UnsafeBufferPointer<Float>], into results: [UnsafeMutableBufferPointer<Float>]) {
        let output = results[0]
        output.update(repeating: 0)
        var row = 0
        for image in 0..<images {
            for found in detections(image, operands) where 7 * row + 7 <= output.count {
                let box = clipsAfter ? found.box.clamped(lowerBound: .zero, upperBound: .one) : found.box
                let label = found.label - (decreasesLabels ? 1 : 0)
                for (index, number) in [Float(image), Float(label), found.score, box.x, box.y, box.z, box.w].enumerated() {
                    output[7 * row + index] = number
                }
                row += 1
            }
        }
        if 7 * row < output.count { output[7 * row] = -1 }
    }

    private func detections(_ image: Int, _ operands: [UnsafeBufferPointer<Float>]) -> [Row] {
        var rows: [Row] = []
        for label in 0..<classes where label != background {
            rows += best(label, image, operands)
        }
        guard kept >= 0, rows.count > kept else { return rows }
        // Swift's sort is stable: of equal scores the lower label and the earlier prior stay.
        rows.sort { $0.score > $1.score }
        rows.removeLast(rows.count - kept)
        rows.sort { $0.label < $1.label }
        return rows
    }

    private func best(_ label: Int, _ image: Int, _ operands: [UnsafeBufferPointer<Float>]) -> [Row] {
        let scores = operands[1]
        var candidates: [(score: Float, prior: Int)] = []
        for prior in 0..<priors {
            let score = isObject(prior, image, operands) ? scores[(image * priors + prior) * classes + label] : 0
            if score > threshold { candidates.append((score, prior)) }
        }
        candidates.sort { $0.score > $1.score }
        if candidatesPerClass >= 0, candidates.count > candidatesPerClass {
            candidates.removeLast(candidates.count - candidatesPerClass)
        }
        var rows: [Row] = []
        for candidate in candidates {
            let box = box(candidate.prior, label, image, operands)
            if rows.allSatisfy({ Self.overlap($0.box, box) <= overlap }) {
                rows.append(Row(label: label, score: candidate.score, box: box))
            }
        }
        return rows
    }

    private func isObject(_ prior: Int, _ image: Int, _ operands: [UnsafeBufferPointer<Float>]) -> Bool {
        !hasARM || operands[3][(image * priors + prior) * 2 + 1] >= objectness
    }

    private func box(_ prior: Int, _ label: Int, _ image: Int, _ operands: [UnsafeBufferPointer<Float>]) -> SIMD4<Float> {
        let numbers = operands[2]
        let perImage = priors * priorSize * (hasVariancesInOffsets ? 1 : 2)
        let start = min(image, numbers.count / perImage - 1) * perImage
        var box = four(numbers, start + prior * priorSize + priorSize - 4)
        if !isNormalized { box /= SIMD4(width, height, width, height) }
        let variance = hasVariancesInOffsets ? SIMD4.one : four(numbers, start + (priors + prior) * priorSize)
        let place = ((image * priors + prior) * locations + (sharesLocation ? 0 : label)) * 4
        if hasARM { box = decoded(box, four(operands[4], place) * variance) }
        box = decoded(box, four(operands[0], place) * variance)
        return clipsBefore ? box.clamped(lowerBound: .zero, upperBound: .one) : box
    }

    private func four(_ numbers: UnsafeBufferPointer<Float>, _ start: Int) -> SIMD4<Float> {
        SIMD4(numbers[start], numbers[start + 1], numbers[start + 2], numbers[start + 3])
    }

    private func decoded(_ prior: SIMD4<Float>, _ offset: SIMD4<Float>) -> SIMD4<Float> {
        let size = prior.highHalf - prior.lowHalf
        switch code {
        case 1: return prior + offset
        case 3: return prior + offset * SIMD4(lowHalf: size, highHalf: size)
        default:
            let centre = (prior.lowHalf + prior.highHalf) / 2 + offset.lowHalf * size
            // exp(50) is far outside any picture and still finite.
            let half = SIMD2(exp(min(50, max(-50, offset.z))), exp(min(50, max(-50, offset.w)))) * size / 2
            return SIMD4(lowHalf: centre - half, highHalf: centre + half)
        }
    }

    private static func overlap(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> Float {
        let size = pointwiseMin(a.highHalf, b.highHalf) - pointwiseMax(a.lowHalf, b.lowHalf)
        guard size.x > 0, size.y > 0 else { return 0 }
        func area(_ box: SIMD4<Float>) -> Float { (box.z - box.x) * (box.w - box.y) }
        return size.x * size.y / (area(a) + area(b) - size.x * size.y)
    }
}
