// SPDX-License-Identifier: Apache-2.0
import Foundation

/// How much of the processor a thread claims.
enum ThreadPriority {
    /// Makes the calling thread, and those it starts, give way to the threads that move pictures. Linux keeps priorities
    /// by thread: 0 is the caller.
    static func yieldToPictures() {
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
    }
}
