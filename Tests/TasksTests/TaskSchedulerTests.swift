// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Synchronization
import Tasks
import Testing

/// Waits at a gate, then answers; keeps the order in which it was asked.
private struct GatedJob: TaskJob {
    var module: TaskModule { .summary }
    var command: String { "gated" }
    let entered: Mailbox<String>
    let gate: Mailbox<Void>

    func perform(_ call: TaskCall) throws(TaskError) -> TaskOutcome {
        entered.offer(call.request.id)
        _ = gate.next()
        if call.values.text("fail") != nil { throw .refused("as asked") }
        return TaskOutcome(["success": .bool(true)], found: ["thing"])
    }
}

@Suite struct TaskSchedulerTests {
    private let entered = Mailbox<String>(capacity: 64, onFull: .dropNewest)
    private let gate = Mailbox<Void>(capacity: 64, onFull: .dropNewest)
    private let answers = Mailbox<TaskAnswer>(capacity: 64, onFull: .dropNewest)

    private func scheduler(workers: Int = 1, capacity: Int = 4, capacityPerClient: Int = 2) -> TaskScheduler {
        TaskScheduler(
            table: TaskRegistry([("gated", GatedJob(entered: entered, gate: gate)), ("train", Closed())]),
            configuration: .init(workers: workers, capacity: capacity, capacityPerClient: capacityPerClient))
    }

    private struct Closed: TaskJob {
        var module: TaskModule { .training }
        var command: String { "train" }
        var emptyResult: JSONObject { ["predictions": .array([])] }
        func obstacle(_ segments: [String]) -> TaskError? { .notInstalled(what: "training", remedy: "train elsewhere") }
        func perform(_ call: TaskCall) -> TaskOutcome { TaskOutcome([:]) }
    }

    private func request(_ id: String, client: String = "a", fail: Bool = false, deadline: Timestamp? = nil) -> TaskRequest {
        TaskRequest(
            route: "gated", values: TaskValues(fail ? [(name: "fail", value: "1")] : []), client: client,
            deadline: deadline ?? Timestamp(nanoseconds: .max), id: id)
    }

    @Test func clientsAreServedInTurn() {
        var queue = FairQueue<Int>(capacity: 6, capacityPerClient: 4)
        let accepted = (1...5).map { queue.add($0, client: "busy") }
        #expect(accepted == [true, true, true, true, false], "one client's share is four")
        let others = [queue.add(10, client: "quiet"), queue.add(20, client: "other"), queue.add(21, client: "other")]
        #expect(others == [true, true, false], "six are all that may wait")
        queue.remove { $0 == 2 }
        let order = (0..<6).map { _ in queue.take() }
        #expect(order == [1, 10, 20, 3, 4, nil])
        #expect(queue.count == 0)
    }

    @Test func whatWaitsHasAWeight() {
        var queue = FairQueue<Int>(capacity: 9, capacityPerClient: 9, capacityWeight: 10)
        let alone = queue.add(1, client: "a", weight: 50)
        let beside = queue.add(2, client: "a", weight: 1)
        #expect(alone && !beside, "a heavy one waits alone")
        _ = queue.take()
        let accepted = [6, 4, 1].map { queue.add($0, client: "a", weight: $0) }
        #expect(accepted == [true, true, false] && queue.weight == 10)
        queue.remove { $0 == 6 }
        #expect(queue.weight == 4 && queue.count == 1)
    }

