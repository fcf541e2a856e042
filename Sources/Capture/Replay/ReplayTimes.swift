// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation

/// Reads `timestamps.txt`: one decimal number of seconds for each exposure, never going back.
enum ReplayTimes {
    private static let maximumBytes = 16 << 20
    /// A century: whatever the epoch of the recording, nanoseconds stay far from overflow.
    private static let maximumSeconds = 3.2e9

    /// Nanoseconds after the first exposure; nil without the file.
    static func read(_ path: String, exposures: Int) throws(CaptureError) -> [Int64]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let file = ReplayFile(path: path, limit: maximumBytes) else {
            throw .unusable(what: path, remedy: "make it a text file of at most 16 MiB, or remove it")
        }
        var bytes = [UInt8](repeating: 0, count: file.size)
        let count = bytes.withUnsafeMutableBytes { file.read(at: 0, into: $0) }
        return try parse(String(decoding: bytes[..<count], as: UTF8.self), path: path, exposures: exposures)
    }

    private static func parse(_ text: String, path: String, exposures: Int) throws(CaptureError) -> [Int64] {
        var times: [Double] = []
        for (index, line) in text.split(whereSeparator: \.isNewline).enumerated() {
            let word = line.trimmingCharacters(in: .whitespaces)
            guard let seconds = Double(word), abs(seconds) <= maximumSeconds, seconds >= times.last ?? seconds else {
                throw .unusable(
                    what: "\(path):\(index + 1): \(word.prefix(40))",
                    remedy: "write one decimal number of seconds on each line, never smaller than the one before")
            }
            times.append(seconds)
        }
        guard times.count == exposures, let first = times.first else {
            throw .unusable(
                what: "\(path) has \(times.count) lines", remedy: "write one for each exposure, \(exposures), or remove the file")
        }
        return times.map { Int64((($0 - first) * 1e9).rounded()) }
    }
}
