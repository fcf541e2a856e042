// SPDX-License-Identifier: Apache-2.0
internal import Core
internal import Foundation
import Synchronization

/// Where requests are handed in and answered: a bounded queue with a fair share for each client, a few worker threads,
/// and a clock that answers what is due before it is done.
///
/// What cannot succeed anyway (unknown route, missing model, full queue) is answered at once on the caller's thread.
public final class TaskScheduler: Sendable {
    public struct Configuration: Sendable, Hashable {
        /// Jobs done at the same time, 1...64.
        public var workers: Int
        /// Requests that may wait.
        public var capacity: Int
        /// Requests that may wait for one client.
        public var capacityPerClient: Int
        /// What the files of the waiting requests may have together; a larger request may wait alone.
        public var capacityBytes: Int

        public init(
            workers: Int = 2, capacity: Int = 64, capacityPerClient: Int = 16, capacityBytes: Int = 128 << 20
        ) {
            self.workers = min(64, max(1, workers))
            self.capacity = max(1, capacity)
            self.capacityPerClient = min(self.capacity, max(1, capacityPerClient))
            self.capacityBytes = max(0, capacityBytes)
        }
    }

    public let configuration: Configuration
    public let table: TaskRegistry
    /// What clients have set for the modules; nil where they may set nothing.
    public let modules: ModuleSettings?
    public let metrics = TaskMetrics()

    private let state: Mutex<State>
    /// At least one for each waiting request; workers sleep on it.
    private let calls: Mailbox<Void>
    /// Wakes the clock when a deadline has come in.
    private let clockCalls = Mailbox<Void>(capacity: 1, onFull: .dropNewest)
    private let threads = Mutex<[StageThread]>([])

    fileprivate struct State {
        var queue: FairQueue<PendingTask>
        var running: [PendingTask] = []
        var isClosed = false
        var refused = 0
        var timedOut = 0
    }

    /// Starts the threads; they end with `close`.
    public init(table: TaskRegistry, modules: ModuleSettings? = nil, configuration: Configuration = Configuration()) {
        self.table = table
        self.modules = modules
        self.configuration = configuration
        state = Mutex(
            State(
                queue: FairQueue(
                    capacity: configuration.capacity, capacityPerClient: configuration.capacityPerClient,
                    capacityWeight: configuration.capacityBytes)))
        calls = Mailbox(capacity: configuration.capacity, onFull: .dropNewest)
        threads.withLock { threads in
            for index in 0..<configuration.workers {
                threads.append(StageThread(name: "task-\(index)") { [self] in work() })
            }
            threads.append(StageThread(name: "task-clock") { [self] in watchDeadlines() })
        }
    }

    // MARK: Handing in

    /// Answers a request through `completion`, which is called once (never after `cancel`), on the caller's thread or one of the scheduler's,
    /// and must not block. Returns a handle that takes the request back.
    @discardableResult
    public func submit(_ request: TaskRequest, _ completion: @escaping @Sendable (TaskAnswer) -> Void) -> TaskHandle? {
        guard let (job, segments) = table.find(request.route) else {
            completion(failure(.unknownRoute(request.route), request, nil))
            return nil
        }
        if let obstacle = stopped(job.module) ?? job.obstacle(segments, to: request) {
            completion(failure(obstacle, request, job))
            return nil
        }
        let ticket = PendingTask(request: request, job: job, segments: segments, completion: completion)
        let bytes = request.files.reduce(0) { $0 + $1.bytes.count }
        let refusal = state.withLock { state -> TaskError? in
            guard !state.isClosed else { return .closing }
            if state.queue.add(ticket, client: request.client, weight: bytes) { return nil }
            state.refused += 1
            return .full(queue: job.module.queue)
        }
        if let refusal {
            completion(failure(refusal, request, job))
            return nil
        }
        calls.offer(())
        clockCalls.offer(())
        return TaskHandle(scheduler: self, ticket: ticket)
    }

    /// Answers a request. A cancelled task takes it back and gets the answer "timed out".
    public func answer(_ request: TaskRequest) async -> TaskAnswer {
        let slot = Mailbox<TaskAnswer>(capacity: 1, onFull: .dropNewest)
        let handle = submit(request) { slot.offer($0) }
        if let answer = await slot.receive() { return answer }
        handle?.cancel()
        return failure(.timedOut(id: request.id), request, nil)
    }

    /// The answer to a request the transport cannot accept, in the shape of its route.
    public func refuse(_ request: TaskRequest, _ error: TaskError) -> TaskAnswer {
        failure(error, request, table.find(request.route)?.job)
    }

    private func stopped(_ module: TaskModule) -> TaskError? {
        guard let modules, !modules.isActive(module) else { return nil }
        return .refused(
            "\(module.name) is stopped; start it by posting name=AutoStart and value=true to /v1/settings/\(module.id)")
    }

    func cancel(_ ticket: PendingTask) {
        guard ticket.settle() else { return }
        state.withLock { $0.queue.remove { $0 === ticket } }
    }

