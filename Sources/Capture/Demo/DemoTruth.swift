// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// What the last exposures of a demo camera really showed, for tests, benchmarks and an honest demo page. Any thread.
public final class DemoTruth: Sendable {
    /// How many exposures are remembered.
    public let capacity: Int
    private let ring: Mutex<[SceneTruth]>

    /// - Parameter capacity: 128 exposures are about four seconds.
    public init(capacity: Int = 128) {
        precondition(capacity > 0)
        self.capacity = capacity
        ring = Mutex([])
    }

    package func remember(_ truth: SceneTruth) {
        ring.withLock { ring in
            if ring.count == capacity { ring.removeFirst() }
            ring.append(truth)
        }
    }

    /// The truth of exposure `sequence`, or of the last one for nil; nil when it is forgotten, was dropped or is to come.
    public func truth(sequence: Int? = nil) -> SceneTruth? {
        ring.withLock { ring in
            guard let sequence else { return ring.last }
            return ring.last { $0.sequence == sequence }
        }
    }
}
