// SPDX-License-Identifier: Apache-2.0
import Core
import Cryptography
import Foundation
import Synchronization
public import Tasks

/// The models an owner has installed: files in the state directory with an index beside them.
///
/// The daemon and `depthd models` use it at the same time; each reads the index anew when the other has changed it.
public final class ModelStore: Sendable {
    /// One installed model, as the index keeps it.
    public struct Model: Sendable, Hashable, Codable {
        /// Names the model in settings and to clients.
        public var name: String
        /// What it is for; see `ModelRole`.
        public var role: String
        /// Of the model and the files it keeps weights in.
        public var bytes: Int
        /// Of the model: lower-case hexadecimal digits.
        public var sha256: String
        /// Whether a manifest lies beside it.
        public var hasManifest: Bool
        /// Whether it fills its role, unless the settings name another.
        public var active: Bool
        /// Names of the files in which the model keeps weights; nil when it holds all of them itself.
        public var data: [String]?
    }

    /// Where the files are that a model keeps weights in.
    public enum DataFiles: Sendable {
        /// Beside the model, under the names it gives them: for files of the owner's own disk.
        case beside
        /// These, by the names the model gives them: for what a client has sent.
        case uploaded([String: String])
    }

    /// A file of this size and more is no model for such a box.
    public static let maximumBytes = 512 << 20
    private static let maximumManifestBytes = 1 << 20

    static let maximumIndexBytes = 1 << 20
    static let indexName = "index.json"
    /// What the name of a model is followed by in that of the folder with its weights.
    static let dataSuffix = ".files"

    private let storage: StateStorage
    private let folder: String
    private let index: StateDocument
    private let cache = Mutex<(models: [Model], stamp: Date?)>(([], nil))

    /// - Parameter storage: where the folder `models` is or will be.
    public init(_ storage: StateStorage) {
        self.storage = storage
        folder = storage.directory.file("models")
        index = storage.document("models/\(Self.indexName)", maximumBytes: Self.maximumIndexBytes)
    }

    /// What is installed, by name.
    public var models: [Model] {
        let stamp = modified
        return cache.withLock { cache in
            guard stamp != cache.stamp || stamp == nil else { return cache.models }
            if let models = index.read({ try JSONDecoder().decode([Model].self, from: Data($0)) }) {
                cache = (models, stamp)
            } else if stamp == nil {
                cache = ([], nil)
            }
            // An index that was damaged meanwhile is written anew with the next change.
            return cache.models
        }
    }

    /// When something was last installed or removed; nil before the first time.
    var modified: Date? {
        (try? FileManager.default.attributesOfItem(atPath: index.path))?[.modificationDate] as? Date
    }

    /// The file of an installed model; nil when there is none of that name.
    public func file(_ name: String) -> ModelFile? {
        models.first { $0.name == name }.map(file)
    }

    func file(_ model: Model) -> ModelFile {
        ModelFile(
            path: "\(model.data == nil ? folder : dataFolder(model))/\(model.name).onnx",
            manifestPath: model.hasManifest ? "\(folder)/\(model.name).json" : nil, identity: model.sha256)
    }

    /// Public models that are known to work, in words.
    public static var catalogue: [String] {
        ModelCatalogue.entries.map { entry in
            """
            \(entry.name) (\(entry.role.rawValue), \(entry.family)): \(entry.note)
              licence \(entry.licence), \(entry.bytes) bytes
              sha256 \(entry.sha256)
              \(entry.source)
            """
        }
    }

    /// The folder of a model with files of weights: ONNX Runtime looks for them beside the model.
    private func dataFolder(_ model: Model) -> String { "\(folder)/\(model.name)\(Self.dataSuffix)" }

    // MARK: Changing

    /// Checks a file and copies it into the store. The first model of a role becomes its active one.
    /// - Parameters:
    ///   - name: nil for the catalogue's name, else the file's own.
    ///   - role: nil where the catalogue knows the file.
    ///   - sha256: what the file must have; nil for anything.
    ///   - manifest: nil for none, or the one beside the file.
    ///   - data: where the files are in which the model keeps weights, if it does.
    ///   - shownName: what messages call the file; nil for its path.
    public func install(
        _ path: String, name: String? = nil, role: String? = nil, sha256: String? = nil, manifest: String? = nil,
        data: DataFiles = .uploaded([:]), shownName: String? = nil
    ) throws(ModelStoreError) -> Model {
        let shownName = shownName ?? path
        let bytes = try Self.bytes(path, maximum: Self.maximumBytes)
        let sources = try Self.dataFiles(of: bytes, at: path, data, shownName)
        let digest = HexDigits.of(Digest.sha256.of(bytes))
        if let sha256, sha256.lowercased() != digest {
            throw .notAModel(
                "\(shownName) has the SHA-256 \(digest), not \(sha256.prefix(64)): it is another file, or a damaged one")
        }
        let known = ModelCatalogue.entries.first { $0.sha256 == digest }
        let own = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        let model = Model(
            name: try Self.checked(name ?? known?.name ?? own), role: try Self.checkedRole(role ?? known?.role.rawValue),
            bytes: bytes.count, sha256: digest, hasManifest: manifest != nil, active: false,
            data: sources.isEmpty ? nil : sources.keys.sorted())
        let description = try manifest.map { path throws(ModelStoreError) in
            try Self.bytes(path, maximum: Self.maximumManifestBytes)
        }
        return try add(model, bytes, manifest: description, data: sources)
    }

