// SPDX-License-Identifier: Apache-2.0

/// `text/summarize`: the most important sentences of a text, most important first.
struct SummaryTask: TaskJob {
    var module: TaskModule { .summary }
    var command: String { "summarize" }
    /// Work grows with the square of it: a thousand sentences are a second.
    private static let mostSentences = 1000

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        guard let text = call.values.text("text") else { throw .value(name: "text", reason: "is missing: send the text") }
        guard let wanted = try call.values.whole("num_sentences") else {
            throw .value(name: "num_sentences", reason: "is missing: send how many sentences the summary may have")
        }
        let sentences = Sentences.split(text)
        guard sentences.count <= Self.mostSentences else {
            throw .value(name: "text", reason: "has \(sentences.count) sentences; at most \(Self.mostSentences)")
        }
        guard wanted > 0, wanted <= sentences.count else { throw .refused("Unable to summarize") }
        let scores = try call.inferring { () throws(TaskError) in TextRank.scores(sentences) }
        let best = TextRank.order(scores).prefix(wanted).map { sentences[$0] }
        return TaskOutcome(["success": .bool(true), "summary": .string(best.joined(separator: ". "))], found: [""])
    }
}
