// SPDX-License-Identifier: Apache-2.0
package import Core
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
    /// - Parameter device: the camera's own figures; its temperatures stand beside the machine's under gen1's names.
    package static func report(_ status: SystemStatus, device: DeviceHealth?, uptimeSeconds: Double) -> String {
        let report = Report(
            sensors: .init(temperature: status.temperatures.merging(device?.temperatures.gen1Names ?? [:]) { $1 }),
            load: status.load,
            memory: .init(
                total: status.memoryTotalBytes, available: status.memoryAvailableBytes, process: status.residentBytes),
            cpuSeconds: status.cpuSeconds, uptimeSeconds: uptimeSeconds, device: device)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Fails for numbers that JSON does not have; no figure is one.
        return (try? encoder.encode(report)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private struct Report: Encodable {
        struct Sensors: Encodable { var temperature: [String: Double] }
        struct Memory: Encodable {
            var total: Int
            var available: Int
            var process: Int

            enum CodingKeys: String, CodingKey {
                case total = "total_bytes"
                case available = "available_bytes"
                case process = "process_bytes"
            }
        }

        var sensors: Sensors
        var load: Double
        var memory: Memory
        var cpuSeconds: Double
        var uptimeSeconds: Double
        var device: DeviceHealth?

        enum CodingKeys: String, CodingKey {
            case sensors, load, memory, device
            case cpuSeconds = "cpu_s"
            case uptimeSeconds = "uptime_s"
        }
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

extension DeviceHealth.Temperatures {
    /// As gen1's firmware named them; its own viewer shows `upa1` as that of DSS.
    fileprivate var gen1Names: [String: Double] { ["css": css, "mss": mss, "upa0": upa, "upa1": dss] }
}