    private func add(_ model: Model, _ bytes: [UInt8], manifest: [UInt8]?, data sources: [String: String])
        throws(ModelStoreError) -> Model
    {
        var all = models
        guard !all.contains(where: { $0.name == model.name }) else {
            throw .taken("there is a model \"\(model.name)\" already; remove it first, or choose another name")
        }
        guard model.data?.contains("\(model.name).onnx") != true else {
            throw .taken("the model keeps weights in \(model.name).onnx, as its own file would be called; choose another name")
        }
        var model = model
        model.active = !all.contains { $0.role == model.role && $0.active }
        // Until the index names the folder.
        var held: FileHandle?
        defer { try? held?.close() }
        do {
            if model.data != nil {
                held = try Self.makeDataFolder(dataFolder(model))
                model.bytes += try Self.copyData(sources, to: dataFolder(model), maximum: Self.maximumBytes - bytes.count)
            }
            try keep(model, bytes, manifest: manifest)
            all.append(model)
            try index.write(try encoded(all))
        } catch {
            discard(model)
            if let error = error as? ModelStoreError { throw error }
            throw .files("the model cannot be stored: \(error as? PersistenceFailure ?? PersistenceFailure(error))")
        }
        listed(all)
        return model
    }

    private func keep(_ model: Model, _ bytes: [UInt8], manifest: [UInt8]?) throws(PersistenceFailure) {
        let folder = model.data == nil ? "models" : "models/\(model.name)\(Self.dataSuffix)"
        try storage.document("\(folder)/\(model.name).onnx", maximumBytes: Self.maximumBytes).write(bytes)
        guard let manifest else { return }
        try storage.document("models/\(model.name).json", maximumBytes: Self.maximumManifestBytes).write(manifest)
    }

    /// Removes a model and its files.
    public func remove(_ name: String) throws(ModelStoreError) {
        let model = try find(name)
        try write(models.filter { $0.name != name })
        discard(model)
    }

    /// Removes the files of a model that no index names.
    private func discard(_ model: Model) {
        let file = file(model)
        let data = model.data.map { _ in dataFolder(model) }
        for path in [file.path, file.manifestPath, data].compactMap({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
    }

    /// Makes a model the one that fills its role.
    public func activate(_ name: String) throws(ModelStoreError) -> Model {
        var chosen = try find(name)
        chosen.active = true
        try write(
            models.map { other in
                var other = other
                if other.role == chosen.role { other.active = other.name == name }
                return other
            })
        return chosen
    }

    private func find(_ name: String) throws(ModelStoreError) -> Model {
        let models = models
        guard let model = models.first(where: { $0.name == name }) else { throw .unknown(name: name, known: models.map(\.name)) }
        return model
    }

    private func write(_ models: [Model]) throws(ModelStoreError) {
        let list = try encoded(models)
        do {
            try index.write(list)
        } catch {
            throw .files("the list of models cannot be written: \(error)")
        }
        listed(models)
    }

    /// - Throws: for a list that could not be read back.
    private func encoded(_ models: [Model]) throws(ModelStoreError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        do {
            let bytes = Array(try encoder.encode(models.sorted { $0.name < $1.name }))
            try index.check(bytes)
            return bytes
        } catch {
            throw .files("the list of models cannot be written: \(error)")
        }
    }

    private func listed(_ models: [Model]) {
        cache.withLock { $0 = (models.sorted { $0.name < $1.name }, nil) }
    }

    // MARK: Checks

    static func bytes(_ path: String, maximum: Int) throws(ModelStoreError) -> [UInt8] {
        do {
            return try BoundedFile.read(path, maximum: maximum, what: "file")
        } catch {
            throw .files("the file \(error.reason.dropFirst(3))")
        }
    }

    private static func checked(_ name: String) throws(ModelStoreError) -> String {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isPlain, (1...64).contains(name.utf8.count), !name.hasPrefix("."), name != "index", name != "demo", name != "none"
        else { throw .name(name) }
        return name
    }

    private static func checkedRole(_ role: String?) throws(ModelStoreError) -> String {
        let known = ModelRole.allCases.map(\.rawValue).joined(separator: ", ")
        guard let role else { throw .role("the catalogue does not know this file: say what it is for; roles are \(known)") }
        guard ModelRole(rawValue: role) != nil else { throw .role("there is no role \"\(role.prefix(64))\"; roles are \(known)") }
        return role
    }
}