    @Test func anAnswerCarriesTheEnvelopeOfBothGenerations() throws {
        let scheduler = scheduler()
        defer { scheduler.close() }
        gate.offer(())
        scheduler.submit(request("one")) { answers.offer($0) }
        let answer = try #require(answers.next())
        let names = answer.document.fields.map(\.name)
        #expect(
            names == [
                "success", "inferenceMs", "processMs", "moduleId", "moduleName", "code", "command", "requestId",
                "inferenceDevice",
                "executionProvider", "canUseGPU", "analysisRoundTripMs", "processedBy", "timestampUTC",
            ])
        #expect(answer.code == 200 && answer.isSuccess && answer.document["requestId"] == .string("one"))
        let stamp = try #require(answer.document.text("timestampUTC"))
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "GMT")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        let date = try #require(format.date(from: stamp))
        #expect(format.string(from: date) == stamp && abs(date.timeIntervalSinceNow) < 3600)
        #expect(scheduler.metrics.statistics(of: .summary).histogram == ["thing": 1])
    }

    @Test func aFailedJobIsASuccessfulTransportOfItsError() throws {
        let scheduler = scheduler()
        defer { scheduler.close() }
        gate.offer(())
        scheduler.submit(request("one", fail: true)) { answers.offer($0) }
        let answer = try #require(answers.next())
        #expect(!answer.isSuccess && answer.code == 500 && answer.document.text("error") == "as asked")
        #expect(scheduler.metrics.statistics(of: .summary).failedInferences == 1)
    }

    @Test func aFullDeskSaysSoAtOnceAndAQuietClientStillGetsIn() throws {
        let scheduler = scheduler()
        scheduler.submit(request("running")) { answers.offer($0) }
        #expect(entered.next() == "running")
        for id in ["w1", "w2"] { scheduler.submit(request(id)) { answers.offer($0) } }
        scheduler.submit(request("too many")) { answers.offer($0) }
        let refused = try #require(answers.poll())
        #expect(refused.code == 429 && refused.document.text("error")?.contains("is full") == true)
        scheduler.submit(request("quiet", client: "b")) { answers.offer($0) }
        #expect(scheduler.status.waiting == 3 && scheduler.status.refused == 1)
        for _ in 0..<4 { gate.offer(()) }
        #expect([entered.next(), entered.next(), entered.next()] == ["w1", "quiet", "w2"])
        for _ in 0..<4 { #expect(answers.next()?.isSuccess == true) }
        scheduler.close()
    }

    @Test func whatIsDueIsAnsweredThoughTheJobStillRuns() throws {
        let scheduler = scheduler()
        let due = Timestamp.now().advanced(byNanoseconds: 1_000_000)
        scheduler.submit(request("slow", deadline: due)) { answers.offer($0) }
        scheduler.submit(request("waiting", deadline: due)) { answers.offer($0) }
        for _ in 0..<2 {
            let answer = try #require(answers.next())
            #expect(answer.code == 500 && answer.document.text("error")?.hasPrefix("The request timed out (#reqid ") == true)
        }
        gate.close()
        scheduler.close()
        #expect(answers.statistics.accepted == 2, "no request is answered twice")
    }

    @Test func unknownRoutesAndMissingModulesAreAnsweredOnTheSpot() throws {
        let scheduler = scheduler()
        defer { scheduler.close() }
        scheduler.submit(TaskRequest(route: "nowhere")) { answers.offer($0) }
        #expect(answers.poll()?.code == 404)
        scheduler.submit(TaskRequest(route: "train/anything")) { answers.offer($0) }
        let answer = try #require(answers.poll())
        #expect(answer.document.text("error") == "training is not installed: train elsewhere")
        #expect(answer.document["predictions"] == .array([]) && answer.document["moduleId"] != nil)
    }

    @Test func aRequestTakenBackIsNeverAnswered() throws {
        let scheduler = scheduler()
        scheduler.submit(request("running")) { answers.offer($0) }
        #expect(entered.next() == "running")
        let handle = try #require(scheduler.submit(request("gone")) { answers.offer($0) })
        handle.cancel()
        #expect(scheduler.status.waiting == 0)
        for _ in 0..<2 { gate.offer(()) }
        scheduler.close()
        #expect(answers.poll()?.document["requestId"] == .string("running"))
        #expect(answers.statistics.accepted == 1)
    }

    @Test func closingAnswersWhoWaits() async throws {
        let scheduler = scheduler()
        scheduler.submit(request("running")) { answers.offer($0) }
        #expect(entered.next() == "running")
        async let waiting = scheduler.answer(request("waiting"))
        while scheduler.status.waiting == 0 { await Task.yield() }
        // Closing waits for the running job, so it has to happen beside it.
        let closing = Thread { scheduler.close() }
        closing.start()
        #expect(await waiting.code == 503)
        gate.offer(())
        scheduler.close()
        #expect(await scheduler.answer(request("late")).code == 503)
    }
}
