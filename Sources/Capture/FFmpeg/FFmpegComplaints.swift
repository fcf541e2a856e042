// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The end of what a child wrote to its error output: bounded, however much it complains.
struct FFmpegComplaints {
    private var kept: [UInt8] = []
    /// What is kept may begin within a line.
    private var isCut = false
    /// The child has closed its end.
    private(set) var isClosed = false

    /// What is kept, in bytes.
    private static let capacity = 2048
    /// Lines of it that are shown.
    private static let lines = 3

    /// Takes what waits in a non-blocking pipe, at most 64 KiB at a time.
    mutating func drain(_ descriptor: Int32) {
        var chunk = [UInt8](repeating: 0, count: 4096)
        for _ in 0..<16 where !isClosed {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { isClosed = true }
            guard count > 0 else { return }
            kept += chunk[..<count]
            let surplus = max(0, kept.count - FFmpegComplaints.capacity)
            kept.removeFirst(surplus)
            isCut = isCut || surplus > 0
        }
    }

    /// The last whole lines, without control characters: in the rest of a line a secret might not be known any more.
    var text: String {
        String(decoding: kept, as: UTF8.self).split(whereSeparator: \.isNewline)
            .dropFirst(isCut ? 1 : 0).suffix(FFmpegComplaints.lines)
            .map { line in String(String.UnicodeScalarView(line.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 })) }
            .joined(separator: "; ")
    }
}
