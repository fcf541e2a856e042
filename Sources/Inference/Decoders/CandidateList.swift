// SPDX-License-Identifier: Apache-2.0

/// A box a decoder found, in pixels of the network's picture.
package struct Candidate: Sendable, Hashable {
    package var left: Float
    package var top: Float
    package var right: Float
    package var bottom: Float
    package var score: Float
    package var label: Int
    /// Index of the first of its landmarks in the list's `points`.
    package var points = 0

    package init(left: Float, top: Float, right: Float, bottom: Float, score: Float, label: Int) {
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
        self.score = score
        self.label = label
    }
}

/// The candidates of one frame. Its memory is kept between frames.
package struct CandidateList: Sendable {
    package internal(set) var candidates: [Candidate] = []
    /// Landmarks of all candidates, in pixels of the network's picture.
    package private(set) var points: [SIMD2<Float>] = []
    package private(set) var pointsPerCandidate = 0
    /// Scratch of the suppression.
    var kept: [Candidate] = []

    package init() {}

    /// Empties the list for a frame whose candidates have that many landmarks each.
    package mutating func start(pointsPerCandidate: Int = 0) {
        candidates.removeAll(keepingCapacity: true)
        points.removeAll(keepingCapacity: true)
        self.pointsPerCandidate = pointsPerCandidate
    }

    /// Adds a candidate; numbers that are not finite (a broken model, an overflow) are left out.
    package mutating func add(_ candidate: Candidate) {
        let numbers = SIMD4(candidate.left, candidate.top, candidate.right, candidate.bottom)
        guard (0..<4).allSatisfy({ numbers[$0].isFinite }), candidate.score.isFinite else { return }
        candidates.append(candidate)
    }

    /// Adds a candidate with its landmarks; `point` gives each by its number.
    package mutating func add(_ candidate: Candidate, point: (Int) -> SIMD2<Float>) {
        let before = candidates.count
        add(candidate)
        guard candidates.count > before else { return }
        candidates[before].points = points.count
        for index in 0..<pointsPerCandidate { points.append(point(index)) }
    }

    /// The landmarks of a candidate.
    package func landmarks(of candidate: Candidate) -> ArraySlice<SIMD2<Float>> {
        points[candidate.points..<candidate.points + pointsPerCandidate]
    }
}
