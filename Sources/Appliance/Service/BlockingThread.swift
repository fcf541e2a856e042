// SPDX-License-Identifier: Apache-2.0
import Core

/// Runs blocking work (opening models, joining threads) away from Swift's cooperative threads.
enum BlockingThread {
    /// Suspends until `work` has run on a thread of its own.
    static func run<Result: Sendable>(_ name: String, _ work: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            _ = StageThread(name: name) { continuation.resume(returning: work()) }
        }
    }
}
