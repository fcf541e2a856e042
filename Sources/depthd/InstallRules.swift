// SPDX-License-Identifier: Apache-2.0
import Appliance
import ArgumentParser

struct InstallRules: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install-rules",
        abstract: "Install the udev rules that let depthd open cameras, and apply them. Needs root.",
        discussion: "Does nothing if they are already installed. The files are those in udev/ of the source code.")

    @Option(help: "Root folder of another system, such as a mounted image; its udev is not notified.")
    var root = "/"
    @Flag(name: .customLong("print"), help: "Print the rules without changing anything.")
    var isDry = false

    func run() throws {
        if isDry {
            for file in UdevRules.all { Output.line("# \(file.name)\n\(file.text)") }
            return
        }
        for line in try RulesInstaller(root: root).install() { Output.line(line) }
    }
}
