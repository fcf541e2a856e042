// SPDX-License-Identifier: Apache-2.0
import Foundation
import Tasks
import Testing

@Suite struct TextTests {
    private struct Ranked: Decodable {
        var text: String
        var sentences: [String]
        var scores: [Double]
        var order: [Int]
    }

    @Test func sentencesAreRankedAsAnotherProgramRanksThem() throws {
        let golden = try Bench.golden("textrank", as: Ranked.self)
        #expect(Sentences.split(golden.text) == golden.sentences)
        let scores = TextRank.scores(golden.sentences)
        for (own, other) in zip(scores, golden.scores) { #expect(abs(own - other) < 1e-6) }
        #expect(TextRank.order(scores) == golden.order && abs(scores.reduce(0, +) - 1) < 1e-9)
    }

    @Test func aSummaryIsTheBestSentences() throws {
        let golden = try Bench.golden("textrank", as: Ranked.self)
        let table = try Bench.table(FixedModels())
        let answer = try Bench.ask(table, "text/summarize", [("text", golden.text), ("num_sentences", "2")])
        #expect(answer.text("summary") == golden.order.prefix(2).map { golden.sentences[$0] }.joined(separator: ". "))
        for values in [[("text", "One. Two.")], [("text", "One. Two."), ("num_sentences", "3")], [("num_sentences", "1")]] {
            #expect(throws: TaskError.self) { try Bench.ask(table, "text/summarize", values) }
        }
        #expect { try Bench.ask(table, "text/summarize", [("text", "One. Two."), ("num_sentences", "3")]) } throws: {
            "\($0)" == "Unable to summarize"
        }
    }

    @Test func hostileTextEnds() throws {
        let table = try Bench.table(FixedModels())
        for text in ["", ".", "....", "\n\n", "''''", String(repeating: "a. ", count: 900), "\u{0}\u{1F600}"] {
            _ = try? Bench.ask(table, "text/summarize", [("text", text), ("num_sentences", "1")])
            _ = try Bench.ask(table, "text/sentiment", [("text", text)])
        }
        #expect(throws: TaskError.self) {
            try Bench.ask(table, "text/summarize", [("text", String(repeating: "a. ", count: 1001)), ("num_sentences", "1")])
        }
    }

    /// Half right is what a coin gets; docs/tasks.md states the figures.
    @Test func opinionsAreToldApart() throws {
        for (set, least) in [(Opinions.held, 0.75), (Opinions.all, 0.85)] {
            let wrong = set.filter { (Sentiment.positiveProbability($0.text) > 0.5) != $0.isPositive }.map(\.text)
            print("sentiment: \(set.count - wrong.count) of \(set.count) right")
            #expect(Double(wrong.count) <= (1 - least) * Double(set.count), "wrong: \(wrong)")
        }
    }

    @Test func negationTurnsAndDegreesStrengthen() {
        let p = Sentiment.positiveProbability
        #expect(p("good") > 0.5 && p("not good") < 0.5 && p("very good") > p("good"))
        #expect(p("bad") < 0.5 && p("not bad") > 0.5 && p("really bad") < p("bad"))
        #expect(p("The table has four legs") == 0.5)
        #expect(p("It was slow but wonderful") > 0.5)
    }

    @Test func sentimentAnswersInTheOriginalsShape() throws {
        let table = try Bench.table(FixedModels())
        let answer = try Bench.ask(table, "text/sentiment", [("text", "I love it")])
        #expect(answer.fields.map(\.name) == ["success", "is_positive", "positive_probability"])
        #expect(answer["is_positive"] == .bool(true) && (0.5...1).contains(answer.number("positive_probability") ?? 0))
        #expect { try Bench.ask(table, "text/sentiment") } throws: { "\($0)".contains("missing 'text' parameter.") }
    }
}
