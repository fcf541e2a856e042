// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
package import Tasks

/// Keeps what clients of the hub deployed: one file per model, named by its hash, and `hub.json`, which says what is in
/// force. Every file appears whole under its name or not at all, and `hub.json` comes last, so whatever moment power or
/// process ends in, the choice before or the one after is found again.
package final class HubStore: Sendable {
    private let storage: StateStorage
    private let index: StateDocument
    private let state: Mutex<[String: HubRecord]>

    /// A deployed model whose file is gone or damaged.
    package struct MissingModel: Error, CustomStringConvertible {
        package let description = "its file is missing or damaged; deploy it again"
    }

    private struct Document: Codable {
        var version = 1
        var cameras: [String: HubRecord]
    }

    private static let largestIndex = 4 << 20
    private static let largestModel = 128 << 20
    private static let folder = "networks"

    package init(_ storage: StateStorage) {
        self.storage = storage
        index = storage.document("hub.json", maximumBytes: Self.largestIndex)
        let hadIndex = FileManager.default.fileExists(atPath: index.path)
        let records = index.read { try JSONDecoder().decode(Document.self, from: Data($0)).cameras }
        state = Mutex(records ?? [:])
        // The models of an index that was set aside stay until the next change: the owner may repair it.
        if records != nil || !hadIndex { sweep(records ?? [:]) }
    }

    package func record(of camera: String) -> HubRecord {
        state.withLock { $0[camera] ?? HubRecord() }
    }

    /// The bytes of a model that was kept.
    package func model(_ digest: String) throws(MissingModel) -> [UInt8] {
        guard let document = document(ofModel: digest), let bytes = document.bytes() else { throw MissingModel() }
        guard ModelLoader.digest(bytes) == digest else {
            document.setAside("its content is not what was deployed")
            throw MissingModel()
        }
        return bytes
    }

    /// Puts a camera's record in force and keeps it, with the model it newly names.
    /// - Throws: when it is more than can be kept; then nothing has changed. A disk that cannot be written is no such reason.
    package func keep(
        _ record: HubRecord, of camera: String, model: (digest: String, bytes: [UInt8])? = nil
    ) throws(PersistenceFailure) {
        try state.withLock { (records) throws(PersistenceFailure) in
            var next = records
            next[camera] = record
            let bytes = try encoded(next)
            try index.check(bytes)
            if let model, (try? self.model(model.digest)) == nil { try document(ofModel: model.digest)?.keep(model.bytes) }
            try index.keep(bytes)
            records = next
            sweep(next)
        }
    }

    private func encoded(_ records: [String: HubRecord]) throws(PersistenceFailure) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            return Array(try encoder.encode(Document(cameras: records)))
        } catch {
            throw .failed(reason: "hub.json cannot be encoded")
        }
    }

    /// nil for what is no hash: names in a damaged index must not lead out of the folder.
    private func document(ofModel digest: String) -> StateDocument? {
        guard !digest.isEmpty, digest.allSatisfy(\.isHexDigit) else { return nil }
        return storage.document("\(Self.folder)/\(digest)", maximumBytes: Self.largestModel)
    }

    /// Removes models nobody names. While the index on the disk is an old one, the models it names stay.
    private func sweep(_ records: [String: HubRecord]) {
        let named = Set(records.values.flatMap { $0.networks.values.map(\.digest) })
        let waiting = storage.waitingNames
        for name in waiting
        where name.hasPrefix("\(Self.folder)/") && !named.contains(String(name.dropFirst(Self.folder.count + 1))) {
            storage.forget(name)
        }
        guard !waiting.contains(index.name) else { return }
        let folder = storage.directory.file(Self.folder)
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where !named.contains(name) {
            try? FileManager.default.removeItem(atPath: folder + "/" + name)
        }
    }
}
