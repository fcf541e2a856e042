// SPDX-License-Identifier: Apache-2.0
import Core
import Foundation

/// Reads the machine's temperatures, load and memory from `/sys` and `/proc`.
public enum SystemMonitor {
    /// The figures of this moment. What the machine does not tell is left out or 0.
    public static func sample() -> SystemStatus {
        let memory = memoryBytes()
        return SystemStatus(
            temperatures: temperatures(), load: firstNumber(of: "/proc/loadavg") ?? 0, memoryTotalBytes: memory["MemTotal"] ?? 0,
            memoryAvailableBytes: memory["MemAvailable"] ?? 0, residentBytes: residentBytes(),
            cpuSeconds: Double(Timestamp.processCPU()) / 1e9)
    }

    /// The `meta_d2h` stream: a figures report in the manner of gen1, as JSON.
    static func report(_ status: SystemStatus, uptimeSeconds: Double) -> String {
        let report: [String: Any] = [
            "sensors": ["temperature": status.temperatures],
            "load": status.load,
            "memory": [
                "total_bytes": status.memoryTotalBytes, "available_bytes": status.memoryAvailableBytes,
                "process_bytes": status.residentBytes,
            ],
            "cpu_s": status.cpuSeconds,
            "uptime_s": uptimeSeconds,
        ]
        let data = (try? JSONSerialization.data(withJSONObject: report, options: [.sortedKeys])) ?? Data("{}".utf8)
        return String(decoding: data, as: UTF8.self)
    }

    /// Celsius of every thermal zone, by its type; a second zone of the same type gets its number.
    private static func temperatures() -> [String: Double] {
        let root = "/sys/class/thermal"
        let zones = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).filter { $0.hasPrefix("thermal_zone") }
            .sorted()
        var temperatures: [String: Double] = [:]
        for zone in zones {
            guard let millidegrees = firstNumber(of: "\(root)/\(zone)/temp") else { continue }
            let type = text(of: "\(root)/\(zone)/type").trimmingCharacters(in: .whitespacesAndNewlines)
            temperatures[temperatures[type] == nil && !type.isEmpty ? type : zone] = millidegrees / 1000
        }
        return temperatures
    }

    private static func memoryBytes() -> [String: Int] {
        var figures: [String: Int] = [:]
        for line in text(of: "/proc/meminfo").split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == ":" })
            guard words.count >= 2, let kibibytes = Int(words[1]) else { continue }
            figures[String(words[0])] = kibibytes * 1024
        }
        return figures
    }

    private static func residentBytes() -> Int {
        let pages = text(of: "/proc/self/statm").split(separator: " ")
        return pages.count > 1 ? (Int(pages[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }

    private static func firstNumber(of path: String) -> Double? {
        text(of: path).split(whereSeparator: \.isWhitespace).first.flatMap { Double($0) }
    }

    private static func text(of path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
