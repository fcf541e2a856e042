// SPDX-License-Identifier: Apache-2.0
import Appliance
import ArgumentParser
import Foundation
import Settings

struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "Install, list, activate and remove networks. A running daemon picks up changes within a second.",
        subcommands: [List.self, Install.self, Activate.self, Remove.self, Catalogue.self], defaultSubcommand: List.self)

    /// The store of the settings, with every refusal as exit code 1.
    private static func store(_ options: SettingsOptions) throws -> ModelStore {
        let state = StateDirectory(try options.loadOrExit().state)
        do {
            try state.make()
        } catch {
            throw Failure(description: error.description)
        }
        let storage = StateStorage(state)
        let store = ModelStore(storage)
        // Reads the list now: what was set aside is said before anything else.
        _ = store.models
        for problem in storage.problems { Output.complaint(problem) }
        return store
    }

    private static func refusing<Result>(_ body: () throws(ModelStoreError) -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw Failure(description: error.description)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the installed models.")

        @OptionGroup var options: SettingsOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            let models = try ModelsCommand.store(options).models
            if json { return try Output.json(models) }
            if models.isEmpty { Output.line("no models are installed; `depthd models catalogue` shows public ones that work") }
            for model in models {
                Output.line("\(model.active ? "*" : " ") \(model.name)  \(model.role)  \(model.bytes) bytes  \(model.sha256)")
            }
        }
    }

    struct Install: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check an ONNX file and copy it into the store.",
            discussion: "The first model of a role becomes active immediately. A manifest FILE.json next to FILE.onnx is "
                + "installed with it, and so are the files next to it in which the model stores weights.")

        @Argument(help: "The ONNX file.") var file: String
        @Option(help: "Name of the model. Default: the catalogue's name, otherwise the file's.") var name: String?
        @Option(help: "Role of the model. Required unless the catalogue knows the file.") var role: String?
        @Option(help: "The SHA-256 the file must have.") var sha256: String?
        @OptionGroup var options: SettingsOptions

        func run() throws {
            let store = try ModelsCommand.store(options)
            let beside = URL(fileURLWithPath: file).deletingPathExtension().appendingPathExtension("json").path
            let manifest = beside != file && FileManager.default.fileExists(atPath: beside) ? beside : nil
            let model = try ModelsCommand.refusing { () throws(ModelStoreError) in
                try store.install(
                    file, name: name, role: role, sha256: sha256, manifest: manifest, data: .beside)
            }
            let use = model.active ? "used" : "not used: `depthd models activate \(model.name)`"
            Output.line("\(model.name) installed for \(model.role), \(use)")
        }
    }

    struct Activate: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Use a model for its role.")

        @Argument(help: "Its name.") var name: String
        @OptionGroup var options: SettingsOptions

        func run() throws {
            let store = try ModelsCommand.store(options)
            let model = try ModelsCommand.refusing { () throws(ModelStoreError) in try store.activate(name) }
            Output.line("\(model.name) is used for \(model.role), unless the settings name another")
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a model.")

        @Argument(help: "Its name.") var name: String
        @OptionGroup var options: SettingsOptions

        func run() throws {
            let store = try ModelsCommand.store(options)
            try ModelsCommand.refusing { () throws(ModelStoreError) in try store.remove(name) }
            Output.line("\(name) removed")
        }
    }

    struct Catalogue: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show public models that are known to work, with their licences and addresses.",
            discussion: "Nothing is downloaded: fetch a file, then `depthd models install` checks it by its hash.")

        func run() {
            for entry in ModelStore.catalogue { Output.line("\(entry)\n") }
        }
    }
}
