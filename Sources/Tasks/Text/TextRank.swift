// SPDX-License-Identifier: Apache-2.0

/// Ranks sentences by how much they have in common with the others (Mihalcea and Tarau, "TextRank", 2004): sentences are
/// pages, the cosine of their words' counts is the strength of the link between two, and PageRank does the rest.
package enum TextRank {
    /// PageRank's chance to follow a link.
    private static let damping = 0.85

    /// The importance of each sentence; the sum is 1.
    package static func scores(_ sentences: [String]) -> [Double] {
        let bags = sentences.map(bag)
        let count = bags.count
        guard count > 0 else { return [] }
        var links = [Double](repeating: 0, count: count * count)
        for first in 0..<count {
            for second in 0..<first {
                let strength = cosine(bags[first], bags[second])
                links[first * count + second] = strength
                links[second * count + first] = strength
            }
        }
        return pageRank(links, count)
    }

    /// The numbers of the sentences, most important first; of equals the earlier one.
    package static func order(_ scores: [Double]) -> [Int] {
        scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }
    }

    private static func bag(_ sentence: String) -> [String: Double] {
        Sentences.words(sentence).reduce(into: [:]) { bag, word in
            if !StopWords.english.contains(word) { bag[word, default: 0] += 1 }
        }
    }

    private static func cosine(_ a: [String: Double], _ b: [String: Double]) -> Double {
        let product = a.reduce(0) { $0 + $1.value * (b[$1.key] ?? 0) }
        guard product > 0 else { return 0 }
        func length(_ bag: [String: Double]) -> Double { bag.values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        return product / (length(a) * length(b))
    }

    /// The power method, until no score moves by 1e-9; sentences without links share theirs among all.
    private static func pageRank(_ links: [Double], _ count: Int) -> [Double] {
        let sums = (0..<count).map { row in links[row * count..<(row + 1) * count].reduce(0, +) }
        var scores = [Double](repeating: 1 / Double(count), count: count)
        for _ in 0..<200 {
            let loose = (0..<count).reduce(0) { sums[$1] == 0 ? $0 + scores[$1] : $0 }
            var next = [Double](repeating: (1 - damping + damping * loose) / Double(count), count: count)
            for from in 0..<count where sums[from] > 0 {
                let share = damping * scores[from] / sums[from]
                for to in 0..<count { next[to] += share * links[from * count + to] }
            }
            let moved = zip(next, scores).map { abs($0 - $1) }.max() ?? 0
            scores = next
            if moved < 1e-9 { break }
        }
        return scores
    }
}
