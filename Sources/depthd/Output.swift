// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Lines for people and scripts, written at once so that a pipe sees them as they come.
enum Output {
    static func line(_ text: String) {
        FileHandle.standardOutput.write(Data("\(text)\n".utf8))
    }

    /// A value as JSON, for scripts.
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        line(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    static func complaint(_ text: String) {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }
}
