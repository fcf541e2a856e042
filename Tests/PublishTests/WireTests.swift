// SPDX-License-Identifier: Apache-2.0
import Core
import Publish
import TestSupport
import Testing

private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}

private let object = WireObject(
    track: 7, state: 1, label: 15, confidence: 230, box: SIMD4(1000, 2000, 30_000, 60_000), millimetres: SIMD3(-125, 40, 1830))

/// The datagram of the specification.
private func vector() -> [UInt8] {
    var header = WireHeader(.result)
    header.session = 1
    header.sequence = 1
    header.schema = 0xCAFE_F00D
    let head = ResultHead(frame: 1, captureNanoseconds: 1_000_000_000, ageMicroseconds: 33_000, total: 1)
    return header.datagram(ResultBody(head: head, objects: [object]).encoded)
}

private func everyMessage() -> [[UInt8]] {
    var request = SubscribeRequest()
    request.streams = ["demo/object_tracker", "demo/metaout"]
    request.rate = 15
    request.bytes = 600
    request.encoding = .json
    let cookie = [UInt8](repeating: 0xAB, count: 16)
    let stream = ControlMessage.Acceptance.Stream(name: "demo/metaout", id: 2, schema: 0xFFFF_FFFF)
    let client: [ClientMessage] = [
        .hello(nonce: nonce), .subscribe(cookie: cookie, nonce: nonce, request),
        .subscribe(cookie: cookie, nonce: nonce, SubscribeRequest()), .keepAlive(seen: .max, lost: 3), .bye, .ping(time: .max),
    ]
    let server: [ControlMessage] = [
        .challenge(cookie: cookie, nonce: nonce), .accept(.init(streams: [stream], leaseMilliseconds: 5000)), .bye,
        .pong(time: 1, now: .max), .refuse(code: 2, text: "no such stream"),
    ]
    var describe = WireHeader(.describe)
    describe.session = 9
    let description = StreamDescription(
        camera: "demo", stream: "metaout", width: 640, height: 400, model: "m", labels: ["a", "b"])
    return client.map { $0.datagram(session: 5) } + server.map { $0.datagram(session: 5) }
        + [describe.datagram(description.body(limit: 1200)), vector()]
}

/// Reads a datagram as whatever it says it is.
private func read(_ datagram: [UInt8]) throws(WireError) {
    let header = try WireHeader(reading: datagram)
    switch header.type {
    case .result: _ = try ResultBody(header, reading: datagram)
    case .describe: _ = try StreamDescription(header, reading: datagram)
    case .hello, .subscribe, .keepAlive, .ping: _ = try ClientMessage(header, reading: datagram)
    case .challenge, .accept, .pong, .refuse, .bye: _ = try ControlMessage(header, reading: datagram)
    }
}

@Test func theTestVectorOfTheSpecificationIsWrittenByteByByte() {
    #expect(
        hex(vector())
            == "4450544801030000000000010000000100010000cafef00d85011a3b9aca001980e801818b07010f18e61903e81907d019753019ea60387c1828190726"
    )
}

@Test func theTestVectorIsReadBack() throws {
    let body = try ResultBody(try WireHeader(reading: vector()), reading: vector())
    #expect(body.objects == [object])
    #expect(body.head.ageMicroseconds == 33_000)
}

@Test func everyClientMessageComesBackAsItWasSent() throws {
    var request = SubscribeRequest()
    request.streams = ["a/metaout"]
    request.rate = 30
    request.bytes = 256
    let messages: [ClientMessage] = [
        .hello(nonce: nonce), .subscribe(cookie: [UInt8](repeating: 3, count: 16), nonce: nonce, request),
        .keepAlive(seen: 7, lost: 0),
        .bye, .ping(time: 12),
    ]
    for message in messages {
        let datagram = message.datagram(session: 5)
        #expect(try ClientMessage(try WireHeader(reading: datagram), reading: datagram) == message)
    }
}

@Test func everyServerMessageComesBackAsItWasSent() throws {
    let streams = [ControlMessage.Acceptance.Stream(name: "a/metaout", id: 1, schema: 9)]
    let messages: [ControlMessage] = [
        .challenge(cookie: [UInt8](repeating: 3, count: 16), nonce: nonce),
        .accept(.init(streams: streams, leaseMilliseconds: 5000)),
        .bye, .pong(time: 1, now: 2), .refuse(code: 1, text: "full"),
    ]
    for message in messages {
        let datagram = message.datagram(session: 5)
        #expect(try ControlMessage(try WireHeader(reading: datagram), reading: datagram) == message)
    }
}

@Test func helloChallengePingAndPongAreSixtyFourBytes() {
    #expect(ClientMessage.hello(nonce: nonce).datagram().count == 64)
    #expect(ControlMessage.challenge(cookie: [UInt8](repeating: 0, count: 16), nonce: nonce).datagram(session: 0).count == 64)
    #expect(ClientMessage.ping(time: .max).datagram().count == 64)
    #expect(ControlMessage.pong(time: .max, now: .max).datagram(session: 0).count == 64)
}

@Test func everyPrefixOfEveryMessageIsRefusedWithoutATrap() throws {
    for datagram in everyMessage() {
        try read(datagram)
        // The zeros that fill a datagram up, and BYE's missing body, may be missing.
        let meaning = (datagram.lastIndex { $0 != 0 } ?? 0) + 1
        for length in 0..<min(datagram.count, max(24, meaning)) {
            #expect(throws: WireError.self) { try read(Array(datagram[..<length])) }
        }
    }
}

