// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing
import XLink

struct NOPTests {
    /// In the order of the rig's vectors.
    private static let values: [NOPValue] = [
        .signed(0), .signed(127), .signed(128), .unsigned(128), .signed(-1), .signed(-64), .signed(-65), .unsigned(300),
        .signed(300), .unsigned(70_000), .signed(70_000), .unsigned(1 << 40), .signed(1 << 40), .bool(true), .empty, .float(1),
        .text("ab"), .bytes([1, 2]), .list([.signed(1), .signed(2)]), .structure([.signed(1)]),
        .map([NOPPair(.text("a"), .signed(1))]), .integers([1, 2] as [UInt32]),
    ]

    @Test(.enabled(if: SharedData.isRequired))
    func theVectorsOfTheRig() throws {
        let vectors = try #require(try OAKRig.vectors()["nop"]?.array)
        #expect(vectors.count == Self.values.count)
        for (vector, value) in zip(vectors, Self.values) {
            let bytes = try #require(vector["hex"]?.string).hexBytes
            #expect(NOPEncoder.encode(value) == bytes, "\(value)")
            #expect(NOPEncoder.encode(try NOPDecoder.decode(bytes)) == bytes)
            #expect(try NOPDecoder.decode(bytes).plain == value.plain)
        }
    }

