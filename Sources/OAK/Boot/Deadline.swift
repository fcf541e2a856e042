// SPDX-License-Identifier: Apache-2.0
import Core

extension Timestamp {
    /// So many nanoseconds from now.
    static func after(_ nanoseconds: Int64) -> Timestamp { now().advanced(byNanoseconds: nanoseconds) }
}
