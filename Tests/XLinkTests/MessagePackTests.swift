// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing
import XLink

struct MessagePackTests {
    @Test(.enabled(if: SharedData.isRequired))
    func theVectorsOfTheRig() throws {
        let vectors = try #require(try OAKRig.vectors()["rpc"]?.array)
        #expect(vectors.count == 24)
        for vector in vectors {
            let bytes = try #require(vector["hex"]?.string).hexBytes
            let value = try MessagePackDecoder.decode(bytes)
            let isRequest = vector["way"] == .string(">")
            let parts = try #require(value.list)
            #expect((isRequest ? parts[3].plain : .array(parts[2...].map(\.plain))) == vector["value"])
            #expect(MessagePackEncoder.encode(value) == bytes)
        }
    }

    @Test(.enabled(if: SharedData.isRequired), arguments: ["simple", "nn", "all", "more", "nn-2.33"])
    func whatTheVendorsLibrarySentIsEncodedAsItWas(session: String) throws {
        let requests = try OAKRig.packets(session).filter { $0.isFromHost && $0.stream == "__rpc_main" }
        #expect(requests.count > 6)
        for request in requests {
            let again = MessagePackEncoder.encode(try MessagePackDecoder.decode(request.payload))
            #expect(again == request.payload)
        }
    }

    @Test func everyFormOfEveryValue() throws {
        let values: [MessagePackValue] = [
            nil, true, false, 0, 127, 128, 255, 256, 65_535, 65_536, 4_294_967_296, .unsigned(.max), -1, -32, -33, -128, -129,
            -32_768, -32_769, -2_147_483_649, .negative(.min), 1.5, 0.1, -0.0, "", "ab", .text(String(repeating: "ä", count: 16)),
            .text(String(repeating: "x", count: 300)), .text(String(repeating: "x", count: 70_000)), [], [1, "a", nil],
            .list(Array(repeating: "a", count: 16)), .map([:]), ["b": 1, "a": [2]], .binary([]), .binary([1, 2]),
            .binary(Array(repeating: 7, count: 256)), .binary(Array(repeating: 7, count: 65_536)),
            .map(Dictionary(uniqueKeysWithValues: (0..<16).map { ("k\($0)", .integer($0)) })),
        ]
        for value in values {
            #expect(try MessagePackDecoder.decode(MessagePackEncoder.encode(value)) == value)
        }
        #expect(MessagePackEncoder.encode(["b": 1, "a": 2]) == [0x82, 0xA1, 0x61, 2, 0xA1, 0x62, 1])
        #expect(MessagePackEncoder.encode(1.5) == [0xCA, 0x3F, 0xC0, 0, 0])
        #expect(MessagePackEncoder.encode(0.1).first == 0xCB)
    }

    @Test func byteVectorsTravelAsListsOfIntegers() throws {
        let octets = (0..<600).map { UInt8(truncatingIfNeeded: $0) }
        let bytes = MessagePackEncoder.encode(.octets(octets))
        #expect(bytes == MessagePackEncoder.encode(.list(octets.map { .unsigned(UInt64($0)) })))
        let long = try MessagePackDecoder.decode(bytes)
        #expect(long == .octets(octets))
        #expect(long.octets == octets)
        #expect(long.list?.count == 600)
        let short = try MessagePackDecoder.decode(MessagePackEncoder.encode(.octets([1, 200])))
        #expect(short == [1, 200])
        #expect(short.octets == [1, 200])
        let mixed = MessagePackEncoder.encode(.list(octets.map { .unsigned(UInt64($0)) } + [256]))
        #expect(try MessagePackDecoder.decode(mixed).octets == nil)
        #expect(try MessagePackDecoder.decode(mixed).list?.count == 601)
    }

    @Test func byteVectorsAreNotSubjectToTheLimitOfElements() throws {
        let octets = [UInt8](repeating: 200, count: 100_000)
        #expect(try MessagePackDecoder.decode(MessagePackEncoder.encode(.octets(octets))).octets == octets)
        let texts = MessagePackEncoder.encode(.list(Array(repeating: "", count: 100_000)))
        #expect(throws: XLinkDecodingError.tooManyElements(field: "list", count: 100_000, offset: 5)) {
            try MessagePackDecoder.decode(texts)
        }
    }

    @Test func membersThatAreEmptyOrOfAnotherKindAreNil() {
        let value: MessagePackValue = ["empty": nil, "number": 1.0, "text": "a", "half": 0.5]
        #expect(value["empty"] == nil)
        #expect(value["absent"] == nil)
        #expect(value["number"]?.integer == 1)
        #expect(value["half"]?.integer == nil)
        #expect(value["text"]?.number == nil)
        #expect(MessagePackValue.float(.nan).integer == nil)
        #expect(MessagePackValue.unsigned(.max).integer == nil)
    }

    @Test(.enabled(if: SharedData.isRequired))
    func everyTruncationIsAnError() throws {
        for bytes in try Seeds.calls() {
            for end in 0..<bytes.count {
                #expect(throws: XLinkDecodingError.self) { try MessagePackDecoder.decode(Array(bytes[..<end])) }
            }
            #expect(throws: XLinkDecodingError.surplus(count: 1, offset: bytes.count)) {
                try MessagePackDecoder.decode(bytes + [0])
            }
        }
    }

    @Test(arguments: [0xDD, 0xDF, 0xDB, 0xC6] as [UInt8])
    func anAnnouncedCountIsNotBelieved(prefix: UInt8) {
        #expect(throws: XLinkDecodingError.self) { try MessagePackDecoder.decode([prefix, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3]) }
    }

    @Test func valuesInValuesEndAtSixteen() {
        func nested(_ depth: Int) -> [UInt8] { [UInt8](repeating: 0x91, count: depth) + [0] }
        #expect(throws: Never.self) { try MessagePackDecoder.decode(nested(15)) }
        #expect(throws: XLinkDecodingError.tooDeep(offset: 16)) { try MessagePackDecoder.decode(nested(16)) }
        #expect(throws: XLinkDecodingError.tooDeep(offset: 16)) { try MessagePackDecoder.decode(nested(1_000_000)) }
    }

    @Test func keysAreText() {
        #expect(throws: XLinkDecodingError.self) { try MessagePackDecoder.decode([0x81, 1, 2]) }
    }

    @Test func jsonIsWhatAReaderTakes() throws {
        let value: MessagePackValue = [
            "text": "a \"b\"\\\n\u{1}ä", "numbers": [1, -2, 0.5, .float(.infinity)], "none": nil, "yes": true,
            "bytes": .octets([1, 2]),
        ]
        let json =
            #"{"bytes":[1,2],"none":null,"numbers":[1,-2,0.5,null],"text":"a \"b\"\\\u000a\u0001ä","yes":true}"#
        #expect(value.json == json)
    }

    @Test(.enabled(if: SharedData.isRequired))
    func noiseEndsInAValueOrAnError() throws {
        var random = SeededRandom(2026)
        let seeds = try Seeds.calls()
        var read = 0
        for _ in 0..<50_000 where (try? MessagePackDecoder.decode(Seeds.damaged(seeds, &random))) != nil { read += 1 }
        #expect(read > 1000)
    }
}