    // MARK: Working

    /// Of 19: answers come late rather than pictures.
    private static let niceness: Int32 = 5

    private func work() {
        // The cameras come first: on Linux this lowers the calling thread only. Without permission nothing is lost.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
        while calls.next() != nil {
            let ticket = state.withLock { state -> PendingTask? in
                guard let ticket = state.queue.take() else { return nil }
                state.running.append(ticket)
                return ticket
            }
            guard let ticket else { continue }
            if !ticket.isForgotten { perform(ticket) }
            state.withLock { $0.running.removeAll { $0 === ticket } }
        }
    }

    private func perform(_ ticket: PendingTask) {
        let call = TaskCall(request: ticket.request, segments: ticket.segments)
        let start = Timestamp.now()
        let result = Result { () throws(TaskError) in try ticket.job.perform(call) }
        let spent = Timestamp.now().nanoseconds(since: start)
        metrics.record(ticket.job.module, result, inferenceNanoseconds: call.inferenceNanoseconds)
        guard ticket.settle() else { return }
        switch result {
        case .failure(let error): ticket.complete(failure(error, ticket.request, ticket.job))
        case .success(let outcome):
            var document = outcome.fields
            document["inferenceMs"] = .int(AnswerEnvelope.milliseconds(call.inferenceNanoseconds))
            document["processMs"] = .int(AnswerEnvelope.milliseconds(spent))
            ticket.complete(finished(document, ticket.request, ticket.job, code: 200))
        }
    }

    /// Answers requests whose deadline has passed, waiting and running ones alike. A running job cannot be stopped; its
    /// result is thrown away.
    private func watchDeadlines() {
        while true {
            let (due, next, isClosed) = state.withLock { state in state.expire(at: .now()) }
            for ticket in due where ticket.settle() {
                ticket.complete(failure(.timedOut(id: ticket.request.id), ticket.request, ticket.job))
            }
            if isClosed { return }
            _ = clockCalls.next(until: next)
        }
    }

    // MARK: Answers

    private func failure(_ error: TaskError, _ request: TaskRequest, _ job: (any TaskJob)?) -> TaskAnswer {
        var document: JSONObject = ["success": .bool(false), "error": .string(error.description)]
        if let job { document.append(job.emptyResult) }
        var answer = finished(document, request, job, code: error.code)
        answer.error = error
        return answer
    }

    private func finished(_ fields: JSONObject, _ request: TaskRequest, _ job: (any TaskJob)?, code: Int) -> TaskAnswer {
        let now = Timestamp.now()
        let envelope = AnswerEnvelope(
            module: job?.module, command: job?.command ?? "", requestID: request.id,
            roundTripNanoseconds: now.nanoseconds(since: request.received), now: now.utc)
        var document = fields
        document.append(envelope.fields(code: code))
        return TaskAnswer(document: document, isSuccess: document["success"] == .bool(true), code: code)
    }

    // MARK: State

    /// What the scheduler is doing.
    public struct Status: Sendable, Hashable {
        public var waiting: Int
        public var running: Int
        /// Requests turned away because the queue was full.
        public var refused: Int
        public var timedOut: Int
    }

    public var status: Status {
        state.withLock {
            Status(waiting: $0.queue.count, running: $0.running.count, refused: $0.refused, timedOut: $0.timedOut)
        }
    }

    /// Refuses new requests, answers the waiting ones with an error, and returns when the running ones are done.
    /// Blocks; never call from a Swift task.
    public func close() {
        let waiting = state.withLock { state -> [PendingTask] in
            state.isClosed = true
            var waiting: [PendingTask] = []
            while let ticket = state.queue.take() { waiting.append(ticket) }
            return waiting
        }
        for ticket in waiting where ticket.settle() {
            ticket.complete(failure(.closing, ticket.request, ticket.job))
        }
        calls.close()
        clockCalls.close()
        let threads = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in threads { thread.join() }
    }
}

extension TaskScheduler.State {
    /// Takes out what is due and says when the next deadline is.
    fileprivate mutating func expire(at now: Timestamp) -> (due: [PendingTask], next: Timestamp?, isClosed: Bool) {
        var due: [PendingTask] = []
        var next: Timestamp?
        func look(_ ticket: PendingTask) -> Bool {
            if ticket.isForgotten { return false }
            if ticket.request.deadline <= now {
                due.append(ticket)
                return true
            }
            next = min(next ?? ticket.request.deadline, ticket.request.deadline)
            return false
        }
        queue.remove(where: look)
        for ticket in running { _ = look(ticket) }
        timedOut += due.count
        return (due, next, isClosed)
    }
}

/// Takes a request back, for a client that went away.
public struct TaskHandle: Sendable {
    let scheduler: TaskScheduler
    let ticket: PendingTask

    /// The request is forgotten; its completion is not called any more.
    public func cancel() { scheduler.cancel(ticket) }
}
