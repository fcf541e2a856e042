// SPDX-License-Identifier: Apache-2.0
internal import Core

/// YOLOv5 and its relatives with landmarks: rows [centre x, centre y, width, height, objectness, 2·L landmark
/// coordinates, C classes], boxes and points in pixels, already activated. Confidence = objectness · best class.
struct YOLOv5Decoder: DetectionDecoder {
    let landmarks: Int
    let classes: Int?
    private let columns: Int
    private let classCount: Int

    init(_ manifest: ModelManifest, _ signature: OutputSignature) throws(InferenceError) {
        let expected = "[1, N, \(5 + 2 * manifest.decoder.landmarks) + classes]"
        let output = try signature.single(expected)
        columns = output.shape.last ?? 0
        landmarks = manifest.decoder.landmarks
        classCount = columns - 5 - 2 * landmarks
        guard output.fits([1, -1, -1]), classCount >= 1 else { throw signature.mismatch(output, expected) }
        classes = classCount
    }

    func decode(_ views: [TensorView], _ tensors: OutputTensors, threshold: Float, into list: inout CandidateList) {
        tensors.withFloats(views, 0) { values in
            for row in stride(from: 0, through: values.count - columns, by: columns) {
                let objectness = values[row + 4]
                guard objectness >= threshold else { continue }
                let (label, probability) = bestClass(values, from: row + 5 + 2 * landmarks, count: classCount)
                let score = objectness * probability
                guard score >= threshold else { continue }
                let (x, y, width, height) = (values[row], values[row + 1], values[row + 2], values[row + 3])
                let candidate = Candidate(
                    left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2, score: score,
                    label: label)
                list.add(candidate) { SIMD2(values[row + 5 + 2 * $0], values[row + 6 + 2 * $0]) }
            }
        }
    }
}
