// SPDX-License-Identifier: Apache-2.0
import Appliance
import ArgumentParser
import Core
import Foundation

/// `depthd`: the daemon and the commands around it.
@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "depthd",
        abstract: "Turns this machine and its cameras into a depth-vision appliance.",
        version: Version.current,
        subcommands: [
            Run.self, Status.self, Doctor.self, Support.self, Cameras.self, InstallRules.self, Subscribe.self, Snapshot.self,
            Calibrate.self,
            StereoCommand.self, TrackDetections.self, BlobCommand.self, ModelsCommand.self, FirmwareCommand.self,
            CheckConfig.self, RenderDataset.self, ShowVersion.self,
        ])

    /// Exit codes: 0 ok, 1 failed, 2 usage, 78 bad configuration.
    static func main() async {
        ProcessMemory.returnLargeBlocks()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            let code = exitCode(for: error)
            let isUsage = code == .validationFailure
            let message = fullMessage(for: error)
            if !message.isEmpty {
                // Help that was asked for is output; everything else is an error.
                let stream = code.isSuccess ? FileHandle.standardOutput : FileHandle.standardError
                stream.write(Data("\(message)\n".utf8))
            }
            Foundation.exit(isUsage ? 2 : code.rawValue)
        }
    }
}

/// Ends a command with a message on standard error.
struct Failure: Error, CustomStringConvertible {
    let description: String
}
