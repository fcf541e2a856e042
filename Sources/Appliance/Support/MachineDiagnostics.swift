// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The diagnostics of the board: power, heat, free space, clock, watchdog, and which system runs. What a
/// machine does not tell is not a finding.
package struct MachineDiagnostics {
    private let root: String
    /// Free and all bytes of the file system a path is on.
    private let space: (String) -> (free: Int, total: Int)?

    /// - Parameters:
    ///   - root: where `/proc`, `/sys` and `/run` are.
    ///   - space: see there.
    package init(
        root: String = "/", space: @escaping (String) -> (free: Int, total: Int)? = MachineDiagnostics.space
    ) {
        self.root = root.hasSuffix("/") ? root : root + "/"
        self.space = space
    }

    /// - Parameter state: the state directory, which need not be there yet.
    package func findings(state: String) -> [Finding] {
        [board(), power(), throttling(), temperature(), room(state), clock(), rootSystem(), watchdog(), slot()].compactMap { $0 }
    }

    private func text(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: root + path) else { return nil }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines.union(["\0"]))
    }

    private func entries(_ path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: root + path)) ?? []).sorted()
    }

    /// The board's own name; nil on machines without a device tree.
    package var model: String? { text("proc/device-tree/model").flatMap { $0.isEmpty ? nil : $0 } }

    private func board() -> Finding? {
        model.map { Finding(subject: "board", verdict: .good, text: $0) }
    }

    // MARK: Power and heat

    private static let supply = "use the power supply made for this board and a short, thick cable; put cameras on a powered hub"

    /// The kernel asks the firmware every two seconds and keeps the answer here.
    private func power() -> Finding? {
        let sensors = entries("sys/class/hwmon").map { "sys/class/hwmon/\($0)" }
        guard let sensor = sensors.first(where: { text("\($0)/name") == "rpi_volt" }),
            let alarm = text("\(sensor)/in0_lcrit_alarm")
        else { return nil }
        return alarm == "0"
            ? Finding(subject: "power", verdict: .good, text: "the voltage is right")
            : Finding(
                subject: "power", verdict: .bad, text: "the voltage is too low now: cameras and the card may fail; \(Self.supply)"
            )
    }

    /// The firmware's word on what it had to do; the low bits are now, those 16 higher since the start.
    private func throttling() -> Finding? {
        let folders = entries("sys/devices/platform").filter { $0.hasPrefix("soc") }.map { "sys/devices/platform/\($0)" }
        let paths = folders.flatMap { folder in
            entries(folder).filter { $0.hasSuffix("firmware") }.map { "\(folder)/\($0)/get_throttled" }
        }
        guard let word = paths.lazy.compactMap({ text($0) }).first,
            let bits = UInt32(word.hasPrefix("0x") ? String(word.dropFirst(2)) : word, radix: 16)
        else { return nil }
        let names = [(0, "the voltage is too low"), (1, "the frequency is capped"), (2, "it is throttled"), (3, "it is too hot")]
        let now = names.filter { bits & (1 << $0.0) != 0 }.map(\.1)
        let before = names.filter { bits & (1 << ($0.0 + 16)) != 0 }.map(\.1)
        let isPower = bits & (1 | 1 << 16) != 0
        let remedy = isPower ? Self.supply : Self.cooling
        if !now.isEmpty {
            return Finding(subject: "throttling", verdict: .bad, text: "\(now.joined(separator: ", ")) now; \(remedy)")
        }
        if !before.isEmpty {
            return Finding(
                subject: "throttling", verdict: .warning,
                text: "since the start: \(before.joined(separator: ", ")); \(remedy)")
        }
        return Finding(subject: "throttling", verdict: .good, text: "never since the start")
    }

    private static let cooling = "improve the board's cooling: more air, a heat sink or a fan"
    /// Raspberry Pis slow down from 80 °C on and hard at 85.
    private static let warm = 80.0
    private static let hot = 85.0

    private func temperature() -> Finding? {
        let zone = "sys/class/thermal/thermal_zone0"
        guard let celsius = text("\(zone)/temp").flatMap({ Double($0) }).map({ $0 / 1000 }), celsius.isFinite else { return nil }
        let name = text("\(zone)/type") ?? ""
        let words = "\((celsius * 10).rounded() / 10) °C\(name.isEmpty ? "" : " (\(name))")"
        let verdict: Finding.Verdict = celsius < Self.warm ? .good : celsius < Self.hot ? .warning : .bad
        return Finding(
            subject: "temperature", verdict: verdict,
            text: verdict == .good ? words : "\(words): the processor slows down from \(Int(Self.warm)) °C on; \(Self.cooling)")
    }

    // MARK: Free space and clock

    private static let scarce = 500 << 20
    private static let full = 50 << 20

    private func room(_ state: String) -> Finding? {
        guard let (free, total) = space(state) else { return nil }
        let words = "\(free >> 20) of \(total >> 20) MiB free below \(state)"
        let verdict: Finding.Verdict = free >= Self.scarce ? .good : free >= Self.full ? .warning : .bad
        return Finding(
            subject: "room", verdict: verdict,
            text: verdict == .good
                ? words : "\(words): remove models (depthd models) or recordings, or use a larger card")
    }

    /// By systemd-timesyncd; where another program keeps the time, it says nothing here.
    private func clock() -> Finding? {
        let folder = root + "run/systemd/timesync"
        guard FileManager.default.fileExists(atPath: folder) else { return nil }
        return FileManager.default.fileExists(atPath: "\(folder)/synchronized")
            ? Finding(subject: "clock", verdict: .good, text: "synchronised")
            : Finding(
                subject: "clock", verdict: .warning,
                text: "not synchronised: results and the log carry wrong times; the box needs access to a time server "
                    + "(timedatectl timesync-status)")
    }

    // MARK: The system

    /// How the root file system is mounted; a service may see it read-only though it is not, so the file system itself is
    /// asked, not its mount.
    private func rootSystem() -> Finding? {
        guard let table = text("proc/self/mountinfo") else { return nil }
        let mounts = table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        guard let mount = mounts.last(where: { $0.count > 9 && $0[4] == "/" }), let dash = mount.firstIndex(of: "-"),
            mount.count > dash + 3
        else { return nil }
        let (kind, options) = (mount[dash + 1], mount[dash + 3].split(separator: ","))
        let words =
            if kind == "overlay" {
                "under an overlay: changes are lost after a restart"
            } else if options.contains("ro") {
                "\(kind), read-only: it survives a power cut"
            } else {
                "\(kind), writable: shut down before you unplug it"
            }
        return Finding(subject: "root", verdict: .good, text: words)
    }

    private func watchdog() -> Finding? {
        let watchdog = "sys/class/watchdog/watchdog0"
        guard let state = text("\(watchdog)/state") else { return nil }
        let name = text("\(watchdog)/identity") ?? "hardware watchdog"
        if state == "active" { return Finding(subject: "watchdog", verdict: .good, text: "\(name) is fed") }
        let isBoard = model?.contains("Raspberry Pi") == true
        return Finding(
            subject: "watchdog", verdict: isBoard ? .warning : .good,
            text: "\(name) is present, but nothing feeds it"
                + (isBoard ? ": a system that hangs stays down; set RuntimeWatchdogSec=15 in /etc/systemd/system.conf" : ""))
    }

    /// Which of two systems an image with updates runs.
    private func slot() -> Finding? {
        guard let line = text("proc/cmdline"),
            let slot = line.split(whereSeparator: \.isWhitespace).first(where: { $0.hasPrefix("rauc.slot=") })
        else { return nil }
        return Finding(subject: "update slot", verdict: .good, text: "\(slot.dropFirst("rauc.slot=".count)) runs")
    }

    // MARK: What is no file

    /// Of the nearest folder there is.
    package static func space(_ path: String) -> (free: Int, total: Int)? {
        var url = URL(fileURLWithPath: path)
        while !FileManager.default.fileExists(atPath: url.path), url.path != "/" { url.deleteLastPathComponent() }
        var figures = statvfs()
        guard statvfs(url.path, &figures) == 0 else { return nil }
        let unit = Int(figures.f_frsize)
        return (Int(figures.f_bavail) * unit, Int(figures.f_blocks) * unit)
    }
}
