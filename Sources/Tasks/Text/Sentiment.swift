// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Says whether a text is of good or bad opinion, by words with weights of our own and a few rules. docs/tasks.md says how
/// often it is right.
package enum Sentiment {
    /// How likely the text is of good opinion, 0...1; 0.5 when nothing in it speaks for either.
    package static func positiveProbability(_ text: String) -> Double {
        let sentences = Sentences.split(text)
        let total = sentences.reduce(0.0) { $0 + score(ofSentence: $1) }
        // Long texts repeat themselves: they say as much as the root of their length.
        let weight = total / Double(max(1, sentences.count)).squareRoot()
        return 1 / (1 + exp(-0.8 * weight))
    }

    private static func score(ofSentence sentence: String) -> Double {
        // What stands behind a "but" is what was meant.
        let clauses = clauses(Sentences.words(sentence))
        let scores = clauses.map { score(ofClause: $0) }
        guard let last = scores.last, scores.count > 1 else { return scores.first ?? 0 }
        let before = scores.dropLast().reduce(0, +)
        let sum = last == 0 ? -0.3 * before : 0.4 * before + 1.3 * last
        return sentence.contains("!") ? sum * 1.2 : sum
    }

    private static func clauses(_ words: [String]) -> [[String]] {
        words.split(omittingEmptySubsequences: true) { ["but", "however", "nevertheless", "nonetheless"].contains($0) }.map(
            Array.init)
    }

    private static func score(ofClause words: [String]) -> Double {
        var sum = 0.0
        for (index, word) in words.enumerated() {
            guard let weight = SentimentLexicon.weight(of: word), !isIdiom(words, index) else { continue }
            var value = weight
            // Up to four words before may strengthen, weaken or deny.
            for distance in 1...4 where index - distance >= 0 {
                let before = words[index - distance]
                if distance <= 2, let factor = SentimentLexicon.degrees[before] { value *= factor }
                if SentimentLexicon.isNegation(before), !isNotOnly(words, index - distance) {
                    // "not great" is bad, though less than "terrible"; "not bad" is fine, though less than "good".
                    value *= -0.7
                }
                if before == "too", distance == 1, value > 0 { value *= -0.5 }
            }
            sum += value
        }
        return sum
    }

    /// "not only", "no doubt" and "nothing short of" deny nothing, and "don't waste" is as bad as waste.
    private static func isNotOnly(_ words: [String], _ index: Int) -> Bool {
        guard index + 1 < words.count else { return false }
        return ["only", "just", "doubt", "wonder", "short", "waste", "bother"].contains(words[index + 1])
    }

    /// "like" is an opinion only behind one who likes; "kind of", "as well" and "never better" are none.
    private static func isIdiom(_ words: [String], _ index: Int) -> Bool {
        let before = index > 0 ? words[index - 1] : ""
        let next = index + 1 < words.count ? words[index + 1] : ""
        switch words[index] {
        case "like":
            let likers: Set<String> = [
                "i", "we", "you", "they", "really", "would", "also", "to", "don't", "didn't", "not", "doesn't", "do", "did",
                "never",
                "still", "always",
            ]
            return !likers.contains(before)
        case "kind": return next == "of"
        case "pretty": return !next.isEmpty && SentimentLexicon.weight(of: next) != nil
        case "well": return next == "as" || before == "as"
        case "better", "best": return next == "than" && !words[..<index].contains(where: { SentimentLexicon.isNegation($0) })
        default: return false
        }
    }
}
