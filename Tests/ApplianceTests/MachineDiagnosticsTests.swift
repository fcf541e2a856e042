// SPDX-License-Identifier: Apache-2.0
import Appliance
import Foundation
import Testing

/// The checkup of a board, on made-up boards.
struct MachineDiagnosticsTests {
    /// A folder that looks like the root of a system.
    private struct MadeUp {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("board-\(UUID().uuidString)").path

        init(_ files: [String: String]) throws {
            try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
            for (path, text) in files {
                let url = URL(fileURLWithPath: "\(root)/\(path)")
                try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try text.write(to: url, atomically: true, encoding: .utf8)
            }
        }

        func remove() { try? FileManager.default.removeItem(atPath: root) }
    }

    private static let raspberry = [
        "proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\u{0}",
        "proc/cmdline": "console=ttyAMA0 root=/dev/mmcblk0p2 rauc.slot=B quiet\n",
        "proc/self/mountinfo": """
        22 28 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw
        28 1 179:2 / / ro,relatime shared:1 - ext4 /dev/mmcblk0p2 ro,errors=remount-ro

        """,
        "sys/class/hwmon/hwmon0/name": "cpu_thermal\n", "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
        "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "0\n",
        "sys/devices/platform/soc/soc:firmware/get_throttled": "0\n",
        "sys/class/thermal/thermal_zone0/temp": "48312\n", "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
        "sys/class/watchdog/watchdog0/state": "active\n",
        "sys/class/watchdog/watchdog0/identity": "Broadcom BCM2835 Watchdog timer\n",
        "run/systemd/timesync/synchronized": "",
    ]

    private func look(
        _ changes: [String: String?] = [:], free: Int = 8 << 30, body: ([String: Finding]) throws -> Void
    ) throws {
        var files = Self.raspberry
        for (path, text) in changes { files[path] = text }
        let board = try MadeUp(files)
        defer { board.remove() }
        let findings = MachineDiagnostics(root: board.root) { _ in (free, 30 << 30) }.findings(state: "/var/lib/depthd")
        try body(Dictionary(uniqueKeysWithValues: findings.map { ($0.subject, $0) }))
    }

    @Test func aWellBoardIsWellInEveryLine() throws {
        try look { findings in
            #expect(
                Set(findings.keys) == [
                    "board", "power", "throttling", "temperature", "room", "clock", "root", "watchdog", "update slot",
                ])
            #expect(findings.values.allSatisfy { $0.verdict == .good }, "\(findings)")
            #expect(findings["board"]?.text == "Raspberry Pi 5 Model B Rev 1.0")
            #expect(findings["temperature"]?.text == "48.3 °C (cpu-thermal)")
            #expect(findings["update slot"]?.text == "B runs")
            #expect(findings["root"]?.text.contains("read-only") == true)
            #expect(findings["watchdog"]?.text == "Broadcom BCM2835 Watchdog timer is fed")
        }
    }

    @Test func aMachineThatTellsNothingHasNoFindings() throws {
        let board = try MadeUp([:])
        defer { board.remove() }
        #expect(MachineDiagnostics(root: board.root) { _ in nil }.findings(state: "/x").isEmpty)
    }

    @Test(arguments: [
        ("50000", Finding.Verdict.warning, "the voltage is too low"), ("50005", .bad, "it is throttled now"),
        ("0x80000", .warning, "too hot"), ("8", .bad, "fan"), ("0", .good, "never"),
    ])
    func theFirmwaresWordIsReadBitByBit(word: String, verdict: Finding.Verdict, text: String) throws {
        try look(["sys/devices/platform/soc/soc:firmware/get_throttled": word + "\n"]) { findings in
            let finding = try #require(findings["throttling"])
            #expect(finding.verdict == verdict)
            #expect(finding.text.contains(text), "\(finding.text)")
        }
    }

    @Test(arguments: [
        ("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1", "power", Finding.Verdict.bad, "power supply"),
        ("sys/class/thermal/thermal_zone0/temp", "81000", "temperature", .warning, "heat sink"),
        ("sys/class/thermal/thermal_zone0/temp", "86000", "temperature", .bad, "heat sink"),
        ("sys/class/watchdog/watchdog0/state", "inactive", "watchdog", .warning, "RuntimeWatchdogSec"),
        (
            "proc/self/mountinfo", "28 1 0:30 / / rw shared:1 - overlay overlay rw,lowerdir=/ro\n", "root", .good, "overlay"
        ),
        // As a hardened service sees it: its mount is read-only, the file system is not.
        ("proc/self/mountinfo", "28 1 179:2 / / ro shared:1 - ext4 /dev/mmcblk0p2 rw\n", "root", .good, "writable"),
    ])
    func whatIsWrongIsSaidWithItsRemedy(
        path: String, text: String, subject: String, verdict: Finding.Verdict, words: String
    ) throws {
        try look([path: text]) { findings in
            let finding = try #require(findings[subject])
            #expect(finding.verdict == verdict)
            #expect(finding.text.contains(words), "\(finding.text)")
        }
    }

    @Test(arguments: [(600 << 20, Finding.Verdict.good), (400 << 20, .warning), (10 << 20, .bad)])
    func aFullCardIsNoticedBeforeItIsFull(free: Int, verdict: Finding.Verdict) throws {
        try look(free: free) { #expect($0["room"]?.verdict == verdict) }
    }

    @Test func aClockThatIsNotSetIsAWarning() throws {
        try look(["run/systemd/timesync/synchronized": nil as String?, "run/systemd/timesync/clock": ""]) {
            #expect($0["clock"]?.verdict == .warning)
        }
    }

    @Test(arguments: [
        "proc/self/mountinfo", "sys/class/thermal/thermal_zone0/temp", "proc/cmdline",
        "sys/devices/platform/soc/soc:firmware/get_throttled",
    ])
    func nonsenseIsNoFindingAndNoCrash(path: String) throws {
        for text in ["", "\n", "nan", "28 1 / / -", "- - - - / - - - - -", "zz zz\u{0}"] { try look([path: text]) { _ in } }
    }
}
