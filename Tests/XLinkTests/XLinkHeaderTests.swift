// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing
import XLink

struct XLinkHeaderTests {
    /// As `rigs/fake-oak2/mkvectors.py` writes them, of what the original library and the fake camera said.
    private struct Vectors: Decodable {
        struct Header: Decodable {
            let type: UInt32
            let event: Int32
            let name: String
            let stream: UInt32
            let size: UInt32
            let flags: UInt32
            let hex: String
        }
        let headers: [Header]
    }

    @Test(.enabled(if: SharedData.isRequired))
    func theHeadersOfARecordedSessionAreReadAndWrittenByteForByte() throws {
        let vectors = try JSONDecoder().decode(Vectors.self, from: Data(Recording.rig("vectors.json")))
        #expect(vectors.headers.count == 25)
        for vector in vectors.headers {
            let bytes = try #require(Recording.bytes(hex: vector.hex))
            let header = try #require(bytes.withUnsafeBytes { XLinkHeader($0) })
            #expect((header.event, header.type, header.name) == (vector.event, vector.type, vector.name))
            #expect((header.stream, header.size, header.flags.rawValue) == (vector.stream, vector.size, vector.flags))
            #expect(header.encoded == bytes)
        }
    }

    @Test func theTimeIsInThreeWords() throws {
        let header = XLinkHeader(event: -2, type: 3, name: "left", sentSeconds: 0x1_0000_0002, sentNanoseconds: 999_999_999)
        let bytes = header.encoded
        #expect(bytes[0..<4] == [0xFE, 0xFF, 0xFF, 0xFF])
        #expect(bytes[60..<72] == [0xFF, 0xC9, 0x9A, 0x3B, 2, 0, 0, 0, 1, 0, 0, 0])
        #expect(bytes.withUnsafeBytes { XLinkHeader($0) } == header)
    }

    @Test func fewerThan84BytesAreNoHeader() {
        let bytes = XLinkHeader(event: 1, type: 5).encoded
        for count in 0..<84 { #expect(bytes[..<count].withUnsafeBytes { XLinkHeader($0) } == nil) }
        #expect((bytes + [7]).withUnsafeBytes { XLinkHeader($0) } != nil)
    }

    @Test func aNameIsCutAt51Bytes() throws {
        let header = XLinkHeader(event: 1, type: 3, name: String(repeating: "x", count: 60))
        let read = try #require(header.encoded.withUnsafeBytes { XLinkHeader($0) })
        #expect(read.name == String(repeating: "x", count: 51))
    }

    @Test func aFieldWithoutNULIsReadToItsEndOnly() throws {
        var bytes = XLinkHeader(event: 1, type: 3).encoded
        for index in 8..<60 { bytes[index] = 0x41 }
        let read = try #require(bytes.withUnsafeBytes { XLinkHeader($0) })
        #expect(read.name.utf8.count == 52)
    }

    @Test(arguments: [
        (0, true), (1, false), (2, true), (6, true), (7, false), (8, true), (9, false), (14, true), (15, false), (16, false),
        (24, false),
    ])
    func onlyTypesOfTheWireAreRequests(type: UInt32, isKnown: Bool) {
        #expect((XLinkHeader(event: 1, type: type).request != nil) == isKnown)
    }
}

extension XLinkHeader {
    /// Its 84 bytes.
    var encoded: [UInt8] {
        var bytes = [UInt8](repeating: 0xAA, count: Self.byteCount)
        bytes.withUnsafeMutableBytes { encode(into: $0) }
        return bytes
    }
}
