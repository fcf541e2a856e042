// SPDX-License-Identifier: Apache-2.0
package import Core

/// Notices a device that has fallen silent, or delivers nothing of use.
package struct V4L2StallDetector: Sendable {
    private let limit: Int64
    private let startLimit: Int64
    private var since: Timestamp
    private var hasStarted = false
    private var trouble: String?

    /// - Parameters:
    ///   - stallSeconds: the longest pause, if four frame times are not longer.
    ///   - startSeconds: how long the first picture may take.
    package init(stallSeconds: Double, startSeconds: Double, framesPerSecond: Double, at now: Timestamp) {
        let frames = framesPerSecond > 0 ? 4 / framesPerSecond : 0
        limit = Int64(max(stallSeconds, frames) * 1e9)
        startLimit = max(limit, Int64(startSeconds * 1e9))
        since = now
    }

    /// A good picture came.
    package mutating func saw(at now: Timestamp) {
        (since, hasStarted, trouble) = (now, true, nil)
    }

    /// Notes an unusable picture.
    package mutating func saw(trouble: @autoclosure () -> String) {
        if self.trouble == nil { self.trouble = trouble() }
    }

    /// Why the device is to be given up; nil while all is well.
    package func verdict(at now: Timestamp) -> String? {
        let patience = hasStarted ? limit : startLimit
        guard now.nanoseconds(since: since) > patience else { return nil }
        let seconds = rateText(Double(patience) / 1e9)
        if let trouble { return "no good picture for \(seconds) s: \(trouble)" }
        return hasStarted ? "frozen: no picture for \(seconds) s" : "no picture within \(seconds) s of its start"
    }
}
