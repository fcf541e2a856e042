// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import GRDB
import Synchronization

/// The register of known faces: one vector for each user, in SQLite.
///
/// What is known is in memory; the database is brought up to it whenever the disk allows. A damaged one is set aside.
public final class FaceStore: Sendable {
    private let file: (any PersistentFile)?
    private let state = Mutex(State())
    /// nil while there is no database that can be used. Held while the disk is asked; recognising does not wait for it.
    private let database = Mutex<DatabaseQueue?>(nil)

    private struct Face {
        /// nil where the database holds no vector that has a direction: such a face is of no one.
        var vector: FaceVector?
        var pictures: Int
        var updated: Date
    }

    private struct State {
        var known: [String: Face] = [:]
        /// What the database does not hold yet, by user.
        var unkept: [String: Change] = [:]
        var changes = 0

        mutating func change(_ user: String, to face: Face?) {
            changes += 1
            known[user] = face
            unkept[user] = Change(face: face, number: changes)
        }
    }

    private struct Change {
        /// nil for a user who is to be forgotten.
        var face: Face?
        var number: Int
    }

    /// Longer names are refused: they would stand in every answer.
    public static let longestName = 256
    /// All are compared with every face that is to be recognised, and held in memory.
    public static let maximumUsers = 20_000

    /// Opens or makes the register.
    /// - Parameter file: the database; nil for a register that is gone with the process.
    public init(file: (any PersistentFile)? = nil) {
        self.file = file
        file?.keep { [weak self] () throws(PersistenceFailure) in try self?.bringUp() }
    }

