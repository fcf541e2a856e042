// SPDX-License-Identifier: Apache-2.0
internal import Foundation
import Synchronization

/// What clients have set for each module, kept in a file and in force at once.
///
/// Names and values are the original's. `AutoStart` decides whether the module answers; the others are kept and told
/// again, because clients read back what they wrote, but one CPU and models that stay loaded leave nothing to decide.
public final class ModuleSettings: Sendable {
    /// Why a setting was not taken, in words for the client.
    public struct Refusal: Error, CustomStringConvertible, Hashable {
        public let description: String
    }

    /// The file's content: module id (or `Global`), name, value.
    private typealias Content = [String: [String: String]]

    private let file: (any PersistentFile)?
    private let content: Mutex<Content>

    /// Maximum number of settings of one module; the values are short.
    private static let maximumNames = 64
    private static let maximumLength = 1024
    /// The section for what belongs to no module.
    public static let global = "Global"
    private static let autoStart = "AutoStart"

    /// - Parameter file: nil keeps settings in memory only. A file that is not there yet is made with the first setting.
    public init(file: (any PersistentFile)? = nil) {
        self.file = file
        content = Mutex(file?.read { try JSONDecoder().decode(Content.self, from: Data($0)) } ?? [:])
    }

    /// Whether the module answers.
    public func isActive(_ module: TaskModule) -> Bool {
        Self.flag(content.withLock { $0[module.id]?[Self.autoStart] }) ?? true
    }

    /// Everything that was set for a module.
    public func values(of id: String) -> [String: String] {
        content.withLock { $0[id] ?? [:] }
    }

    /// Puts one setting in force and keeps it.
    public func set(_ name: String, to value: String, of id: String) throws(Refusal) {
        try set([id: [name: value]])
    }

    /// Puts several settings in force and keeps them: all of them or none.
    /// - Parameter changes: by module id, then by name.
    public func set(_ changes: [String: [String: String]]) throws(Refusal) {
        try content.withLock { (content) throws(Refusal) in
            var next = content
            for (id, values) in changes {
                for (name, value) in values {
                    let name = try Self.canonical(name)
                    guard value.utf8.count <= Self.maximumLength, value.utf8.allSatisfy({ $0 >= 0x20 }) else {
                        throw Refusal(description: "the value of \(name) must be one line of at most \(Self.maximumLength) bytes")
                    }
                    if name == Self.autoStart, Self.flag(value) == nil {
                        throw Refusal(description: "\(name) must be true or false, not \"\(value.prefix(40))\"")
                    }
                    next[id, default: [:]][name] = value
                }
                guard (next[id]?.count ?? 0) <= Self.maximumNames else {
                    throw Refusal(description: "a module can have at most \(Self.maximumNames) settings")
                }
            }
            try keep(next)
            content = next
        }
    }

    /// - Throws: when the file would be larger than what is read back at the next start.
    private func keep(_ content: Content) throws(Refusal) {
        guard let file else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        do {
            try file.keep(Array(try encoder.encode(content)))
        } catch {
            throw Refusal(description: "the settings cannot be saved: \(error)")
        }
    }

    /// One spelling of each name the original knows under several.
    private static func canonical(_ name: String) throws(Refusal) -> String {
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Refusal(description: "the name of a setting must have 1 to 64 plain characters")
        }
        switch name.lowercased() {
        case "autostart", "activate": return autoStart
        case "enablegpu", "supportgpu": return "EnableGPU"
        case "parallelism": return "Parallelism"
        case "logverbosity": return "LogVerbosity"
        case "poststartpausesecs": return "PostStartPauseSecs"
        case "usehalfprecision": return "UseHalfPrecision"
        case "acceleratordevicename": return "AcceleratorDeviceName"
        default: return name.uppercased()
        }
    }

    private static func flag(_ text: String?) -> Bool? {
        switch text?.lowercased() {
        case "true", "on", "yes", "1": true
        case "false", "off", "no", "0": false
        default: nil
        }
    }
}
