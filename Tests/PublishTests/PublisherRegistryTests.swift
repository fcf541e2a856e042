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
        var settings = UDPSettings()
        (settings.host, settings.port) = ("127.0.0.1", 0)
        let udp = UDPServer(settings: settings, appliance: FakeAppliance([]), logger: silent)
        let fake = FakePublisher("fake")
        let registry = PublisherRegistry([udp, fake], logger: silent)
        #expect(registry.statuses.map(\.state) == [.starting, .starting])

        let opened = Mailbox<PublisherStatus>(capacity: 2, onFull: .dropNewest)
        let task = Task { try await registry.run { opened.offer($0) } }
        let names = [await opened.receive()?.name, await opened.receive()?.name]
        #expect(Set(names) == ["udp", "fake"])
        _ = await fake.runs.receive()
        let statuses = registry.statuses
        #expect(statuses.map(\.name) == ["udp", "fake"])
        #expect(statuses.map(\.state) == [.running, .running])
        #expect(statuses[0].port == udp.boundPort)
        #expect(statuses[1].counters == ["sent": 7])

        let box = try JSONSerialization.jsonObject(with: JSONEncoder().encode(FakeAppliance([]).status(publishers: statuses)))
        let shown = try #require((box as? [String: Any])?["publishers"] as? [[String: Any]])
        #expect(shown.map { $0["name"] as? String } == ["udp", "fake"])
        #expect((shown[1]["counters"] as? [String: Int]) == ["sent": 7])

        task.cancel()
        try await task.value
        #expect(udp.boundPort == nil)
        #expect(registry.statuses.map(\.state) == [.ended, .ended])
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
        let registry = PublisherRegistry([weak, steady], logger: silent) { nanoseconds in
            pauses.offer(nanoseconds)
            _ = await resume.receive()
        }
        let task = Task { try await registry.run { _ in } }
        _ = await weak.runs.receive()
        _ = await steady.runs.receive()

        weak.orders.offer(Trouble(description: "the broker is away"))
        let first = try #require(await pauses.receive())
        #expect(registry.statuses.map(\.state) == [.failed, .running])
        #expect(registry.statuses[0].why == "the broker is away")

        resume.offer(())
        _ = await weak.runs.receive()
        #expect(registry.statuses.map(\.state) == [.running, .running])
        #expect(registry.statuses[0].why.isEmpty)

        weak.orders.offer(Trouble(description: "again"))
        #expect(try #require(await pauses.receive()) > first)
        resume.offer(())
        task.cancel()
        try await task.value
    }

    @Test("A publisher that has nothing left to publish ends alone")
    func end() async throws {
        let (brief, steady) = (FakePublisher("brief"), FakePublisher("steady"))
        let registry = PublisherRegistry([brief, steady], logger: silent)
        let task = Task { try await registry.run { _ in } }
        _ = await steady.runs.receive()
        brief.orders.offer(nil)
        brief.orders.close()
        while registry.statuses[0].state != .ended { await Task.yield() }
        #expect(registry.statuses[1].state == .running)
        task.cancel()
        try await task.value
    }

    @Test("A port that is taken ends the start of all, with the remedy, when the others have said goodbye")
    func portTaken() async throws {
        var settings = UDPSettings()
        (settings.host, settings.port) = ("127.0.0.1", 0)
        let holder = UDPServer(settings: settings, appliance: FakeAppliance([]), logger: silent)
        try await holder.open()
        settings.port = try #require(holder.boundPort)
        let fake = FakePublisher("fake")
        let second = UDPServer(settings: settings, appliance: FakeAppliance([]), logger: silent)
        let registry = PublisherRegistry([fake, second], logger: silent)
        let error = await #expect(throws: PublishError.self) { try await registry.run { _ in } }
        #expect(error?.description.contains("udp.port") == true)
        #expect(registry.statuses[0].state != .running)
        await holder.close()
    }
}
