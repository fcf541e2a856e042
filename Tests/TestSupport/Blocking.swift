// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Runs blocking work (pipes, child processes) on a thread of its own, so that a test never holds up the others.
public enum Blocking {
    public static func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Swift.Result { try work() }) }.start()
        }
    }
}
