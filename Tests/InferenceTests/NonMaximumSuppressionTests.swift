// SPDX-License-Identifier: Apache-2.0
import Inference
import Testing

@Suite("Suppressing duplicates")
struct Suppression {
    private func box(_ x: Float, _ score: Float, label: Int = 0) -> Candidate {
        Candidate(left: x, top: 0, right: x + 10, bottom: 10, score: score, label: label)
    }

    private func survivors(
        _ candidates: [Candidate], iou: Float = 0.5, acrossLabels: Bool = false, limit: Int = 100, perClass: Bool = false,
        maximum: Int = 100
    ) -> [Float] {
        var list = CandidateList()
        list.start()
        for candidate in candidates { list.add(candidate) }
        list.suppress(iou: iou, acrossLabels: acrossLabels, limit: limit, limitPerClass: perClass, maximum: maximum)
        return list.candidates.map(\.score)
    }

    @Test("the weaker of two overlapping boxes of one class goes")
    func overlapping() {
        // Overlap 8 of 10: 80 / 120 = 0.67.
        #expect(survivors([box(0, 0.6), box(2, 0.9)]) == [0.9])
        #expect(survivors([box(0, 0.6), box(2, 0.9)], iou: 0.7) == [0.9, 0.6])
    }

    @Test("boxes of different classes do not touch each other")
    func classes() {
        #expect(survivors([box(0, 0.6), box(0, 0.9, label: 1)]) == [0.9, 0.6])
    }

    @Test("classes that exclude each other suppress each other")
    func acrossLabels() {
        #expect(survivors([box(0, 0.6), box(0, 0.9, label: 1)], acrossLabels: true) == [0.9])
    }

    @Test("a suppressed box suppresses nobody")
    func chain() {
        #expect(survivors([box(0, 0.9), box(3, 0.8), box(6, 0.7)]) == [0.9, 0.7])
    }

    @Test("limits count the best, over all or in each class")
    func limits() {
        let boxes = [box(0, 0.9), box(20, 0.8), box(40, 0.7), box(60, 0.6, label: 1)]
        #expect(survivors(boxes, limit: 2) == [0.9, 0.8])
        #expect(survivors(boxes, limit: 1, perClass: true) == [0.9, 0.6])
        #expect(survivors(boxes, maximum: 3) == [0.9, 0.8, 0.7])
    }

    @Test("boxes that are not numbers never get in")
    func notANumber() {
        let infinite = Candidate(left: 0, top: 0, right: .infinity, bottom: 1, score: 1, label: 0)
        #expect(survivors([box(.nan, 0.9), box(0, .nan), infinite, box(0, 0.5)]) == [0.5])
    }
}
