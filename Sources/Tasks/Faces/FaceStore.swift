// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import GRDB
import Synchronization

/// The register of known faces: one vector for each user, in SQLite.
public final class FaceStore: Sendable {
    private let database: DatabaseQueue
    /// What the database holds, so that recognising reads no file.
    private let known: Mutex<[String: FaceVector]>

    /// Longer names are refused: they would stand in every answer.
    public static let longestName = 256

    /// Opens or makes the register.
    /// - Parameter path: of the database file, whose folder exists; nil for one in memory that is gone with the process.
    public init(path: String?) throws(TaskError) {
        do {
            database = try path.map { try DatabaseQueue(path: $0) } ?? DatabaseQueue()
            try Self.migrations.migrate(database)
            known = Mutex(try database.read(Self.load))
        } catch {
            throw .store("\(path ?? "memory"): \(error)")
        }
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

    private static func load(_ database: Database) throws -> [String: FaceVector] {
        var known: [String: FaceVector] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT userid, model, vector FROM face") {
            // Rows somebody else wrote may hold anything.
            guard let user = String.fromDatabaseValue(row["userid"]), let model = String.fromDatabaseValue(row["model"]),
                let bytes = Data.fromDatabaseValue(row["vector"])
            else { continue }
            known[user] = FaceVector(model: model, values: floats(bytes))
        }
        return known
    }

    /// Little-endian 32-bit numbers; bytes that are none give an empty vector, which is of no one.
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

    /// Keeps a user's face, replacing the one that was there. Returns true when the user is new.
    func register(_ user: String, _ vector: FaceVector, pictures: Int) throws(TaskError) -> Bool {
        do {
            let isNew = try database.write { database in
                let isNew = try Int.fetchOne(database, sql: "SELECT 1 FROM face WHERE userid = ?", arguments: [user]) == nil
                try database.execute(
                    sql: "INSERT OR REPLACE INTO face (userid, model, vector, pictures, updated) VALUES (?, ?, ?, ?, ?)",
                    arguments: [user, vector.model, Self.data(vector.values), pictures, Date()])
                return isNew
            }
            known.withLock { $0[user] = vector }
            return isNew
        } catch {
            throw .store("\(error)")
        }
    }

    /// Forgets a user. Returns false when there was none of that name.
    public func delete(_ user: String) throws(TaskError) -> Bool {
        do {
            let wasThere = try database.write { database in
                try database.execute(sql: "DELETE FROM face WHERE userid = ?", arguments: [user])
                return database.changesCount > 0
            }
            known.withLock { $0[user] = nil }
            return wasThere
        } catch {
            throw .store("\(error)")
        }
    }

    /// Every registered user, sorted.
    public func users() throws(TaskError) -> [String] {
        do {
            return try database.read { try String.fetchAll($0, sql: "SELECT userid FROM face ORDER BY userid") }
        } catch {
            throw .store("\(error)")
        }
    }

    /// The user whose face is closest, with the cosine; nil when nobody's vector is of the same network.
    func closest(to vector: FaceVector) -> (user: String, cosine: Float)? {
        known.withLock { known in
            known.compactMap { user, own in own.cosine(vector).map { (user: user, cosine: $0) } }
                .max { ($0.cosine, $1.user) < ($1.cosine, $0.user) }
        }
    }
}
