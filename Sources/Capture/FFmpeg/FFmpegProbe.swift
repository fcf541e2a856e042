// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation

/// What ffprobe says about the first video stream of an input.
struct FFmpegProbe: Sendable, Hashable {
    var width: Int
    var height: Int
    /// Mean rate; 0 when unknown.
    var framesPerSecond: Double

    /// Asks ffprobe. Blocks for as long as the input takes to answer, at most `stallNanoseconds`.
    static func ask(_ input: FFmpegInput, setting: String, settings: FFmpegSettings) throws(CaptureError) -> FFmpegProbe {
        let entries = "stream=width,height,avg_frame_rate"
        let child = try FFmpegProcess(
            FFmpegTool.path(settings.ffprobe),
            ["-v", "error", "-select_streams", "v:0", "-show_entries", entries, "-of", "default=noprint_wrappers=1"]
                + input.arguments)
        var answer = [UInt8](repeating: 0, count: 4096)
        let outcome = answer.withUnsafeMutableBytes { child.read(into: $0, stall: settings.stallNanoseconds, stop: StopSignal()) }
        guard case .ended(let count) = outcome, child.finish() == 0,
            let probe = FFmpegProbe(String(decoding: answer[..<count], as: UTF8.self))
        else {
            child.end()
            let reason = child.complaint.isEmpty ? "no video stream was found in time" : input.redacted(child.complaint)
            throw .unusable(what: "\(setting): \(reason)", remedy: "check the input, or give width and height")
        }
        return probe
    }

    /// Reads lines of `key=value`; nil without a sensible size.
    init?(_ answer: String) {
        var values: [Substring: Substring] = [:]
        for line in answer.split(separator: "\n") {
            let pair = line.split(separator: "=", maxSplits: 1)
            if pair.count == 2, values[pair[0]] == nil { values[pair[0]] = pair[1] }
        }
        guard let width = values["width"].flatMap({ Int($0) }), let height = values["height"].flatMap({ Int($0) }),
            (1...16384).contains(width), (1...16384).contains(height)
        else { return nil }
        self.width = width
        self.height = height
        let rate = (values["avg_frame_rate"] ?? "").split(separator: "/").compactMap { Double($0) }
        framesPerSecond = rate.count == 2 && rate[1] > 0 && (0...10_000).contains(rate[0] / rate[1]) ? rate[0] / rate[1] : 0
    }
}
