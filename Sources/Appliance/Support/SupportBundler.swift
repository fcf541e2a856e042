// SPDX-License-Identifier: Apache-2.0
package import API
import Core
import Foundation
import Settings
import Synchronization

/// Makes support bundles, one at a time, within a time and a size, on threads of its own. A part that hangs, which may be
/// the very thing somebody needs help with, is left out and named; while it hangs it is not asked again.
package final class SupportBundler: SupportService, Sendable {
    /// One file of a bundle.
    package struct Part: Sendable {
        package var name: String
        package var make: @Sendable () throws -> String

        package init(name: String, make: @escaping @Sendable () throws -> String) {
            self.name = name
            self.make = make
        }
    }

    private let parts: @Sendable () -> [Part]
    private let findingsPart: Part
    private let secrets: @Sendable () -> [String: String]
    private let state = Mutex(State())
    /// So long may one part take, in nanoseconds.
    private let patience: Int64

    private struct State {
        var isTaken = false
        /// Parts that are being made.
        var busy: Set<String> = []
    }

    /// So long may all of them take together, in nanoseconds.
    private static let wholePatience: Int64 = 20_000_000_000
    /// Bytes of one part, of which the end is kept, and of all of them.
    private static let maximumPart = 2 << 20
    private static let maximumWhole = 12 << 20

    /// - Parameters:
    ///   - parts: of a bundle, in their order.
    ///   - findings: what a checkup says, as JSON.
    ///   - secrets: what no part may show, with what stands in its place.
    package init(
        parts: @escaping @Sendable () -> [Part], findings: Part, secrets: @escaping @Sendable () -> [String: String],
        patience: Int64 = 8_000_000_000
    ) {
        self.parts = parts
        findingsPart = findings
        self.secrets = secrets
        self.patience = patience
    }

    // MARK: SupportService

    package func findings() async throws(SupportRefusal) -> [UInt8] {
        let lease = try take()
        defer { withExtendedLifetime(lease) {} }
        let outcome = await BlockingThread.run("doctor") { [self] in
            attempt(findingsPart, until: .now().advanced(byNanoseconds: patience))
        }
        switch outcome {
        case .made(let bytes): return bytes
        case .left(let why): throw .failed("the diagnosis did not run: \(why)")
        }
    }

    package func bundle() async throws(SupportRefusal) -> SupportFile {
        let lease = try take()
        let now = Date()
        let host = HostName.current.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }.prefix(40)
        let name = "depthd-support-\(host.isEmpty ? "box" : host)-\(Self.stamp(now))"
        let bytes = await BlockingThread.run("support") { [self] in Gzip.compress(archive(name, now)) }
        guard let bytes else { throw .failed("the bundle could not be compressed: the box has too little memory") }
        return SupportFile(name: "\(name).tar.gz", bytes: bytes, lease: lease)
    }

    // MARK: Making

    private enum Outcome: Sendable {
        case made([UInt8])
        case left(String)
    }

    private func archive(_ folder: String, _ now: Date) -> [UInt8] {
        let end = Timestamp.now().advanced(byNanoseconds: Self.wholePatience)
        var archive = TarArchive(folder: folder, seconds: Int(now.timeIntervalSince1970))
        var room = Self.maximumWhole
        var contents: [String] = []
        for part in parts() {
            let deadline = min(end, Timestamp.now().advanced(byNanoseconds: patience))
            switch attempt(part, until: deadline) {
            case .made(let bytes) where bytes.count <= room && archive.add(part.name, bytes):
                room -= bytes.count
                contents.append("\(part.name): \(bytes.count) bytes")
            case .made: contents.append("\(part.name): left out, the bundle is full")
            case .left(let why): contents.append("\(part.name): left out, \(why)")
            }
        }
        archive.add("README.txt", Array(Self.preface(now, contents).utf8))
        return archive.finished
    }

    private static func preface(_ now: Date, _ contents: [String]) -> String {
        """
        Support bundle of depthd \(Version.current), \(stamp(now)) UTC.

        Passwords, keys, user names and everything of a URL but its host were taken out, settings' comments, too.
        There are no pictures, faces or models in it. Names of this box and of its cameras, serial numbers and addresses of
        the network are: look through it before you publish it.

        \(contents.joined(separator: "\n"))

        """
    }

    private static func stamp(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted))
    }

    /// Makes a part on a thread of its own and waits for it until the deadline.
    private func attempt(_ part: Part, until deadline: Timestamp) -> Outcome {
        guard state.withLock({ $0.busy.insert(part.name).inserted }) else {
            return .left("it has been stuck since an earlier bundle")
        }
        let outcome = Mailbox<Outcome>(capacity: 1, onFull: .dropNewest)
        _ = StageThread(name: "support part") { [self] in
            do {
                let text = Self.end(of: try part.make())
                outcome.offer(.made(Array(Redaction.text(text, without: secrets()).utf8)))
            } catch {
                outcome.offer(.left("\(Redaction.text("\(error)", without: secrets()))"))
            }
            state.withLock { _ = $0.busy.remove(part.name) }
        }
        return outcome.next(until: deadline) ?? .left("it took too long")
    }

    /// The last bytes of a part that is too long, from the beginning of a line.
    private static func end(of text: String) -> String {
        guard text.utf8.count > maximumPart else { return text }
        let end = Array(text.utf8.suffix(maximumPart))
        let line = end.firstIndex(of: UInt8(ascii: "\n")) ?? end.startIndex
        return "(its beginning is left out)" + String(decoding: end[line...], as: UTF8.self)
    }

    // MARK: One at a time

    private func take() throws(SupportRefusal) -> Lease {
        let isFree = state.withLock { state in
            defer { state.isTaken = true }
            return !state.isTaken
        }
        guard isFree else { throw .busy }
        return Lease { [weak self] in self?.state.withLock { $0.isTaken = false } }
    }

    /// Gives the scheduler back when nobody needs the bytes any more, whatever became of the request.
    private final class Lease: Sendable {
        private let giveBack: @Sendable () -> Void

        init(_ giveBack: @escaping @Sendable () -> Void) {
            self.giveBack = giveBack
        }

        deinit { giveBack() }
    }
}
