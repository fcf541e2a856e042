// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A descriptor that `poll` finds readable while the flag is raised.
public final class PollableFlag: Sendable {
    public let descriptor: Int32
    private let end: Int32

    public init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "no descriptor is left for a pipe")
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        (descriptor, end) = (ends[0], ends[1])
    }

    deinit {
        close(descriptor)
        close(end)
    }

    public func raise() {
        // Full means raised.
        write(end, [1], 1)
    }

    public func lower() {
        var bytes = [UInt8](repeating: 0, count: 1 << 12)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }
}