@Test func unknownVersionTypeAndEncodingAreTold() {
    var datagram = ClientMessage.bye.datagram()
    datagram[4] = 2
    #expect(throws: WireError.version(2)) { try WireHeader(reading: datagram) }
    datagram[4] = 1
    datagram[5] = 12
    #expect(throws: WireError.type(12)) { try WireHeader(reading: datagram) }
    datagram[5] = 1
    datagram[6] = 2
    #expect(throws: WireError.encoding(2)) { try WireHeader(reading: datagram) }
}

@Test func aMillionRandomAndMutatedDatagramsCrashNothing() {
    var random = SeededRandom(20_261_121)
    let table = TestTable()
    let seeds = everyMessage()
    var now = seconds(0)
    for round in 0..<1_000_000 {
        var datagram: [UInt8]
        if round % 4 == 0 {
            datagram = random.bytes(Int.random(in: 0...80, using: &random))
            if round % 8 == 0, datagram.count >= 7 {
                datagram.replaceSubrange(0..<7, with: [0x44, 0x50, 0x54, 0x48, 1, UInt8(round % 13), 0])
            }
        } else {
            datagram = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<datagram.count, using: &random)
                datagram[index] = UInt8.random(in: 0...255, using: &random)
            }
            if round % 16 == 1 { datagram.removeLast(Int.random(in: 0...datagram.count, using: &random)) }
        }
        try? read(datagram)
        now = now.advanced(byNanoseconds: 100_000)
        _ = table.receive(datagram, from: local(UInt16(round % 5 + 1)), at: now)
    }
    #expect(table.leases.isEmpty)
    #expect(table.counters["malformed", default: 0] > 100_000)
}

@Test func deepNestingAndHugeLengthsAreRefused() {
    var deep = CBORReader([UInt8](repeating: 0x81, count: 500)[...])
    #expect(throws: WireError.depth) { try deep.skip() }
    var long = CBORReader([0x5B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1][...])
    #expect(throws: WireError.short) { try long.skip() }
    var wide = CBORReader([0x9A, 0xFF, 0xFF, 0xFF, 0xFF, 1][...])
    #expect(throws: WireError.short) { try wide.array() }
    var endless = CBORReader([0x9F, 0x01, 0xFF][...])
    #expect(throws: WireError.self) { try endless.skip() }
}

/// Values and bytes of RFC 8949, appendix A.
@Test(arguments: [
    (0, "00"), (23, "17"), (24, "1818"), (1000, "1903e8"), (1_000_000, "1a000f4240"), (1_000_000_000_000, "1b000000e8d4a51000"),
    (-1, "20"), (-100, "3863"), (-1000, "3903e7"),
])
func numbersAreWrittenAsTheCBORStandardShows(value: Int, expected: String) throws {
    var writer = CBORWriter()
    writer.integer(Int64(value))
    #expect(hex(writer.bytes) == expected)
    var reader = CBORReader(writer.bytes[...])
    let read = try reader.integer()
    #expect(read == Int64(value))
}

@Test func aDescriptionTellsEverythingAndFits() throws {
    let labels = (0..<21).map { "label\($0)" }
    let description = StreamDescription(
        camera: "demo", stream: "object_tracker", width: 1280, height: 720, model: "mobilenet-ssd", labels: labels)
    let datagram = WireHeader(.describe).datagram(description.body(limit: 1200))
    #expect(try StreamDescription(WireHeader(.describe), reading: datagram) == description)
}

@Test func aDescriptionOfReadingsNamesTheirFieldsAndUnits() {
    let body = StreamDescription(camera: "oak", stream: "imu").body(limit: 1200)
    let text = String(decoding: body, as: UTF8.self)
    for word in ["depthd.imu/1", "samples", "timestamp_ns", "accelerometer", "m/s2", "gyroscope", "rad/s"] {
        #expect(text.contains(word))
    }
    #expect(!text.contains("xmin"))
}

@Test(arguments: [256, 300, 400, 1200])
func aDescriptionOfACameraThatIsAwayTellsWhyAndFits(limit: Int) throws {
    var description = StreamDescription(
        camera: String(repeating: "c", count: 32), stream: "object_tracker", width: 1280, height: 720,
        model: String(repeating: "m", count: 300), labels: ["ball", "box"])
    let running = description.body(limit: limit)
    (description.state, description.why) = ("refused", String(repeating: "why ", count: 100))
    let datagram = WireHeader(.describe).datagram(description.body(limit: limit))
    #expect(datagram.count <= limit)
    let read = try StreamDescription(WireHeader(.describe), reading: datagram)
    #expect(read.state == "refused")
    #expect(read.why == String(repeating: "why ", count: 12))
    // Another description is another schema: whoever keeps the old one is sent the new one first.
    #expect(StreamDescription.schema(of: running) != StreamDescription.schema(of: description.body(limit: limit)))
    #expect(try StreamDescription(WireHeader(.describe), reading: WireHeader(.describe).datagram(running)).state == "running")
}

@Test(arguments: [256, 300, 400, 512, 1200])
func aDescriptionWithVeryManyLabelsStillFits(limit: Int) throws {
    let labels = (0..<1000).map { "a rather long label \($0)" }
    let camera = String(repeating: "c", count: 32)
    let description = StreamDescription(
        camera: camera, stream: "object_tracker", width: 1280, height: 720, model: String(repeating: "m", count: 300),
        labels: labels)
    let datagram = WireHeader(.describe).datagram(description.body(limit: limit))
    #expect(datagram.count <= limit)
    #expect(datagram.count > limit - 200)
    let read = try StreamDescription(WireHeader(.describe), reading: datagram)
    #expect(read.labelCount == 1000)
    #expect(read.labels == Array(labels.prefix(read.labels.count)))
    #expect(read.name == description.name)
}
