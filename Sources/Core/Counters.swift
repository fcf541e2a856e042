// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// A number that only goes up, from any thread.
public final class Counter: Sendable {
    private let value = Atomic(0)

    public init() {}

    public func add(_ amount: Int = 1) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    public var current: Int { value.load(ordering: .relaxed) }
}

/// Durations and rate of one stage: a histogram of logarithmic buckets (four to an octave, ±9 %) that never allocates.
public final class StageMeter: Sendable {
    private let state = Mutex(State())

    private struct State {
        var buckets = [Int](repeating: 0, count: StageMeter.bucketCount)
        var count = 0
        var totalWall: Int64 = 0
        var totalCPU: Int64 = 0
        var last: Int64 = 0
        var firstAt: Timestamp?
        var lastAt: Timestamp?
        /// Smoothed time between two measurements, in nanoseconds.
        var interval: Double = 0
    }

    private static let bucketCount = 40 * 4

    public init() {}

    /// Measures `body`, which runs on the calling thread.
    public func measure<Result>(_ body: () throws -> Result) rethrows -> Result {
        let (wall, cpu) = (Timestamp.now(), Timestamp.threadCPU())
        defer { record(wall: Timestamp.now().nanoseconds(since: wall), cpu: Timestamp.threadCPU() - cpu) }
        return try body()
    }

    /// Adds one measurement, in nanoseconds.
    public func record(wall: Int64, cpu: Int64 = 0, at now: Timestamp = .now()) {
        state.withLock { state in
            state.buckets[StageMeter.bucket(of: wall)] += 1
            state.count += 1
            state.totalWall += wall
            state.totalCPU += cpu
            state.last = wall
            if let previous = state.lastAt {
                let elapsed = Double(now.nanoseconds(since: previous))
                state.interval = state.interval == 0 ? elapsed : state.interval + (elapsed - state.interval) / 16
            } else {
                state.firstAt = now
            }
            state.lastAt = now
        }
    }

    /// Quarter octaves: 4·log2(ns), by the position of the highest bit and the two bits below it.
    private static func bucket(of nanoseconds: Int64) -> Int {
        guard nanoseconds >= 4 else { return 0 }
        let exponent = Int64.bitWidth - 1 - nanoseconds.leadingZeroBitCount
        let quarter = Int((nanoseconds >> (exponent - 2)) & 3)
        return min(bucketCount - 1, exponent * 4 + quarter)
    }

    /// The middle of a bucket, in nanoseconds.
    private static func middle(of bucket: Int) -> Double {
        let base = Double(Int64(1) << (bucket / 4))
        return base * (1 + (Double(bucket % 4) + 0.5) / 4)
    }

    /// What was measured so far.
    public var snapshot: Snapshot {
        state.withLock { state in
            func percentile(_ fraction: Double) -> Double {
                let rank = Int(fraction * Double(max(0, state.count - 1)))
                var seen = 0
                for (bucket, count) in state.buckets.enumerated() {
                    seen += count
                    if seen > rank { return StageMeter.middle(of: bucket) / 1e6 }
                }
                return 0
            }
            let count = Double(max(1, state.count))
            return Snapshot(
                count: state.count, meanMilliseconds: Double(state.totalWall) / count / 1e6,
                cpuMilliseconds: Double(state.totalCPU) / count / 1e6, p50Milliseconds: percentile(0.5),
                p99Milliseconds: percentile(0.99), lastMilliseconds: Double(state.last) / 1e6,
                framesPerSecond: state.interval > 0 ? 1e9 / state.interval : 0)
        }
    }

    /// A stage's figures at one moment. Durations in milliseconds per frame.
    public struct Snapshot: Sendable, Codable, Hashable {
        public var count: Int
        public var meanMilliseconds: Double
        public var cpuMilliseconds: Double
        public var p50Milliseconds: Double
        public var p99Milliseconds: Double
        public var lastMilliseconds: Double
        public var framesPerSecond: Double

        private enum CodingKeys: String, CodingKey {
            case count
            case meanMilliseconds = "mean_ms"
            case cpuMilliseconds = "cpu_ms"
            case p50Milliseconds = "p50_ms"
            case p99Milliseconds = "p99_ms"
            case lastMilliseconds = "last_ms"
            case framesPerSecond = "fps"
        }
    }
}
