// SPDX-License-Identifier: Apache-2.0
import CUdev
import Foundation

/// A descriptor that ends a `poll` at once (eventfd).
final class WakeLine: Sendable {
    let descriptor: Int32

    init() throws(USBError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard descriptor >= 0 else { throw .unavailable("eventfd: \(String(cString: strerror(errno)))") }
    }

    deinit {
        close(descriptor)
    }

    /// Makes the descriptor readable until it is cleared.
    func pull() {
        eventfd_write(descriptor, 1)
    }

    func clear() {
        var count: eventfd_t = 0
        eventfd_read(descriptor, &count)
    }
}
