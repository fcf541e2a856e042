// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import Logging
import NIOCore
import NIOPosix
import Pipeline
import Publish
import Synchronization
import TestSupport
import Testing

/// Publishes a hundred frames a second on a thread of its own, as a camera would.
private final class Exposures: Sendable {
    private let signal = StopSignal()
    private let thread: StageThread

    init(_ cameras: [FakeCamera], objects: Int = 1) {
        let signal = signal
        thread = StageThread(name: "exposures") {
            var due = Timestamp.now()
            var sequence = 0
            repeat {
                sequence += 1
                for camera in cameras { camera.publish(sequence: sequence, objects: objects) }
                due = due.advanced(byNanoseconds: 10_000_000)
            } while signal.sleep(until: due)
        }
    }

    func stop() {
        signal.stop()
        thread.join()
    }
}

/// Runs `body` with an open server, then stops it.
private func withDoor(
    _ appliance: FakeAppliance, _ settings: UDPSettings? = nil, _ body: (UDPServer, Int) async throws -> Void
) async throws {
    let server = try UDPServer(
        settings: settings ?? UDPSettings.test(), appliance: appliance,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await server.open()
    let port = try #require(server.boundPort)
    let task = Task { try await server.run() }
    do {
        try await body(server, port)
    } catch {
        task.cancel()
        _ = await task.result
        throw error
    }
    task.cancel()
    try await task.value
}

/// Receives until `isEnough`.
private func receive(
    _ subscriber: ResultSubscriber, until isEnough: @escaping @Sendable ([SubscriberMessage]) -> Bool
) async throws -> [SubscriberMessage] {
    try await Task {
        var messages: [SubscriberMessage] = []
        try await subscriber.run { message in
            messages.append(message)
            if isEnough(messages) { withUnsafeCurrentTask { $0?.cancel() } }
        }
        return messages
    }.value
}

extension [SubscriberMessage] {
    fileprivate var results: [ResultMessage] {
        compactMap { if case .result(let result) = $0 { result } else { nil } }
    }
    fileprivate var sessions: [UInt32] {
        compactMap { if case .connected(let session, _) = $0 { session } else { nil } }
    }
}

/// A socket that sends whatever it is told to.
private func withRawSocket(_ body: (any Channel) async throws -> Void, onRead: @escaping @Sendable ([UInt8]) -> Void = { _ in })
    async throws
{
    let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Ears(onRead)) }
        }
        .bind(host: "127.0.0.1", port: 0).get()
    do { try await body(channel) } catch {
        try? await channel.close().get()
        throw error
    }
    try await channel.close().get()
}

private final class Ears: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    private let onRead: @Sendable ([UInt8]) -> Void
    init(_ onRead: @escaping @Sendable ([UInt8]) -> Void) { self.onRead = onRead }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) { onRead(Array(unwrapInboundIn(data).data.readableBytesView)) }
}

/// Subscribes, and closes the socket without a word once the first result came.
private func vanishAfterTheFirstResult(_ port: Int) async throws {
    let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
    let inbox = Mailbox<[UInt8]>(capacity: 64, onFull: .dropOldest)
    try await withRawSocket(
        { channel in
            var machine = SubscriberMachine(SubscribeRequest(), at: .now()) { (0..<8).map { _ in .random(in: 0 ... .max) } }
            var output = machine.tick(at: .now())
            while true {
                for datagram in output.datagrams {
                    try await channel.writeAndFlush(AddressedEnvelope(remoteAddress: address, data: ByteBuffer(bytes: datagram)))
                        .get()
                }
                if !output.messages.results.isEmpty { return }
                output = machine.receive(try #require(await inbox.receive()), at: .now())
                output.datagrams += machine.tick(at: .now()).datagrams
            }
        }, onRead: { inbox.offer($0) })
}

/// Runs a program and returns what it printed, once it has ended well.
private func output(of program: String, _ arguments: [String]) async throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    let ended = Mailbox<Int32>(capacity: 1, onFull: .dropNewest)
    process.terminationHandler = { ended.offer($0.terminationStatus) }
    try process.run()
    let status = await ended.receive()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(status == 0, "\(text)")
    return text
}

