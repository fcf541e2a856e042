// SPDX-License-Identifier: Apache-2.0
import Appliance
import ArgumentParser
import Foundation
import OAK

struct FirmwareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "firmware",
        abstract: "Import, list and remove the firmware that DepthAI cameras are booted with.",
        discussion: "depthd brings no firmware along: it is the vendor's. docs/oak.md tells how to get it, in two commands.",
        subcommands: [List.self, Import.self, Remove.self], defaultSubcommand: List.self)

    /// The store of the settings.
    private static func store(_ options: SettingsOptions) throws -> FirmwareStore {
        let state = StateDirectory(try options.loadOrExit().state)
        do {
            try state.make()
        } catch {
            throw Failure(description: error.description)
        }
        return FirmwareStore(StateStorage(state))
    }

    private static func describe(_ entry: FirmwareStore.Entry) -> String {
        "\(entry.release ?? "unknown release")  \(entry.bytes) bytes  \(entry.sha256)"
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the imported firmware; the first is used.")

        @OptionGroup var options: SettingsOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let entries = try FirmwareCommand.store(options).entries
            if json { return try Output.json(entries) }
            if entries.isEmpty { Output.line("no firmware is imported; \(FirmwareError.remedy)") }
            for entry in entries { Output.line(FirmwareCommand.describe(entry)) }
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the firmware in a wheel of the vendor's library and copy it into the state directory.",
            discussion: """
                Takes a wheel of depthai 2, the extension module in it, or an image (.cmd). Get a wheel with:
                \(KnownFirmware.downloadCommand)
                """)

        @Argument(help: "The file, or - for standard input.") var file: String
        @Flag(help: "Import firmware depthd does not know, too. Cameras may not work with it.") var force = false
        @Flag(help: "Print JSON.") var json = false
        @OptionGroup var options: SettingsOptions

        func run() throws {
            let store = try FirmwareCommand.store(options)
            let entry: FirmwareStore.Entry
            do {
                let (bytes, name) = try FirmwareInput.read(file)
                entry = try store.add(try IdentifiedFirmware(findingIn: bytes, file: name, force: force))
            } catch {
                throw Failure(description: "\(error)")
            }
            if json { return try Output.json(entry) }
            Output.line("imported: \(FirmwareCommand.describe(entry))")
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete imported firmware.")

        @Argument(help: "Its release, such as 2.30.0.0, or the first digits of its SHA-256.") var name: String
        @OptionGroup var options: SettingsOptions

        func run() throws {
            let entry: FirmwareStore.Entry
            do {
                entry = try FirmwareCommand.store(options).remove(name)
            } catch let error as FirmwareStore.Failure {
                throw Failure(description: error.description)
            }
            Output.line("removed: \(FirmwareCommand.describe(entry))")
        }
    }
}
