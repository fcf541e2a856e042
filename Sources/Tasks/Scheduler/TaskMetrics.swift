// SPDX-License-Identifier: Apache-2.0
public import Core
import Synchronization

/// What a module has done since the start; the names are those of the original's `statusData`.
public struct ModuleStatistics: Sendable, Hashable {
    public var successfulInferences = 0
    public var failedInferences = 0
    /// Objects, faces, plates, … of all successful answers.
    public var numItemsFound = 0
    /// Of the successful answers.
    public var inferenceNanoseconds: Int64 = 0
    /// How often each name was found; the first 1000 names are kept.
    public var histogram: [String: Int] = [:]
    /// nil before the first request.
    public var lastSeen: Timestamp?

    public init() {}

    public var numInferences: Int { successfulInferences + failedInferences }

    public var averageInferenceMilliseconds: Double {
        successfulInferences == 0 ? 0 : Double(inferenceNanoseconds) / Double(successfulInferences) / 1e6
    }
}

/// The counters of all modules.
public final class TaskMetrics: Sendable {
    private let modules = Mutex<[String: ModuleStatistics]>([:])
    private static let largestHistogram = 1000

    public init() {}

    func record(_ module: TaskModule, _ result: Result<TaskOutcome, TaskError>, inferenceNanoseconds: Int64) {
        modules.withLock { modules in
            var own = modules[module.id] ?? ModuleStatistics()
            own.lastSeen = .now()
            switch result {
            case .failure: own.failedInferences += 1
            case .success(let outcome):
                own.successfulInferences += 1
                own.numItemsFound += outcome.found.count
                own.inferenceNanoseconds += inferenceNanoseconds
                for name in outcome.found where !name.isEmpty {
                    if own.histogram.count < Self.largestHistogram || own.histogram[name] != nil {
                        own.histogram[name, default: 0] += 1
                    }
                }
            }
            modules[module.id] = own
        }
    }

    public func statistics(of module: TaskModule) -> ModuleStatistics {
        modules.withLock { $0[module.id] } ?? ModuleStatistics()
    }
}
