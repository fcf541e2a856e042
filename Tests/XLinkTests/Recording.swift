// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import XLink

/// Sessions of the original host library with the fake camera of `rigs/fake-oak2`, every byte.
struct Recording {
    struct Event {
        let isFromHost: Bool
        let header: XLinkHeader
        let payloadCount: Int
    }

    static let names = [
        "all/session-1", "cut/session-1", "more/session-1", "nn-2.33/session-1", "nn/session-1", "poe/session-1", "poe/session-2",
        "refuse/session-1", "simple/session-1",
    ]

    let events: [Event]

    init(_ name: String) async throws {
        let path = Self.folder.appendingPathComponent("recordings/\(name).cap.gz").path
        let bytes = try await Blocking.run { try Self.unpacked(path) }
        events = Self.parse(bytes)
    }

    private static let folder = SharedData.root.deletingLastPathComponent().appendingPathComponent("rigs/fake-oak2")

    /// The bytes of a file of the rig.
    static func rig(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appendingPathComponent(name))) }

    private static func unpacked(_ path: String) throws -> [UInt8] {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", path]
        process.standardOutput = pipe
        try process.run()
        let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Array(bytes)
    }

    /// Records of a direction ('>', '<', or 'X' for a host's event whose payload is left out), u32 length, bytes; the events of
    /// a direction are cut without regard to records. What the recording ends in the middle of is left out.
    private static func parse(_ bytes: [UInt8]) -> [Event] {
        var events: [Event] = []
        var sides: [UInt8: [UInt8]] = [UInt8(ascii: ">"): [], UInt8(ascii: "<"): []]
        var start = 0
        while start + 5 <= bytes.count {
            let count = (0..<4).reduce(0) { $0 | Int(bytes[start + 1 + $1]) << (8 * $1) }
            let record = bytes[(start + 5)..<min(bytes.count, start + 5 + count)]
            if bytes[start] == UInt8(ascii: "X"), let header = header(record) {
                events.append(Event(isFromHost: true, header: header, payloadCount: Int(header.size)))
            } else {
                sides[bytes[start], default: []] += record
                let isFromHost = bytes[start] == UInt8(ascii: ">")
                events += takeEvents(&sides[bytes[start], default: []], isFromHost: isFromHost)
            }
            start += 5 + count
        }
        return events
    }

    private static func takeEvents(_ side: inout [UInt8], isFromHost: Bool) -> [Event] {
        var events: [Event] = []
        var start = 0
        while let header = header(side[start...]) {
            let count = header.type == XLinkEventType.write.rawValue ? Int(header.size) : 0
            guard side.count - start >= XLinkHeader.byteCount + count else { break }
            events.append(Event(isFromHost: isFromHost, header: header, payloadCount: count))
            start += XLinkHeader.byteCount + count
        }
        side.removeFirst(start)
        return events
    }

    private static func header(_ bytes: ArraySlice<UInt8>) -> XLinkHeader? { bytes.withUnsafeBytes { XLinkHeader($0) } }

    static func bytes(hex: String) -> [UInt8]? {
        let digits = hex.compactMap { $0.hexDigitValue.map(UInt8.init) }
        guard digits.count == hex.count, digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
