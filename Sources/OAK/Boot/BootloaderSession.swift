// SPDX-License-Identifier: Apache-2.0
import Core
import XLink

/// A conversation with the bootloader in a camera's flash: it is asked its version and given firmware to run. Nothing is ever written
/// to the flash.
struct BootloaderSession {
    /// Of a bootloader.
    struct Version: Sendable, Hashable, Comparable, CustomStringConvertible {
        var major: UInt32
        var minor: UInt32
        var patch: UInt32

        /// The first that takes firmware into memory.
        static let booting = Version(major: 0, minor: 0, patch: 12)
        /// Those before it fail to start and to restart now and then.
        static let reliable = Version(major: 0, minor: 0, patch: 28)

        var description: String { "\(major).\(minor).\(patch)" }

        static func < (left: Version, right: Version) -> Bool {
            (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
        }
    }

    /// The only requests that are sent; the others write to the flash.
    private enum Request: UInt32 {
        case version = 3
        case bootMemory = 4
    }

    /// The largest packet it takes.
    private static let packetBytes = 5 << 20
    private static let watchdogBytes = 64
    private static let answerLimit: Int64 = 5_000_000_000
    private static let uploadLimit: Int64 = 60_000_000_000

    private let connection: XLinkConnection
    private let stream: XLinkStream
    let version: Version

    /// Connects and asks for the version.
    init(_ transport: any XLinkTransport) throws(XLinkError) {
        connection = XLinkConnection(transport, role: .host)
        do throws(XLinkError) {
            try connection.start(until: .after(Self.answerLimit))
            let watchdog = try connection.open("__watchdog", writeSize: Self.watchdogBytes, until: .after(Self.answerLimit))
            try watchdog.write([0, 0, 0, 0], until: .after(Self.answerLimit))
            stream = try connection.open("__bootloader", writeSize: Self.packetBytes, until: .after(Self.answerLimit))
            try stream.write(Self.words([Request.version.rawValue]), until: .after(Self.answerLimit))
            guard let answer = try stream.read(until: .after(Self.answerLimit)), let version = Version(answer) else {
                throw .timedOut("the camera's bootloader does not tell its version")
            }
            self.version = version
        } catch {
            connection.close()
            throw error
        }
    }

    /// Sends firmware, which the camera runs at once: the link is over then.
    func boot(_ firmware: FirmwareImage, header: BootHeader) throws(XLinkError) {
        defer { connection.close() }
        let data = header.bytes + firmware.bytes
        let packets = (data.count + Self.packetBytes - 1) / Self.packetBytes
        let end = Timestamp.after(Self.uploadLimit)
        try stream.write(Self.words([Request.bootMemory.rawValue, UInt32(data.count), UInt32(packets)]), until: end)
        for start in stride(from: 0, to: data.count, by: Self.packetBytes) {
            try stream.write(Array(data[start..<min(start + Self.packetBytes, data.count)]), until: end)
        }
        // Closed before the last bytes are taken, the link would take them along.
        try? stream.close(until: .after(Self.answerLimit))
    }

    func close() { connection.close() }

    private static func words(_ words: [UInt32]) -> [UInt8] { words.flatMap(BootHeader.word) }
}

extension BootloaderSession.Version {
    /// Of the answer, which is four words, the first of them its number.
    fileprivate init?(_ answer: [UInt8]) {
        guard answer.count >= 16 else { return nil }
        let words = (0..<4).map { word in
            (0..<4).reduce(UInt32(0)) { $0 | UInt32(answer[word * 4 + $1]) << UInt32(8 * $1) }
        }
        let versionAnswer: UInt32 = 2
        guard words[0] == versionAnswer else { return nil }
        self.init(major: words[1], minor: words[2], patch: words[3])
    }
}
