// SPDX-License-Identifier: Apache-2.0
import Core
import Cryptography
import Synchronization

/// The networks clients sent, by the hash of their files, so that a script that starts again need not send them again.
package final class BlobCache: Sendable {
    private struct Entry {
        var bytes: [UInt8]
        var lastUse: UInt64
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// Bytes that are on their way.
        var promised = 0
        var clock: UInt64 = 0

        var total: Int { entries.values.reduce(promised) { $0 + $1.bytes.count } }
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: bytes of all files together, those on their way included.
    package init(capacity: Int) { self.capacity = capacity }

    package func file(_ digest: String) -> [UInt8]? {
        state.withLock { state in
            state.clock += 1
            state.entries[digest]?.lastUse = state.clock
            return state.entries[digest]?.bytes
        }
    }

    /// Makes room for an incoming file by removing the least recently used ones. False when that is not enough.
    package func promise(_ count: Int) -> Bool {
        state.withLock { state in
            while state.total + count > capacity,
                let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })?.key
            { state.entries[oldest] = nil }
            guard state.total + count <= capacity else { return false }
            state.promised += count
            return true
        }
    }

    /// Ends a promise without a file.
    package func forget(_ count: Int) { state.withLock { $0.promised -= count } }

    /// Takes the file that was promised.
    /// - Returns: its hash.
    package func keep(_ bytes: [UInt8], promised: Int) -> String {
        let digest = HexDigits.of(Digest.sha256.of(bytes))
        state.withLock { state in
            state.promised -= promised
            state.clock += 1
            state.entries[digest] = Entry(bytes: bytes, lastUse: state.clock)
        }
        return digest
    }
}
