// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// Keeps what clients of the hub deployed: one file per model, named by its hash, and `hub.json`, which says what is in
/// force. Every file appears whole under its name or not at all, and `hub.json` comes last, so whatever moment power or
/// process ends in, the choice before or the one after is found again.
package final class HubStore: Sendable {
    /// The folder, and why it cannot be written where that is known.
    package let directory: String
    private let state: Mutex<[String: HubRecord]>
    /// What was wrong with the file when it was read; it is left as it is until the next change.
    package let complaint: String?

    /// Why something could not be kept.
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    private struct Document: Codable {
        var version = 1
        var cameras: [String: HubRecord]
    }

    private static let largestDocument = 4 << 20

    /// - Parameter directory: made when something is to be kept first.
    package init(directory: String) {
        self.directory = directory
        var records: [String: HubRecord] = [:]
        var complaint: String?
        let path = directory + "/hub.json"
        if FileManager.default.fileExists(atPath: path) {
            do {
                let bytes = try BoundedFile.read(path, maximum: Self.largestDocument, what: "file of deployed networks")
                records = try JSONDecoder().decode(Document.self, from: Data(bytes)).cameras
            } catch {
                complaint = "\(path) cannot be read, nothing deployed is restored: \(error)"
            }
        }
        self.complaint = complaint
        state = Mutex(records)
        if complaint == nil { sweep(records) }
    }

    package func record(of camera: String) -> HubRecord {
        state.withLock { $0[camera] ?? HubRecord() }
    }

    /// The bytes of a model that was kept.
    package func model(_ digest: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path(ofModel: digest))))
    }

    /// Keeps a camera's record, and the model it newly names. When it throws, what was kept before is what is kept.
    package func keep(_ record: HubRecord, of camera: String, model: (digest: String, bytes: [UInt8])? = nil) throws {
        try state.withLock { records in
            var next = records
            next[camera] = record
            do {
                try FileManager.default.createDirectory(
                    atPath: directory + "/networks", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                if let model, !FileManager.default.fileExists(atPath: path(ofModel: model.digest)) {
                    try AtomicFile.write(model.bytes, to: path(ofModel: model.digest))
                }
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
                try AtomicFile.write(Array(try encoder.encode(Document(cameras: next))), to: directory + "/hub.json")
            } catch {
                throw Failure(description: "\(directory): \(error); set state.directory to a folder depthd may write")
            }
            records = next
            sweep(next)
        }
    }

    private func path(ofModel digest: String) -> String { directory + "/networks/" + digest }

    /// Removes models nobody names and what a write that was cut off left behind.
    private func sweep(_ records: [String: HubRecord]) {
        let named = Set(records.values.flatMap { $0.networks.values.map(\.digest) })
        let folder = directory + "/networks"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where !named.contains(name) {
            try? FileManager.default.removeItem(atPath: folder + "/" + name)
        }
    }
}
