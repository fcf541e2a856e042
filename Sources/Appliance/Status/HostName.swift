// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The machine's own name, as the kernel has it. `ProcessInfo.hostName` may ask name servers for it, and wait for them.
package enum HostName {
    package static var current: String {
        // Linux has names of at most 64 bytes; the last byte stays 0.
        var name = [CChar](repeating: 0, count: 65)
        guard gethostname(&name, 64) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
