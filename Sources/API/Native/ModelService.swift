// SPDX-License-Identifier: Apache-2.0

/// What the server may see and do with the models of the box.
public protocol ModelService: Sendable {
    /// What is installed, and which roles and models there are.
    func list() -> ModelList
    /// A path for the file of an upload. The caller removes what it leaves there.
    func inbox() throws(ModelRefusal) -> String
    /// Checks an uploaded file and takes it in.
    func install(_ upload: ModelUpload) async throws(ModelRefusal) -> ModelSummary
    func remove(_ name: String) throws(ModelRefusal)
    /// Makes a model the one that fills its role.
    func activate(_ name: String) throws(ModelRefusal) -> ModelSummary
}

/// The models of the box.
public struct ModelList: Sendable, Codable {
    /// What is installed, by name.
    public var models: [ModelSummary]
    /// Every role with the name or path of what fills it; empty where nothing does.
    public var roles: [String: String]
    /// Public models that are known to work.
    public var catalogue: [CatalogueEntry]

    /// A public model that is known to work.
    public struct CatalogueEntry: Sendable, Codable {
        public var name: String
        public var role: String
        public var family: String
        public var licence: String
        public var bytes: Int
        public var sha256: String
        public var source: String
        public var note: String

        public init(
            name: String, role: String, family: String, licence: String, bytes: Int, sha256: String, source: String, note: String
        ) {
            self.name = name
            self.role = role
            self.family = family
            self.licence = licence
            self.bytes = bytes
            self.sha256 = sha256
            self.source = source
            self.note = note
        }
    }

    public init(models: [ModelSummary], roles: [String: String], catalogue: [CatalogueEntry]) {
        self.models = models
        self.roles = roles
        self.catalogue = catalogue
    }
}

/// One installed model.
public struct ModelSummary: Sendable, Codable, Hashable {
    public var name: String
    public var role: String
    public var bytes: Int
    public var sha256: String
    /// Whether it fills its role, unless the settings name another.
    public var active: Bool

    public init(name: String, role: String, bytes: Int, sha256: String, active: Bool) {
        self.name = name
        self.role = role
        self.bytes = bytes
        self.sha256 = sha256
        self.active = active
    }
}

/// A model file that has arrived.
public struct ModelUpload: Sendable {
    /// Where the file is.
    public var path: String
    /// Where its manifest is; nil for none.
    public var manifest: String?
    /// Where the files are in which the model keeps weights, by the names the form gives them.
    public var data: [String: String] = [:]
    public var name: String?
    public var role: String?
    public var sha256: String?
}

/// Why a model was not taken, removed or activated.
public struct ModelRefusal: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable {
        case unknown, taken, bad, storage
    }

    public var kind: Kind
    public var description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
