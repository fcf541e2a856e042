// SPDX-License-Identifier: Apache-2.0
import Appliance
import ArgumentParser
import Foundation

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check everything the daemon needs and say what to do about problems.")

    @OptionGroup var options: SettingsOptions
    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let findings = Diagnostics.run(try options.loadOrExit())
        if json {
            try Output.json(findings)
        } else {
            for finding in findings { Output.line("\(mark(finding.verdict)) \(finding.subject.padded(20)) \(finding.text)") }
        }
        if findings.contains(where: { $0.verdict == .bad }) { throw ExitCode.failure }
    }

    private func mark(_ verdict: Finding.Verdict) -> String {
        switch verdict {
        case .good: "ok  "
        case .warning: "warn"
        case .bad: "BAD "
        }
    }
}
