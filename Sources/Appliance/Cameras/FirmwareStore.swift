// SPDX-License-Identifier: Apache-2.0
import Foundation
public import OAK
import Tasks

/// The camera firmware an owner has imported: files in the state directory, named by their hashes.
///
/// The daemon and `depthd firmware` use it at the same time. There is no list beside the files that could contradict them.
public struct FirmwareStore: FirmwareSource {
    /// One imported image.
    public struct Entry: Sendable, Hashable, Codable {
        public var sha256: String
        public var bytes: Int
        /// The release of the vendor's library it comes from; nil for an image that was forced in.
        public var release: String?
    }

    /// Why something was not done, in words for the owner.
    public enum Failure: Error, Hashable, CustomStringConvertible {
        case unknown(name: String, imported: [String])
        case ambiguous(name: String)
        case files(String)

        public var description: String {
            switch self {
            case .unknown(let name, let imported):
                "there is no firmware \"\(name.prefix(64))\"; imported are: "
                    + (imported.isEmpty ? "none" : imported.joined(separator: ", "))
            case .ambiguous(let name): "several images begin with \"\(name.prefix(64))\"; give more digits of the SHA-256"
            case .files(let problem): problem
            }
        }
    }

    private static let folder = "firmware"
    private static let suffix = ".cmd"

    private let storage: StateStorage

    /// - Parameter storage: where the folder `firmware` is or will be.
    public init(_ storage: StateStorage) { self.storage = storage }

    /// What is imported: releases in depthd's order of preference, then images that were forced in.
    public var entries: [Entry] {
        let path = storage.directory.file(Self.folder)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let entries = names.compactMap { name -> Entry? in
            guard name.hasSuffix(Self.suffix), let digest = Self.digest(name.dropLast(Self.suffix.count)) else { return nil }
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
            return Entry(
                sha256: digest, bytes: attributes?[.size] as? Int ?? 0, release: KnownFirmware.row(sha256: digest)?.release)
        }
        return entries.sorted { (Self.rank($0), $0.sha256) < (Self.rank($1), $1.sha256) }
    }

    private static func digest(_ name: Substring) -> String? {
        name.utf8.count == 64 && name.allSatisfy { $0.isHexDigit && !$0.isUppercase } ? String(name) : nil
    }

    private static func rank(_ entry: Entry) -> Int {
        KnownFirmware.all.firstIndex { $0.sha256 == entry.sha256 } ?? KnownFirmware.all.count
    }

    /// When an image was imported last; nil where the disk does not say.
    func imported(_ entry: Entry) -> Date? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: document(entry.sha256).path)
        return attributes?[.modificationDate] as? Date
    }

    /// The image to boot cameras with; nil when there is none. One that has changed on the disk is set aside.
    public func preferred() -> IdentifiedFirmware? {
        entries.lazy.compactMap(load).first
    }

    public var isImported: Bool { !entries.isEmpty }

    public var preferredRelease: String? { entries.first?.release }

    private func load(_ entry: Entry) -> IdentifiedFirmware? {
        document(entry.sha256).read { bytes in
            let firmware = IdentifiedFirmware(try FirmwareImage(bytes))
            guard firmware.sha256 == entry.sha256 else { throw FirmwareImage.Problem.noMark }
            return firmware
        }
    }

    /// Keeps an image; one that is there already is written anew.
    @discardableResult
    public func add(_ firmware: IdentifiedFirmware) throws(Failure) -> Entry {
        do {
            try document(firmware.sha256).write(firmware.image.bytes)
        } catch {
            throw .files("the firmware cannot be stored: \(error)")
        }
        return Entry(sha256: firmware.sha256, bytes: firmware.image.bytes.count, release: firmware.known?.release)
    }

    /// Removes an image.
    /// - Parameter name: its release, or the first digits of its SHA-256.
    @discardableResult
    public func remove(_ name: String) throws(Failure) -> Entry {
        let entries = entries
        let found = entries.filter { $0.release == name || (!name.isEmpty && $0.sha256.hasPrefix(name.lowercased())) }
        guard let entry = found.first else {
            throw .unknown(name: name, imported: entries.map { $0.release ?? String($0.sha256.prefix(12)) })
        }
        guard found.count == 1 else { throw .ambiguous(name: name) }
        do {
            try document(entry.sha256).remove()
        } catch {
            throw .files("the firmware cannot be removed: \(error)")
        }
        return entry
    }

    private func document(_ digest: String) -> StateDocument {
        storage.document("\(Self.folder)/\(digest)\(Self.suffix)", maximumBytes: FirmwareFinder.maximumBytes)
    }
}
