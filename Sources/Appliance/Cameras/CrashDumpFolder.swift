// SPDX-License-Identifier: Apache-2.0
package import Capture
package import Foundation
package import Pipeline
package import Tasks

/// What the firmware of cameras reported about its crashes: the newest files of the folder `crash-dumps` in the state directory.
package struct CrashDumpFolder: Sendable {
    /// So many are kept, of all cameras together.
    package static let kept = 5

    private static let folder = "crash-dumps"
    private static let suffix = ".json"
    /// `20261201T103000.250Z`, in universal time, so that the order of names is that of time.
    private static let style = Date.ISO8601FormatStyle(
        dateSeparator: .omitted, timeSeparator: .omitted, includingFractionalSeconds: true)
    private static let longestNumber = 32

    private let storage: StateStorage

    /// - Parameter storage: where the folder is or will be.
    package init(_ storage: StateStorage) { self.storage = storage }

    /// Names of the files, the newest first.
    package var names: [String] {
        let path = storage.directory.file(Self.folder)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { Self.parts($0) != nil }.sorted(by: >)
    }

    /// Keeps a report, for this user only, and removes the oldest ones beyond `kept`. Blocks for as long as the disk does.
    /// - Returns: the file, below the state directory.
    @discardableResult
    package func keep(_ dump: CrashDump, at now: Date) throws(PersistenceFailure) -> String {
        let name = "\(now.formatted(Self.style))-\(Self.number(dump.serialNumber))\(Self.suffix)"
        try document(name).write(Array(dump.json.utf8))
        // A clock that was set back must not cost the report that has just come.
        for old in names.filter({ $0 != name }).dropFirst(Self.kept - 1) { try document(old).remove() }
        return "\(Self.folder)/\(name)"
    }

    /// The newest report of a camera; nil without one.
    package func newest(of serialNumber: String) -> CrashDumpStatus? {
        let number = Self.number(serialNumber)
        for name in names {
            guard let (date, owner) = Self.parts(name), owner == number else { continue }
            return CrashDumpStatus(file: "\(Self.folder)/\(name)", time: date.formatted(Date.ISO8601FormatStyle()))
        }
        return nil
    }

    /// The text of a file of `names`; nil when it is gone.
    package func text(_ name: String) -> String? {
        document(name).bytes().map { String(decoding: $0, as: UTF8.self) }
    }

    private func document(_ name: String) -> StateDocument {
        storage.document("\(Self.folder)/\(name)", maximumBytes: CrashDump.maximumBytes)
    }

    /// A camera may call itself anything; what stands in a file name is letters and digits.
    private static func number(_ serialNumber: String) -> String {
        let plain = serialNumber.filter { $0.isASCII && ($0.isLetter || $0.isNumber) }.prefix(longestNumber)
        return plain.isEmpty ? "unknown" : String(plain)
    }

    /// Time and camera of a file; nil for a name that is none of ours.
    private static func parts(_ name: String) -> (date: Date, number: String)? {
        guard name.hasSuffix(suffix), let dash = name.firstIndex(of: "-"), let date = try? style.parse(String(name[..<dash]))
        else { return nil }
        return (date, String(name[name.index(after: dash)...].dropLast(suffix.count)))
    }
}
