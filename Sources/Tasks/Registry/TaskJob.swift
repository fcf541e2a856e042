// SPDX-License-Identifier: Apache-2.0
internal import Core

/// Answers the requests of one route. A job runs on a scheduler's worker thread, several at a time.
public protocol TaskJob: Sendable {
    var module: TaskModule { get }
    /// The answer's `command`, as the original calls it.
    var command: String { get }
    /// What a failed answer carries besides `error`, so that clients which read on find nothing instead of failing.
    var emptyResult: JSONObject { get }
    /// Why the job cannot do anything now, e.g. a model that is not installed; nil when it can try.
    /// Called before the request is queued: takes microseconds and touches no file.
    func obstacle(_ segments: [String]) -> TaskError?
    /// The same for one request, which may bring along what is missing.
    func obstacle(_ segments: [String], to request: TaskRequest) -> TaskError?
    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome
}

extension TaskJob {
    public var emptyResult: JSONObject { [:] }
    public func obstacle(_ segments: [String]) -> TaskError? { nil }
    public func obstacle(_ segments: [String], to request: TaskRequest) -> TaskError? { obstacle(segments) }
}

extension JSONObject {
    /// For jobs whose answers have `predictions`.
    static let noPredictions: JSONObject = ["predictions": .array([]), "count": .int(0)]
}

/// One request on its way through a job, with the time its networks took. For one thread.
public final class TaskCall {
    public let request: TaskRequest
    /// What the path says behind the job's route, e.g. the model's name of `vision/custom/{model}`.
    public let segments: [String]
    public private(set) var inferenceNanoseconds: Int64 = 0

    public init(request: TaskRequest, segments: [String] = []) {
        self.request = request
        self.segments = segments
    }

    public var values: TaskValues { request.values }

    /// Counts the time of `body` as inference.
    func inferring<Result>(_ body: () throws(TaskError) -> Result) throws(TaskError) -> Result {
        let start = Timestamp.now()
        defer { inferenceNanoseconds += Timestamp.now().nanoseconds(since: start) }
        return try body()
    }

    /// Ends a long job nobody waits for any more. To be called between its steps.
    func checkDeadline() throws(TaskError) {
        if Timestamp.now() >= request.deadline { throw .timedOut(id: request.id) }
    }
}
