// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Logging
import Pipeline
import Publish
import Synchronization
import Testing

private struct Trouble: Error, CustomStringConvertible {
    var description: String
}

/// A publisher that does what the test tells it: what comes into `orders` is how its runs end, and without an order a run
/// goes on until it is cancelled.
private final class FakePublisher: ResultPublisher {
    let name: String
    let orders = Mailbox<Trouble?>(capacity: 4, onFull: .dropNewest)
    /// One entry for each run that has begun.
    let runs = Mailbox<Void>(capacity: 4, onFull: .dropNewest)
    private let opening: Trouble?
    private let isRunning = Atomic(false)

    init(_ name: String, opening: Trouble? = nil) {
        self.name = name
        self.opening = opening
    }

    func open() async throws {
        if let opening { throw opening }
    }

    func run() async throws {
        isRunning.store(true, ordering: .relaxed)
        defer { isRunning.store(false, ordering: .relaxed) }
        runs.offer(())
        let order = await withTaskCancellationHandler {
            await orders.receive()
        } onCancel: {
            orders.close()
        }
        if let trouble = order ?? nil { throw trouble }
    }

    func status() -> PublisherStatus {
        PublisherStatus(
            name: name, state: isRunning.load(ordering: .relaxed) ? .running : .starting, subscriptions: 1, counters: ["sent": 7])
    }
}

private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite("The registry of publishers")
struct PublisherRegistryTests {
    @Test("A second publisher needs nothing but the seam to run beside UDP and be seen in the box's status")
    func second() async throws {
        let udp = UDPServer(settings: try .test(), appliance: FakeAppliance([]), logger: silent)
        let fake = FakePublisher("fake")
        let registry = PublisherRegistry(logger: silent)
        #expect(registry.statuses.isEmpty)
        #expect(try await registry.start(udp).port == udp.boundPort)
        try await registry.start(fake)
        _ = await fake.runs.receive()
        let statuses = registry.statuses
        #expect(statuses.map(\.name) == ["fake", "udp"])
        #expect(statuses.map(\.state) == [.running, .running])
        #expect(statuses[1].port == udp.boundPort)
        #expect(statuses[0].counters == ["sent": 7])

        let box = try JSONSerialization.jsonObject(with: JSONEncoder().encode(FakeAppliance([]).status(publishers: statuses)))
        let shown = try #require((box as? [String: Any])?["publishers"] as? [[String: Any]])
        #expect(shown.map { $0["name"] as? String } == ["fake", "udp"])
        #expect((shown[0]["counters"] as? [String: Int]) == ["sent": 7])

        await registry.stop("udp")
        #expect(udp.boundPort == nil)
        #expect(registry.statuses.map(\.name) == ["fake"])
        await registry.stop("fake")
        #expect(registry.statuses.isEmpty)
    }

    @Test("The status key udp says what stands in publishers, as it did before there were others")
    func olderKey() throws {
        func udp(_ publishers: [PublisherStatus]) throws -> [String: Any]? {
            let box = try JSONSerialization.jsonObject(
                with: JSONEncoder().encode(FakeAppliance([]).status(publishers: publishers)))
            return (box as? [String: Any])?["udp"] as? [String: Any]
        }
        let figures = try udp([
            PublisherStatus(name: "fake", state: .running),
            PublisherStatus(name: "udp", state: .running, port: 32170, subscriptions: 2, counters: ["sent": 9]),
        ])
        #expect(figures?.keys.sorted() == ["counters", "port", "subscriptions"])
        #expect(figures?["port"] as? Int == 32170)
        #expect(figures?["subscriptions"] as? Int == 2)
        #expect(figures?["counters"] as? [String: Int] == ["sent": 9])
        #expect(try udp([PublisherStatus(name: "udp", state: .failed)])?["port"] as? Int == 0)
        #expect(try udp([]) == nil)
    }

    @Test("A publisher that fails is shown with the reason and run again, and the others go on")
    func failure() async throws {
        let (weak, steady) = (FakePublisher("weak"), FakePublisher("steady"))
        let pauses = Mailbox<Int64>(capacity: 4, onFull: .dropNewest)
        let resume = Mailbox<Void>(capacity: 4, onFull: .dropNewest)
        let registry = PublisherRegistry(logger: silent) { nanoseconds in
            pauses.offer(nanoseconds)
            _ = await resume.receive()
        }
        try await registry.start(weak)
        try await registry.start(steady)
        _ = await weak.runs.receive()
        _ = await steady.runs.receive()

        weak.orders.offer(Trouble(description: "the broker is away"))
        let first = try #require(await pauses.receive())
        #expect(registry.statuses.map(\.name) == ["steady", "weak"])
        #expect(registry.statuses.map(\.state) == [.running, .failed])
        #expect(registry.statuses[1].why == "the broker is away")

        resume.offer(())
        _ = await weak.runs.receive()
        #expect(registry.statuses.map(\.state) == [.running, .running])
        #expect(registry.statuses[1].why.isEmpty)

        weak.orders.offer(Trouble(description: "again"))
        #expect(try #require(await pauses.receive()) > first)
        resume.offer(())
        await registry.stop("weak")
        await registry.stop("steady")
    }

    @Test("A publisher that has nothing left to publish ends alone")
    func end() async throws {
        let (brief, steady) = (FakePublisher("brief"), FakePublisher("steady"))
        let registry = PublisherRegistry(logger: silent)
        try await registry.start(brief)
        try await registry.start(steady)
        _ = await steady.runs.receive()
        brief.orders.offer(nil)
        brief.orders.close()
        while registry.statuses[0].state != .ended { await Task.yield() }
        #expect(registry.statuses[1].state == .running)
        await registry.stop("brief")
        await registry.stop("steady")
    }

    @Test("A port that is taken is refused with the remedy, and the others go on")
    func portTaken() async throws {
        let holder = UDPServer(settings: try .test(), appliance: FakeAppliance([]), logger: silent)
        try await holder.open()
        let port = try #require(holder.boundPort)
        let fake = FakePublisher("fake")
        let second = UDPServer(settings: try .test(port: port), appliance: FakeAppliance([]), logger: silent)
        let registry = PublisherRegistry(logger: silent)
        try await registry.start(fake)
        let error = await #expect(throws: PublishError.self) { try await registry.start(second) }
        #expect(error?.description.contains("udp.port") == true)
        #expect(registry.statuses.map(\.name) == ["fake"])
        await registry.stop("fake")
        await holder.close()
    }
}
