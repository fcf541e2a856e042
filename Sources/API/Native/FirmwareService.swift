// SPDX-License-Identifier: Apache-2.0

/// What the server may see and do with the firmware that DepthAI cameras are booted with.
public protocol FirmwareService: Sendable {
    /// Of an upload.
    var maximumBytes: Int { get }
    /// What is imported, and how to get what is known.
    func list() async -> FirmwareList
    /// A path for the file of an upload. The caller removes what it leaves there.
    func inbox() async throws(FirmwareRefusal) -> String
    /// Finds the image in an uploaded file, and keeps it.
    /// - Parameter force: keeps an image of an unknown release, too.
    func install(_ path: String, force: Bool) async throws(FirmwareRefusal) -> FirmwareSummary
    /// - Parameter name: a release, or the first digits of the SHA-256.
    func remove(_ name: String) async throws(FirmwareRefusal)
}

/// The firmware of the box.
public struct FirmwareList: Sendable, Encodable {
    /// What is imported; cameras are booted with the first.
    public var firmware: [FirmwareSummary]
    /// The releases whose protocol the box speaks, the one it prefers first.
    public var known: [KnownRelease]
    /// The command that fetches one of them; nil when something is imported.
    public var remedy: String?
    /// Of an upload.
    public var maximumBytes: Int

    /// A release the box knows by its image.
    public struct KnownRelease: Sendable, Encodable {
        public var release: String
        public var sha256: String

        public init(release: String, sha256: String) {
            (self.release, self.sha256) = (release, sha256)
        }
    }

    public init(firmware: [FirmwareSummary], known: [KnownRelease], remedy: String?, maximumBytes: Int) {
        (self.firmware, self.known, self.remedy, self.maximumBytes) = (firmware, known, remedy, maximumBytes)
    }

    private enum Key: String, CodingKey {
        case firmware, known, remedy
        case maximumBytes = "maximum_bytes"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(firmware, forKey: .firmware)
        try container.encode(known, forKey: .known)
        try container.encode(remedy, forKey: .remedy)
        try container.encode(maximumBytes, forKey: .maximumBytes)
    }
}

/// One imported image.
public struct FirmwareSummary: Sendable, Encodable, Hashable {
    /// Of the vendor's library; nil for an image of an unknown release.
    public var release: String?
    /// Of the image: lower-case hexadecimal digits.
    public var sha256: String
    public var bytes: Int
    /// When it was imported, in universal time (ISO 8601); nil where the disk does not say.
    public var imported: String?

    public init(release: String?, sha256: String, bytes: Int, imported: String?) {
        (self.release, self.sha256, self.bytes, self.imported) = (release, sha256, bytes, imported)
    }

    private enum Key: String, CodingKey { case release, sha256, bytes, imported }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(release, forKey: .release)
        try container.encode(sha256, forKey: .sha256)
        try container.encode(bytes, forKey: .bytes)
        try container.encode(imported, forKey: .imported)
    }
}

/// Why firmware was not imported or removed, in words for the owner.
public struct FirmwareRefusal: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable {
        /// Nothing of that name is imported.
        case unknown
        /// The name means several images.
        case ambiguous
        /// An image of a release the box does not know; it can be forced in.
        case unknownRelease
        case tooLarge
        /// No firmware, or damaged.
        case bad
        case storage
    }

    public var kind: Kind
    public var description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
