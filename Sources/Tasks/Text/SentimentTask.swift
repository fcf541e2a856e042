// SPDX-License-Identifier: Apache-2.0

/// `text/sentiment`: whether a text is of good opinion.
struct SentimentTask: TaskJob {
    var module: TaskModule { .sentiment }
    var command: String { "sentiment" }

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        guard let text = call.values.text("text") else {
            throw .refused("The request is missing 'text' parameter.")
        }
        let probability = try call.inferring { () throws(TaskError) in Sentiment.positiveProbability(text) }
        let isPositive = probability > 0.5
        return TaskOutcome(
            [
                "success": .bool(true), "is_positive": .bool(isPositive),
                "positive_probability": .number((probability * 10_000).rounded() / 10_000),
            ], found: [isPositive ? "positive" : "negative"])
    }
}