    @Test(.enabled(if: SharedData.isRequired))
    func propertiesOfEveryNodeOfBothReleases() throws {
        let properties = try #require(try OAKRig.vectors()["properties"]?.object)
        #expect(properties.count == 21)
        for (name, vectors) in properties {
            for vector in try #require(vectors.array) {
                let bytes = try #require(vector["hex"]?.string).hexBytes
                let value = try NOPDecoder.decode(bytes)
                #expect(value.plain == vector["fields"], "\(name)")
                #expect(NOPEncoder.encode(value) == bytes, "\(name)")
            }
        }
    }

    private static let signed: [Int64] = [
        .min, -1 << 31 - 1, -1 << 31, -32_769, -32_768, -129, -128, -65, -64, -1, 0, 127, 128, 32_767, 32_768, 1 << 31 - 1,
        1 << 31, .max,
    ]
    private static let unsigned: [UInt64] = [0, 127, 128, 255, 256, 65_535, 65_536, 1 << 32 - 1, 1 << 32, .max]

    @Test(arguments: signed)
    func signedIntegersOfAllSizes(number: Int64) throws {
        let bytes = NOPEncoder.encode(.signed(number))
        #expect(try read(bytes) { decoder throws(XLinkDecodingError) in try decoder.integer("number") as Int64 } == number)
    }

    @Test(arguments: unsigned)
    func unsignedIntegersOfAllSizes(number: UInt64) throws {
        let bytes = NOPEncoder.encode(.unsigned(number))
        #expect(try NOPDecoder.decode(bytes) == .unsigned(number))
        #expect(try read(bytes) { decoder throws(XLinkDecodingError) in try decoder.integer("number") as UInt64 } == number)
    }

    @Test func anIntegerThatDoesNotFitItsFieldIsRefused() {
        #expect(throws: XLinkDecodingError.outOfRange(field: "small", offset: 0)) {
            try read(NOPEncoder.encode(.unsigned(256))) { decoder throws(XLinkDecodingError) in
                try decoder.integer("small") as UInt8
            }
        }
        #expect(throws: XLinkDecodingError.outOfRange(field: "unsigned", offset: 0)) {
            try read([0xFF]) { decoder throws(XLinkDecodingError) in try decoder.integer("unsigned") as UInt64 }
        }
        #expect(throws: XLinkDecodingError.outOfRange(field: "switch", offset: 0)) {
            try read([2]) { decoder throws(XLinkDecodingError) in try decoder.bool("switch") }
        }
    }

    @Test func furtherFieldsArePassedOverAndMissingOnesRefused() throws {
        let further: NOPValue = .structure([
            .signed(1), .map([NOPPair(.text("a"), .list([.float(1), .double(2)]))]), .bytes([1]), .unsigned(1 << 40),
            .signed(-300),
            .empty,
        ])
        let bytes = NOPEncoder.encode(.list([further, .signed(7)]))
        let last = try read(bytes) { decoder throws(XLinkDecodingError) in
            _ = try decoder.list("list")
            let surplus = try decoder.structure("structure", fields: 1)
            _ = try decoder.integer("first") as Int
            try decoder.skip(surplus)
            return try decoder.integer("last") as Int
        }
        #expect(last == 7)
        #expect(throws: XLinkDecodingError.tooFewFields(structure: "structure", count: 6, expected: 7)) {
            try read(NOPEncoder.encode(further)) { decoder throws(XLinkDecodingError) in
                try decoder.structure("structure", fields: 7)
            }
        }
    }

    @Test func anotherKindOfValueIsNamed() {
        #expect(throws: XLinkDecodingError.wrongKind(field: "name", expected: "text", prefix: 1, offset: 0)) {
            try read([1]) { decoder throws(XLinkDecodingError) in try decoder.text("name") }
        }
        let error = XLinkDecodingError.wrongKind(field: "name", expected: "text", prefix: 1, offset: 0)
        #expect("\(error)" == "name: is not text: prefix 1 at byte 0")
    }

    @Test(.enabled(if: SharedData.isRequired))
    func everyTruncationIsAnError() throws {
        for bytes in try Seeds.nop() {
            for end in 0..<bytes.count {
                #expect(throws: XLinkDecodingError.self) { try NOPDecoder.decode(Array(bytes[..<end])) }
            }
        }
    }

    // MARK: - Limits

    @Test(arguments: [0xB9, 0xBA, 0xBB, 0xBC, 0xBD] as [UInt8])
    func anAnnouncedCountIsNotBelieved(prefix: UInt8) {
        let bytes = [prefix] + NOPEncoder.encode(.unsigned(1 << 60)) + [1, 2, 3]
        #expect(throws: XLinkDecodingError.self) { try NOPDecoder.decode(bytes) }
        #expect(throws: XLinkDecodingError.self) {
            try read(bytes) { decoder throws(XLinkDecodingError) in try decoder.skip(1) }
        }
    }

    @Test func valuesInValuesEndAtSixteen() throws {
        func nested(_ depth: Int) -> [UInt8] { Array(repeatElement([0xBA, 1], count: depth).joined()) + [0] }
        #expect(throws: Never.self) { try NOPDecoder.decode(nested(15)) }
        #expect(throws: XLinkDecodingError.tooDeep(offset: 32)) { try NOPDecoder.decode(nested(16)) }
        #expect(throws: XLinkDecodingError.tooDeep(offset: 32)) { try NOPDecoder.decode(nested(100_000)) }
        #expect(throws: XLinkDecodingError.tooDeep(offset: 32)) {
            try read(nested(100_000)) { decoder throws(XLinkDecodingError) in try decoder.skip(1) }
        }
    }

    @Test func elementsOfAllListsAreCountedTogether() throws {
        let half = [0xBA] + NOPEncoder.encode(.unsigned(32_768)) + [UInt8](repeating: 0, count: 32_768)
        let whole: [UInt8] = [0xBA, 2] + half + half
        #expect(throws: XLinkDecodingError.self) { try NOPDecoder.decode(whole) }
        #expect(throws: Never.self) { try NOPDecoder.decode([0xBA, 1] + half) }
    }

    @Test(.enabled(if: SharedData.isRequired))
    func noiseEndsInAValueOrAnError() throws {
        var random = SeededRandom(2026)
        let seeds = try Seeds.nop()
        var read = 0
        for _ in 0..<50_000 {
            let bytes = Seeds.damaged(seeds, &random)
            if (try? NOPDecoder.decode(bytes)) != nil { read += 1 }
            bytes.withUnsafeBytes { bytes in
                var decoder = NOPDecoder(bytes)
                try? decoder.skip(1)
            }
        }
        #expect(read > 1000)
    }
}

/// Reads borrowed bytes field by field.
func read<Result>(_ bytes: [UInt8], _ body: (inout NOPDecoder) throws(XLinkDecodingError) -> Result) throws(XLinkDecodingError)
    -> Result
{
    try bytes.span.withUnsafeBytes { bytes throws(XLinkDecodingError) in
        var decoder = NOPDecoder(bytes)
        return try body(&decoder)
    }
}
