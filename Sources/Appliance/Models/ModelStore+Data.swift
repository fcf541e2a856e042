// SPDX-License-Identifier: Apache-2.0
import Foundation
import Inference
import Tasks

/// The files a model keeps weights in: taken by name, from what came with the model, into a folder of its own.
extension ModelStore {
    /// Looks through a model and finds the files it names.
    /// - Returns: a path for each name; empty for a model that holds everything itself.
    static func dataFiles(of model: [UInt8], at path: String, _ given: DataFiles, _ shownName: String)
        throws(ModelStoreError) -> [String: String]
    {
        let scan: ONNXModelScan
        do { scan = try ONNXModelScan(model) } catch { throw .notAModel("\(shownName) is \(error)") }
        if let problem = scan.compiledProblem { throw .notAModel("\(shownName): \(problem)") }
        if let problem = scan.misplacedProblem { throw .notAModel("\(shownName): \(problem)") }
        switch given {
        case .beside:
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            let files = scan.locations.map { ($0, "\(folder)/\($0)") }
            if let missing = files.first(where: { !FileManager.default.isReadableFile(atPath: $0.1) }) {
                throw .notAModel("\(shownName) keeps weights in \(missing.0), which does not lie beside it: put it there")
            }
            return Dictionary(uniqueKeysWithValues: files)
        case .uploaded(let files):
            if !scan.locations.isSubset(of: files.keys), let problem = scan.externalProblem {
                throw .notAModel("\(shownName): \(problem), or send the file along as \"data\"")
            }
            if let stray = files.keys.sorted().first(where: { !scan.locations.contains($0) }) {
                throw .notAModel("\(shownName) keeps no weights in \"\(stray.prefix(64))\"; leave that file out")
            }
            return files
        }
    }

    /// Makes a new folder for files, which is taken for no left-over while the handle is open.
    static func makeDataFolder(_ path: String) throws -> FileHandle {
        // Of an installation that was cut off.
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard let held = lock(path) else { throw PersistenceFailure(errno: errno) }
        return held
    }

    /// Copies files into a new folder.
    /// - Returns: how many bytes they have.
    static func copyData(_ files: [String: String], to folder: String, maximum: Int) throws -> Int {
        var total = 0
        for (name, path) in files { total += try copy(path, to: "\(folder)/\(name)", maximum: maximum - total) }
        return total
    }

    /// Removes folders of weights whose models were never installed completely.
    ///
    /// The index tells which were. Where it cannot be read, because its owner may yet repair it, only those folders go in
    /// which the model itself is missing.
    /// - Parameter folder: where the models are.
    /// - Returns: how many folders were removed.
    static func removeUnfinishedData(in folder: String) -> Int {
        var count = 0
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where entry.hasSuffix(dataSuffix) {
            let path = "\(folder)/\(entry)"
            guard let held = lock(path) else { continue }
            defer { try? held.close() }
            // Asked when nobody can be installing this one any more.
            guard !isInstalled(String(entry.dropLast(dataSuffix.count)), in: folder) else { continue }
            if (try? FileManager.default.removeItem(atPath: path)) != nil { count += 1 }
        }
        return count
    }

    private static func isInstalled(_ name: String, in folder: String) -> Bool {
        let index = try? BoundedFile.read("\(folder)/\(indexName)", maximum: maximumIndexBytes, what: "index")
        guard let models = index.flatMap({ try? JSONDecoder().decode([Model].self, from: Data($0)) }) else {
            return FileManager.default.fileExists(atPath: "\(folder)/\(name)\(dataSuffix)/\(name).onnx")
        }
        return models.contains { $0.name == name && $0.data != nil }
    }

    /// Opens a folder for this process alone; nil when another has it, or when it is none.
    private static func lock(_ folder: String) -> FileHandle? {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        return flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? handle : nil
    }

    /// Copies a file's bytes, a piece at a time: a link becomes a file.
    private static func copy(_ path: String, to target: String, maximum: Int) throws -> Int {
        let source = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? source.close() }
        guard FileManager.default.createFile(atPath: target, contents: nil) else { throw CocoaError(.fileWriteUnknown) }
        let copy = try FileHandle(forWritingTo: URL(fileURLWithPath: target))
        defer { try? copy.close() }
        var total = 0
        while let piece = try source.read(upToCount: 1 << 20), !piece.isEmpty {
            total += piece.count
            guard total <= maximum else {
                throw ModelStoreError.notAModel("model and weights have more than the \(maximumBytes) bytes that make sense")
            }
            try copy.write(contentsOf: piece)
        }
        try copy.synchronize()
        return total
    }
}
