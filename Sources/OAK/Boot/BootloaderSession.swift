// SPDX-License-Identifier: Apache-2.0
import Core
package import XLink

/// A conversation with the bootloader in a camera's flash, over USB or a network: it is asked its version and given firmware to run.
/// Nothing is ever written to the flash.
package struct BootloaderSession {
    /// Of a bootloader.
    package struct Version: Sendable, Hashable, Comparable, CustomStringConvertible {
        var major: UInt32
        var minor: UInt32
        var patch: UInt32

        /// The first that takes firmware into memory.
        package static let booting = Version(major: 0, minor: 0, patch: 12)
        /// Those before it fail to start and to restart now and then.
        package static let reliable = Version(major: 0, minor: 0, patch: 28)

        package var description: String { "\(major).\(minor).\(patch)" }

        package static func < (left: Version, right: Version) -> Bool {
            (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
        }
    }

    /// The only requests that are sent; the others write to the flash.
    private enum Request: UInt32 {
        case version = 3
        case bootMemory = 4
    }

    /// What the library feeds bootloaders at, over USB and over networks.
    package static let watchdogNanoseconds: Int64 = 750_000_000
    /// The largest packet it takes.
    private static let packetBytes = 5 << 20
    private static let watchdogBytes = 64
    private static let answerLimit: Int64 = 5_000_000_000
    private static let uploadLimit: Int64 = 60_000_000_000

    private let connection: XLinkConnection
    private let watchdog: WatchdogFeeder
    private let stream: XLinkStream
    package let version: Version

    /// Connects and asks for the version.
    /// - Parameter interval: how often the bootloader hears of its host, in nanoseconds; in long silence it restarts.
    package init(
        _ transport: any XLinkTransport, watchdog interval: Int64 = BootloaderSession.watchdogNanoseconds
    ) throws(XLinkError) {
        let connection = XLinkConnection(transport, role: .host)
        self.connection = connection
        var feeder: WatchdogFeeder?
        do throws(XLinkError) {
            try connection.start(until: .after(Self.answerLimit))
            let words = try connection.open("__watchdog", writeSize: Self.watchdogBytes, until: .after(Self.answerLimit))
            let watchdog = WatchdogFeeder(words, every: interval, connection)
            feeder = watchdog
            self.watchdog = watchdog
            stream = try connection.open("__bootloader", writeSize: Self.packetBytes, until: .after(Self.answerLimit))
            try stream.write(Self.words([Request.version.rawValue]), until: .after(Self.answerLimit))
            guard let answer = try stream.read(until: .after(Self.answerLimit)), let version = Version(answer) else {
                throw .timedOut("the camera's bootloader does not tell its version")
            }
            self.version = version
        } catch {
            Self.end(connection, feeder)
            throw error
        }
    }

    /// Sends firmware, which the camera runs at once: the link is over then.
    package func boot(_ firmware: FirmwareImage, header: BootHeader) throws(XLinkError) {
        defer { close() }
        let data = BootData(header, firmware)
        let packets = (data.count + Self.packetBytes - 1) / Self.packetBytes
        let end = Timestamp.after(Self.uploadLimit)
        try stream.write(Self.words([Request.bootMemory.rawValue, UInt32(data.count), UInt32(packets)]), until: end)
        try data.forEachPiece(of: Self.packetBytes) { piece throws(XLinkError) in try stream.write(Array(piece), until: end) }
        // Closed before the last bytes are taken, the link would take them along.
        try? stream.close(until: .after(Self.answerLimit))
    }

    package func close() { Self.end(connection, watchdog) }

    private static func end(_ connection: XLinkConnection, _ watchdog: WatchdogFeeder?) {
        watchdog?.stop()
        connection.close()
        watchdog?.join()
    }

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