    private static let migrations: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("faces") { database in
            try database.create(table: "face") { table in
                table.primaryKey("userid", .text)
                table.column("model", .text).notNull()
                table.column("vector", .blob).notNull()
                table.column("pictures", .integer).notNull()
                table.column("updated", .datetime).notNull()
            }
        }
        return migrator
    }()

    // MARK: The database

    /// Writes what the database does not hold yet. A database that is damaged is made anew from what is known.
    private func bringUp() throws(PersistenceFailure) {
        guard let file else { return }
        try database.withLock { (database) throws(PersistenceFailure) in
            // One that was opened on a read-only disk stays read-only: it is opened again before it is judged.
            if database != nil, (try? write(&database, file)) != nil { return }
            database = nil
            do {
                try write(&database, file)
            } catch {
                database = nil
                guard Self.isDamaged(error, file.path) else { throw Self.failure(error) }
                file.setAside("it is no sound database")
                state.withLock { state in for (user, face) in state.known { state.change(user, to: face) } }
                do {
                    try write(&database, file)
                } catch {
                    database = nil
                    throw Self.failure(error)
                }
            }
        }
    }

    private func write(_ database: inout DatabaseQueue?, _ file: any PersistentFile) throws {
        let queue = try database ?? open(file)
        database = queue
        let unkept = state.withLock { $0.unkept }
        guard !unkept.isEmpty else { return }
        try queue.write { database in
            for (user, change) in unkept { try Self.write(change.face, of: user, database) }
        }
        state.withLock { state in
            for (user, change) in unkept where state.unkept[user]?.number == change.number { state.unkept[user] = nil }
        }
    }

    /// Opens or makes the database and adds what it holds to what is known.
    private func open(_ file: any PersistentFile) throws -> DatabaseQueue {
        try Self.check(file)
        let database = try DatabaseQueue(path: file.path)
        try database.read { database in
            guard try String.fetchOne(database, sql: "PRAGMA quick_check(1)") == "ok" else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT)
            }
        }
        if try !database.read(Self.migrations.hasCompletedMigrations) { try Self.migrations.migrate(database) }
        let found = try database.writeWithoutTransaction { database in
            let page = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
            // SQLite's own bound: what is written may be read.
            try database.execute(sql: "PRAGMA max_page_count = \(file.maximumBytes / max(512, page))")
            return try Self.load(database)
        }
        state.withLock { state in
            for (user, face) in found where state.unkept[user] == nil { state.known[user] = face }
        }
        return database
    }

    /// SQLite itself would wait for a pipe, and read any size.
    private static func check(_ file: any PersistentFile) throws {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: file.path) else { return }
        let type = attributes[.type] as? FileAttributeType
        guard type == .typeRegular || type == .typeSymbolicLink, attributes[.size] as? Int ?? 0 <= file.maximumBytes else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT)
        }
    }

    private static func load(_ database: Database) throws -> [String: Face] {
        var known: [String: Face] = [:]
        let rows = try Row.fetchCursor(database, sql: "SELECT userid, model, vector, pictures, updated FROM face")
        while let row = try rows.next(), known.count < maximumUsers {
            // Rows somebody else wrote may hold anything.
            guard let user = String.fromDatabaseValue(row["userid"]), let model = String.fromDatabaseValue(row["model"]),
                let bytes = Data.fromDatabaseValue(row["vector"])
            else { continue }
            known[user] = Face(
                vector: FaceVector(model: model, values: floats(bytes)),
                pictures: Int.fromDatabaseValue(row["pictures"]) ?? 0,
                updated: Date.fromDatabaseValue(row["updated"]) ?? Date(timeIntervalSince1970: 0))
        }
        return known
    }

    private static func write(_ face: Face?, of user: String, _ database: Database) throws {
        guard let face else {
            return try database.execute(sql: "DELETE FROM face WHERE userid = ?", arguments: [user])
        }
        try database.execute(
            sql: "INSERT OR REPLACE INTO face (userid, model, vector, pictures, updated) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                user, face.vector?.model ?? "", data(face.vector?.values ?? []), face.pictures, face.updated,
            ])
    }

    /// Whether the file is to blame, and not the disk it is on.
    private static func isDamaged(_ error: any Error, _ path: String) -> Bool {
        guard let error = error as? DatabaseError else { return true }
        switch error.resultCode {
        case .SQLITE_CANTOPEN:
            // A file that is there and cannot be opened; on a read-only disk it could be.
            return FileManager.default.fileExists(atPath: path)
        case .SQLITE_READONLY:
            // A damaged header may say so of a file that can be written.
            return access(path, W_OK) == 0 && access((path as NSString).deletingLastPathComponent, W_OK) == 0
        case .SQLITE_IOERR, .SQLITE_FULL, .SQLITE_PERM, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_NOMEM,
            .SQLITE_INTERRUPT, .SQLITE_NOLFS, .SQLITE_PROTOCOL:
            return false
        default: return true
        }
    }

    private static func failure(_ error: any Error) -> PersistenceFailure {
        switch (error as? DatabaseError)?.resultCode {
        case .SQLITE_FULL: .full
        case .SQLITE_READONLY: .readOnly
        case let code: .failed(reason: code.map { "SQLite error \($0.rawValue)" } ?? "the database")
        }
    }

    /// Little-endian 32-bit numbers; other bytes give an empty vector, which matches nobody.
    private static func floats(_ data: Data) -> [Float] {
        guard data.count % 4 == 0 else { return [] }
        return stride(from: 0, to: data.count, by: 4).map { offset in
            let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[data.startIndex + offset + $1]) << UInt32(8 * $1) }
            return Float(bitPattern: bits)
        }
    }

    private static func data(_ values: [Float]) -> Data {
        Data(values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(8 * $0)) } })
    }

    // MARK: Faces

    /// Keeps a user's face, replacing the one that was there. Returns true when the user is new.
    package func register(_ user: String, _ vector: FaceVector, pictures: Int) throws(TaskError) -> Bool {
        let isNew = try state.withLock { (state) throws(TaskError) in
            let isNew = state.known[user] == nil
            guard !isNew || state.known.count < Self.maximumUsers else {
                throw .store("it holds \(Self.maximumUsers) faces, which is all it takes; delete some first")
            }
            state.change(user, to: Face(vector: vector, pictures: pictures, updated: Date()))
            return isNew
        }
        keep()
        return isNew
    }

    /// Forgets a user. Returns false when there was none of that name.
    public func delete(_ user: String) -> Bool {
        let wasThere = state.withLock { state in
            defer { state.change(user, to: nil) }
            return state.known[user] != nil
        }
        keep()
        return wasThere
    }

    private func keep() {
        file?.keep { [self] () throws(PersistenceFailure) in try bringUp() }
    }

    /// Every registered user, sorted.
    public var users: [String] { state.withLock { $0.known.keys.sorted() } }

    /// The user whose face is closest, with the cosine; nil when nobody's vector is of the same network.
    func closest(to vector: FaceVector) -> (user: String, cosine: Float)? {
        state.withLock { state in
            state.known.compactMap { user, own in own.vector?.cosine(vector).map { (user: user, cosine: $0) } }
                .max { ($0.cosine, $1.user) < ($1.cosine, $0.user) }
        }
    }
}
