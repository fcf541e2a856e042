// SPDX-License-Identifier: Apache-2.0

/// Takes text apart.
package enum Sentences {
    /// Sentences end at line breaks and at ". ", as in the original; question and exclamation marks before a blank end them
    /// too. Without blanks at their ends; empty ones are left out.
    package static func split(_ text: String) -> [String] {
        var sentences: [String] = []
        var current = ""
        var previous: Character = " "
        for character in text {
            if character.isNewline {
                if previous == "." { current.removeLast() }
                close(&current, into: &sentences)
            } else if character.isWhitespace, ".!?".contains(previous) {
                if previous == "." { current.removeLast() }
                close(&current, into: &sentences)
            } else {
                current.append(character)
            }
            previous = character
        }
        if current.last == "." { current.removeLast() }
        close(&current, into: &sentences)
        return sentences
    }

    private static func close(_ current: inout String, into sentences: inout [String]) {
        let characters = current.drop { $0.isWhitespace }
        if !characters.isEmpty { sentences.append(String(characters)) }
        current = ""
    }

    /// Runs of letters and digits in lower case; an apostrophe inside a word belongs to it.
    package static func words(_ text: String) -> [String] {
        var words: [String] = []
        var current = ""
        for character in text.lowercased() {
            if character.isLetter || character.isNumber {
                current.append(character)
            } else if character == "'" || character == "’", !current.isEmpty {
                current.append("'")
            } else {
                if !current.isEmpty { words.append(trimmed(current)) }
                current = ""
            }
        }
        if !current.isEmpty { words.append(trimmed(current)) }
        return words
    }

    private static func trimmed(_ word: String) -> String {
        var word = word
        while word.last == "'" { word.removeLast() }
        return word
    }
}
