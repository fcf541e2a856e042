// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Moves damaged files out of the way: `modules.json` becomes `modules.json.damaged-20261201-093000`.
enum DamagedFile {
    /// The oldest go when there are more of a name, so that a disk that damages files is not filled with them.
    static let kept = 3
    static let mark = ".damaged-"

    /// - Returns: the new name; nil when the file cannot be moved.
    static func setAside(_ path: String, companions: [String], now: Date) -> String? {
        let free = freePath(path + mark + stamp(now))
        guard rename(path, free) == 0 else { return nil }
        for companion in companions {
            // A journal that stayed would be played into the fresh file.
            if rename(path + companion, free + companion) != 0, errno != ENOENT { unlink(path + companion) }
        }
        thin(path, companions)
        return (free as NSString).lastPathComponent
    }

    /// Names of everything that was set aside and is still there, in the directory and the folders in it.
    static func all(below directory: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let inside = names.flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(folder)")) ?? []).map { "\(folder)/\($0)" }
        }
        return (names + inside).filter { ($0 as NSString).lastPathComponent.contains(mark) }.sorted()
    }

    /// In universal time, so that two of them never stand in the wrong order.
    private static func stamp(_ date: Date) -> String {
        let digits = date.formatted(Date.ISO8601FormatStyle()).filter(\.isNumber)
        return "\(digits.prefix(8))-\(digits.dropFirst(8))"
    }

    /// A box without a clock sets aside several files of a name in the same second. Their numbers go on after the highest
    /// there is, so that the order of names stays that of time when the oldest are gone.
    private static func freePath(_ wanted: String) -> String {
        let (folder, name) = ((wanted as NSString).deletingLastPathComponent, (wanted as NSString).lastPathComponent)
        let numbers = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            .filter { $0 == name || $0.hasPrefix(name + "-") }
            .map { Int($0.dropFirst(name.count + 1)) ?? 1 }
        return numbers.max().map { "\(wanted)-\($0 + 1)" } ?? wanted
    }

    private static func thin(_ path: String, _ companions: [String]) {
        let (folder, name) = ((path as NSString).deletingLastPathComponent, (path as NSString).lastPathComponent)
        let all = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            .filter { entry in
                entry.hasPrefix(name + mark) && !companions.contains { entry.hasSuffix($0) }
            }
            .sorted { $0.compare($1, options: .numeric) == .orderedAscending }
        for old in all.dropLast(kept) {
            for suffix in [""] + companions { try? FileManager.default.removeItem(atPath: "\(folder)/\(old)\(suffix)") }
        }
    }
}