@Suite(.serialized, .timeLimit(.minutes(1)))
struct SocketTests {
    @Test func aSubscriberReceivesWhatTheHubPublishes() async throws {
        let camera = FakeCamera("demo")
        let exposures = Exposures([camera])
        try await withDoor(FakeAppliance([camera])) { server, port in
            let messages = try await receive(ResultSubscriber(host: "127.0.0.1", port: port)) { $0.results.count >= 300 }
            let result = try #require(messages.results.last)
            #expect(result.stream == "demo/object_tracker")
            #expect(result.captureNanoseconds == 1_000_000_000)
            #expect(result.total == 1)
            #expect(result.objects.first?.labelName == "ball")
            #expect(result.objects.first?.position == PositionMillimetres(x: -125, y: 40, z: 1830))
            #expect(result.jsonLine.contains(#""label_name":"ball""#))
            let described = messages.compactMap { if case .described(let description) = $0 { description } else { nil } }
            #expect(described.contains { $0.model == "demo-detector" && $0.width == 640 && $0.labels == ["cube", "ball"] })
            #expect(server.meter.snapshot.count >= 300)
        }
        exposures.stop()
    }

    @Test func subscribersWithDifferentLimitsEachGetEveryObjectInTheirOwnSize() async throws {
        let camera = FakeCamera("demo")
        let exposures = Exposures([camera], objects: 30)
        try await withDoor(FakeAppliance([camera])) { _, port in
            let small = ResultSubscriber(host: "127.0.0.1", port: port, streams: ["demo/object_tracker"], bytes: 256)
            let large = ResultSubscriber(host: "127.0.0.1", port: port, streams: ["demo/object_tracker"], rate: 20)
            async let fromSmall = receive(small) { $0.results.count >= 60 }
            async let fromLarge = receive(large) { $0.results.count >= 5 }
            let (some, others) = try await (fromSmall.results, fromLarge.results)
            #expect(others.allSatisfy { $0.parts == 1 && $0.objects.count == 30 })
            #expect(some.allSatisfy { $0.parts > 1 && $0.total == 30 })
            let frames = Dictionary(grouping: some, by: \.frame).values.filter { $0.count == $0[0].parts }
            #expect(!frames.isEmpty)
            for parts in frames { #expect(Set(parts.flatMap { $0.objects.map(\.track) }).count == 30) }
        }
        exposures.stop()
    }

    @Test func jsonComesAsLines() async throws {
        let camera = FakeCamera("demo")
        let exposures = Exposures([camera])
        try await withDoor(FakeAppliance([camera])) { _, port in
            let messages = try await receive(ResultSubscriber(host: "127.0.0.1", port: port, json: true)) {
                if case .json? = $0.last { true } else { false }
            }
            guard case .json(let line)? = messages.last else {
                Issue.record("another answer")
                return
            }
            let json = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(json["stream"] as? String == "demo/object_tracker")
            #expect((json["objects"] as? [[String: Any]])?.first?["label_name"] as? String == "ball")
        }
        exposures.stop()
    }

    /// Whoever names the stream gets it as JSON, whatever it asks for; nobody else gets it.
    @Test func readingsOfAMotionSensorComeToThoseWhoNameThem() async throws {
        let camera = FakeCamera("oak")
        camera.hub.offer([.objectTracker: nil, .metaout: nil, .imu: nil])
        let exposures = Exposures([camera])
        try await withDoor(FakeAppliance([camera, FakeCamera("demo")])) { _, port in
            let messages = try await receive(ResultSubscriber(host: "127.0.0.1", port: port, streams: ["oak/imu"])) {
                if case .json? = $0.last { true } else { false }
            }
            guard case .json(let line)? = messages.last else { return }
            let json = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(json["camera"] as? String == "oak" && Set(json.keys) == ["camera", "sequence", "samples"])
            let samples = try #require(json["samples"] as? [[String: Any]])
            #expect(samples.count == 2 && samples[0]["accelerometer"] as? [Double] == [0, 9.81, 0])
            #expect(samples[0]["gyroscope"] as? [Double] == [0.5, 0, 0])
            let everything = try await receive(ResultSubscriber(host: "127.0.0.1", port: port)) { $0.results.count == 5 }
            #expect(everything.results.allSatisfy { $0.stream == "oak/object_tracker" })
            #expect(!everything.contains { if case .json = $0 { true } else { false } })
            do {
                try await ResultSubscriber(host: "127.0.0.1", port: port, streams: ["demo/imu"]).run { _ in }
                Issue.record("a camera without a sensor was granted")
            } catch let error as PublishError {
                #expect(error.description.contains("demo/imu") && error.description.contains("oak/imu"))
            }
        }
        exposures.stop()
    }

    @Test func aSubscriberGoesOnWhenTheBoxIsRestarted() async throws {
        let camera = FakeCamera("demo")
        let appliance = FakeAppliance([camera])
        let exposures = Exposures([camera])
        let connected = Mailbox<UInt32>(capacity: 8, onFull: .dropNewest)
        let port = Mutex(0)
        var subscribing: Task<[SubscriberMessage], any Error>?
        try await withDoor(appliance) { _, bound in
            port.withLock { $0 = bound }
            subscribing = Task {
                try await receive(ResultSubscriber(host: "127.0.0.1", port: bound)) { messages in
                    if case .result? = messages.last, messages.results.count % 20 == 1, let session = messages.sessions.last {
                        connected.offer(session)
                    }
                    return Set(messages.results.map(\.session)).count == 2
                }
            }
            _ = await connected.receive()
        }
        let bound = port.withLock { $0 }
        try await withDoor(appliance, UDPSettings.test(port: bound)) { _, _ in
            let messages = try await #require(subscribing).value
            #expect(Set(messages.sessions).count == 2)
        }
        exposures.stop()
    }

    @Test func garbageAndFloodsDoNotDisturbASubscriber() async throws {
        let camera = FakeCamera("demo")
        let exposures = Exposures([camera])
        try await withDoor(FakeAppliance([camera])) { server, port in
            let address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
            try await withRawSocket { channel in
                async let receiving = receive(ResultSubscriber(host: "127.0.0.1", port: port)) { $0.results.count >= 200 }
                var random = SeededRandom(9)
                for round in 0..<20_000 {
                    let datagram = round % 2 == 0 ? random.bytes(70) : ClientMessage.hello(nonce: random.bytes(8)).datagram()
                    try await channel.writeAndFlush(AddressedEnvelope(remoteAddress: address, data: ByteBuffer(bytes: datagram)))
                        .get()
                }
                #expect(try await receiving.results.count >= 200)
            }
            #expect(server.status().counters["malformed", default: 0] > 0)
            #expect(server.status().counters["refused_flood", default: 0] > 0)
        }
        exposures.stop()
    }

    @Test func aStreamThatDoesNotExistIsRefusedByName() async throws {
        try await withDoor(FakeAppliance([FakeCamera("demo")])) { _, port in
            let subscriber = ResultSubscriber(host: "127.0.0.1", port: port, streams: ["attic/metaout"])
            do {
                try await subscriber.run { _ in }
                Issue.record("nothing was thrown")
            } catch let error as PublishError {
                #expect(error.description.contains("attic/metaout"))
                #expect(error.description.contains("demo/object_tracker"))
            }
        }
    }

    @Test func aCameraThatComesLaterIsSentToWhoWantsEverything() async throws {
        let camera = FakeCamera("late")
        let appliance = FakeAppliance([])
        let exposures = Exposures([camera])
        try await withDoor(appliance) { _, port in
            let messages = try await receive(ResultSubscriber(host: "127.0.0.1", port: port)) { messages in
                if messages.count == 1 { appliance.set([camera]) }
                return !messages.results.isEmpty
            }
            #expect(messages.results.first?.stream == "late/object_tracker")
        }
        exposures.stop()
    }

    @Test func aCameraThatGoesIsDescribedAtOnceAndItsResultsGoOnWhenItIsBack() async throws {
        let camera = FakeCamera("demo")
        let exposures = Exposures([camera])
        try await withDoor(FakeAppliance([camera])) { _, port in
            let messages = try await receive(ResultSubscriber(host: "127.0.0.1", port: port)) { messages in
                switch messages.last {
                case .described(let description) where description.state == "lost": camera.hub.offer([.objectTracker: nil])
                case .result where messages.results.count == 1:
                    camera.hub.interrupt(StreamGap(camera: "demo", state: .lost, why: "unplugged"))
                default: break
                }
                let states = messages.compactMap { if case .described(let description) = $0 { description.state } else { nil } }
                return states.contains("lost") && states.last == "running" && messages.results.count > 1
            }
            let lost = messages.compactMap { message -> StreamDescription? in
                if case .described(let description) = message, description.state == "lost" { description } else { nil }
            }
            #expect(lost.first?.why == "unplugged")
        }
        exposures.stop()
    }

    @Test func aPortInUseIsToldWithTheRemedy() async throws {
        try await withDoor(FakeAppliance([])) { _, port in
            let second = try UDPServer(
                settings: UDPSettings.test(port: port), appliance: FakeAppliance([]), logger: Logger(label: "test"))
            do {
                try await second.open()
                Issue.record("nothing was thrown")
            } catch let error as PublishError {
                #expect(error.description.contains("\(port)"))
                #expect(error.description.contains("udp.port"))
            }
        }
    }

    @Test func aTargetThatOnlyListensGetsDescriptionsAndResults() async throws {
        let camera = FakeCamera("demo")
        let exposures = Exposures([camera])
        let heard = Mailbox<[UInt8]>(capacity: 64, onFull: .dropNewest)
        try await withRawSocket(
            { channel in
                let port = try #require(channel.localAddress?.port)
                try await withDoor(FakeAppliance([camera]), UDPSettings.test("targets: ['127.0.0.1:\(port)']")) { _, _ in
                    var types: Set<UInt8> = []
                    while types != [3, 4], let datagram = await heard.receive() { types.insert(datagram[5]) }
                    #expect(types == [3, 4])
                }
            }, onRead: { heard.offer($0) })
        exposures.stop()
    }

    @Test func aSubscriberThatVanishesIsForgottenWhenTheKernelTells() async throws {
        let camera = FakeCamera("demo")
        let exposures = Exposures([camera])
        try await withDoor(FakeAppliance([camera])) { server, port in
            try await vanishAfterTheFirstResult(port)
            // Somebody else is served meanwhile; a lease that merely ran out would take 5 s, 500 results.
            let messages = try await receive(ResultSubscriber(host: "127.0.0.1", port: port)) { messages in
                server.status().counters["subscriber_unreachable"] == 1 && server.status().subscriptions == 1
                    || messages.results.count >= 400
            }
            #expect(messages.results.count < 400)
            #expect(server.status().counters["leases_expired", default: 0] == 0)
        }
        exposures.stop()
    }

    @Test func eightSubscribersOfOneHostEachHaveTheirOwnStream() async throws {
        let camera = FakeCamera("demo")
        let exposures = Exposures([camera])
        try await withDoor(FakeAppliance([camera])) { _, port in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await receive(ResultSubscriber(host: "127.0.0.1", port: port)) { $0.results.count >= 50 }.results
                            .count
                    }
                }
                for try await count in group { #expect(count >= 50) }
            }
        }
        exposures.stop()
    }

    @Test func withAKeyOnlyThoseWhoHaveItAreServed() async throws {
        let camera = FakeCamera("demo")
        let exposures = Exposures([camera], objects: 60)
        let secret = "a key of some length"
        let key = Array(secret.utf8)
        try await withDoor(FakeAppliance([camera]), UDPSettings.test(key: secret)) { server, port in
            let mine = try await receive(ResultSubscriber(host: "127.0.0.1", port: port, bytes: 600, key: key)) {
                $0.results.count >= 50
            }
            #expect(mine.results.allSatisfy { $0.total == 60 && $0.parts > 1 })
            for foreign in [[], Array("another key, as long".utf8)] {
                let silence = try await receive(ResultSubscriber(host: "127.0.0.1", port: port, key: foreign)) { !$0.isEmpty }
                guard case .lost(let hint)? = silence.last else {
                    Issue.record("somebody without the key was answered: \(silence)")
                    continue
                }
                #expect(hint.contains("key"))
            }
            #expect(server.status().counters["refused_key", default: 0] >= 2)
        }
        exposures.stop()
    }

    @Test func thePythonExampleKnowsTheKey() async throws {
        let camera = FakeCamera("demo")
        let exposures = Exposures([camera])
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("key-\(UUID().uuidString)")
        try Data("0123456789abcdef0123456789abcdef\n".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let script = SharedData.checkout.appendingPathComponent("examples/subscribe.py").path
        try await withDoor(FakeAppliance([camera]), UDPSettings.test(key: "0123456789abcdef0123456789abcdef")) {
            _, port in
            let text = try await output(
                of: "/usr/bin/env",
                ["python3", script, "127.0.0.1", "\(port)", "--count", "5", "--key-file", file.path])
            #expect(text.contains("#1 tracked ball 0.90"))
        }
        exposures.stop()
    }

    @Test func aGroupGetsDescriptionsAndResults() async throws {
        let camera = FakeCamera("demo")
        let exposures = Exposures([camera])
        let script = SharedData.checkout.appendingPathComponent("examples/subscribe.py").path
        let port = Int.random(in: 20_000..<32_000)
        let group = "multicast: '239.255.68.80:\(port)'\nmulticast_interface: lo"
        try await withDoor(FakeAppliance([camera]), UDPSettings.test(group)) { _, _ in
            let text = try await output(
                of: "/usr/bin/env",
                ["python3", script, "239.255.68.80", "\(port)", "--multicast", "127.0.0.1", "--count", "5"])
            #expect(text.contains("demo/object_tracker frame"))
            #expect(text.contains("#1 tracked ball 0.90"))
        }
        exposures.stop()
    }

    @Test func thePythonExamplePrintsResults() async throws {
        let camera = FakeCamera("demo")
        let exposures = Exposures([camera])
        let script = SharedData.checkout.appendingPathComponent("examples/subscribe.py").path
        try await withDoor(FakeAppliance([camera])) { _, port in
            let text = try await output(
                of: "/usr/bin/env",
                ["python3", script, "127.0.0.1", "\(port)", "--stream", "demo/object_tracker", "--count", "20"])
            #expect(text.contains("subscribed to demo/object_tracker"))
            #expect(text.contains("#1 tracked ball 0.90 box 0.250 0.125 0.500 1.000 at -125 40 1830 mm"))
        }
        exposures.stop()
    }

    @Test func thePythonExamplePrintsReadingsOfAMotionSensor() async throws {
        let camera = FakeCamera("oak")
        camera.hub.offer([.imu: nil])
        let exposures = Exposures([camera])
        let script = SharedData.checkout.appendingPathComponent("examples/subscribe.py").path
        try await withDoor(FakeAppliance([camera])) { _, port in
            let text = try await output(
                of: "/usr/bin/env", ["python3", script, "127.0.0.1", "\(port)", "--stream", "oak/imu", "--count", "5"])
            #expect(text.contains(#"oak/imu {"camera":"oak","sequence":"#))
            #expect(text.contains(#""gyroscope":[0.5,0.0,0.0]}]}"#))
        }
        exposures.stop()
    }

    @Test func theCExampleCompilesWithoutWarningsAndPrintsResults() async throws {
        let camera = FakeCamera("demo")
        let exposures = Exposures([camera])
        let source = SharedData.checkout.appendingPathComponent("examples/subscribe.c").path
        let program = FileManager.default.temporaryDirectory.appendingPathComponent("subscribe-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: program) }
        _ = try await output(of: "/usr/bin/env", ["cc", "-Wall", "-Wextra", "-Werror", "-O2", source, "-o", program])
        try await withDoor(FakeAppliance([camera])) { _, port in
            let text = try await output(of: program, ["127.0.0.1", "\(port)", "20"])
            #expect(text.contains("objects 1"))
            #expect(text.contains("#1 state 1 label 1 0.90 box 0.250 0.125 0.500 1.000 at -125 40 1830 mm"))
        }
        exposures.stop()
    }
}
