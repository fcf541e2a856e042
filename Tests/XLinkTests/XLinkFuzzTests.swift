// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing
import XLink

/// Recorded sessions with damage: whatever comes, the endpoint answers or ends, in bounded memory.
struct XLinkFuzzTests {
    @Test(.enabled(if: SharedData.isRequired), arguments: [XLinkRole.host, .device])
    func damagedSessionsEndWithAFaultOrNotAtAll(role: XLinkRole) async throws {
        var recordings: [[Recording.Event]] = []
        for name in Recording.names { recordings.append(try await Recording(name).events) }
        var random = SeededRandom(role == .host ? 1 : 2)
        var headers = 0
        var faults: Set<String> = []
        while headers < 25_000 {
            let events = try #require(recordings.randomElement(using: &random))
            var replay = Replay(role)
            for event in events {
                headers += 1
                try feed(event, &replay, role, &random)
                check(replay.endpoint)
            }
            if let fault = replay.endpoint.fault {
                faults.insert("\(fault)".split(separator: " ").prefix(4).joined(separator: " "))
            }
        }
        #expect(faults.count >= 7, "\(faults)")
    }

    private func check(_ endpoint: XLinkEndpoint) {
        guard endpoint.streamCount <= 32, endpoint.requestCount <= 35, endpoint.unreadBytes <= endpoint.limits.unreadBytes else {
            Issue.record("\(endpoint.streamCount) streams, \(endpoint.requestCount) requests, \(endpoint.unreadBytes) bytes")
            return
        }
    }

    private func feed(
        _ event: Recording.Event, _ replay: inout Replay, _ role: XLinkRole, _ random: inout SeededRandom
    ) throws {
        guard event.isFromHost != (role == .host) else {
            // What a damaged link does not allow is not done.
            if !event.header.isResponse { try? replay.act(event.header) }
            return
        }
        let damaged = Int.random(in: 0..<60, using: &random) == 0 ? damage(event.header, &random) : [event.header]
        for header in damaged {
            do { try replay.receive(header) } catch { #expect(error is XLinkFault) }
        }
    }

    /// Lost, doubled, or with other bytes.
    private func damage(_ header: XLinkHeader, _ random: inout SeededRandom) -> [XLinkHeader] {
        var bytes = header.encoded
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return []
        case 1: return [header, header]
        case 2:
            for _ in 0..<4 { bytes[Int.random(in: 0..<84, using: &random)] = UInt8.random(in: 0...255, using: &random) }
        case 3: bytes = random.bytes(84)
        default:
            let field = [0, 4, 72, 76, 80].randomElement(using: &random) ?? 0
            let values: [UInt32] = [0, 1, 2, 3, 4, 6, 8, 11, 12, 15, 16, 64, 0x7FFF_FFFF, 0x8000_0000, 0xDEAD_DEAD, 0xFFFF_FFFF]
            withUnsafeBytes(of: values.randomElement(using: &random) ?? 0) { bytes.replaceSubrange(field..<field + 4, with: $0) }
        }
        return bytes.withUnsafeBytes { XLinkHeader($0) }.map { [$0] } ?? []
    }
}
