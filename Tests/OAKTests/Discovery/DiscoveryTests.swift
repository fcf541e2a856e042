// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation
import OAK
import Synchronization
import TestSupport
import Testing

struct DiscoveryTests {
    /// Measured: what cameras with older and newer bootloaders answer.
    private static let short = "01000000313434343243313044313345414243453030000000000000000000000000000003000000"
    private static let other = short.replacing("3134", with: "3939")
    private static let long =
        "0400000031343434324331304431334541424345303000000000000000000000000000000300000004000000020000005000bb01"

    private static func bytes(_ digits: String) -> [UInt8] {
        stride(from: 0, to: digits.utf8.count, by: 2).compactMap { UInt8(digits.dropFirst($0).prefix(2), radix: 16) }
    }

    @Test func bothFormsOfAnAnswerAreRead() throws {
        for (form, port) in [(Self.short, nil), (Self.long, UInt16(80))] {
            let answer = try #require(DiscoveryAnswer(Self.bytes(form)))
            #expect(answer.mxid == "14442C10D13EABCE00" && answer.state == .bootloader && answer.httpPort == port)
        }
        #expect(DiscoveryRequest.ask.bytes == [1, 0, 0, 0] && DiscoveryRequest.reset.bytes == [3, 0, 0, 0])
    }

    @Test func whatIsNoAnswerIsPassedOver() {
        let good = Self.bytes(Self.long)
        func changed(_ at: Int, _ value: UInt8) -> [UInt8] {
            var bytes = good
            bytes[at] = value
            return bytes
        }
        #expect(DiscoveryAnswer(good) != nil)
        #expect(DiscoveryAnswer([]) == nil && DiscoveryAnswer(good.dropLast()) == nil && DiscoveryAnswer(good + [0]) == nil)
        // Another message, another state, another chip, a number that is none.
        for (at, value) in [(0, 1), (36, 2), (44, 3), (4, 0), (5, 0x1B)] as [(Int, UInt8)] {
            #expect(DiscoveryAnswer(changed(at, value)) == nil, "byte \(at)")
        }
    }

    @Test func anAddressThatIsNoneIsRefusedInWords() {
        #expect(throws: DiscoveryError.badAddress("oak.local")) { try DeviceFinder().find(address: "oak.local") }
        #expect("\(DiscoveryError.badAddress("x"))".contains("169.254.1.222"))
    }

    /// Something on this machine that answers a question with noise, and then as two cameras: the first answer is enough.
    @Test func theFirstAnswerOfAnAddressIsEnough() async throws {
        let camera = try PretendCamera([[9], Self.bytes(Self.short), Self.bytes(Self.other)])
        let finder = DeviceFinder(port: camera.port, windowNanoseconds: 60_000_000_000)
        let found = try await Blocking.run { try finder.find(address: "127.0.0.1") }
        #expect(found.map(\.address) == ["127.0.0.1"])
        #expect(found.first?.answer.mxid == "14442C10D13EABCE00")
        #expect(camera.heard() == [[1, 0, 0, 0]])
    }

    @Test func aResetIsSentAndNotWaitedFor() throws {
        let camera = try PretendCamera([])
        try DeviceFinder(port: camera.port).restart(address: "127.0.0.1")
        #expect(camera.heard() == [[3, 0, 0, 0]])
    }

    @Test func nobodyIsFoundWhereNobodyAnswers() throws {
        let silent = try PretendCamera([])
        #expect(try DeviceFinder(port: silent.port, windowNanoseconds: 1).find(address: "127.0.0.1").isEmpty)
    }
}

/// Hears one datagram on a port of its own, and sends what it is given.
private final class PretendCamera: Sendable {
    let port: UInt16

    private let thread: StageThread

    init(_ answers: [[UInt8]]) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var own = sockaddr_in()
        own.sin_family = sa_family_t(AF_INET)
        own.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &own) { own in
            own.withMemoryRebound(to: sockaddr.self, capacity: 1) { own in
                bind(descriptor, own, length) == 0 && getsockname(descriptor, own, &length) == 0
            }
        }
        try #require(isBound)
        port = UInt16(bigEndian: own.sin_port)
        let heard = Heard()
        self.heardRequests = heard
        thread = StageThread(name: "camera") {
            var source = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            var bytes = [UInt8](repeating: 0, count: 64)
            withUnsafeMutablePointer(to: &source) { source in
                source.withMemoryRebound(to: sockaddr.self, capacity: 1) { source in
                    let count = recvfrom(descriptor, &bytes, bytes.count, 0, source, &length)
                    heard.requests.withLock { $0.append(Array(bytes.prefix(max(0, count)))) }
                    for answer in answers { sendto(descriptor, answer, answer.count, 0, source, length) }
                }
            }
            close(descriptor)
        }
    }

    private final class Heard: Sendable {
        let requests = Mutex<[[UInt8]]>([])
    }

    private let heardRequests: Heard

    /// Waits for the one datagram.
    func heard() -> [[UInt8]] {
        thread.join()
        return heardRequests.requests.withLock { $0 }
    }
}
