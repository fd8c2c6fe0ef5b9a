import CityModel
import Foundation
import GRDB

/// The hub's state and summaries in one SQLite file (WAL). Offsets, ledger, open windows, summaries and outbox change
/// together in `commit`; readers see whole commits only.
///
/// One store owns the file: `<path>.lock` is locked while it is open.
public final class HubStore: Sendable {
    let pool: DatabasePool
    public let path: String
    private let lock: FileLock

    /// Opens or makes the database and applies migrations.
    /// - Throws: `database-busy` where another store has it open, `database-open` where the file cannot be used,
    ///   `database-corrupt` where it is damaged (`HubStore+Check`), `database-newer` where a newer Kapok wrote it,
    ///   `disk-full`.
    public init(path: String) throws(KapokError) {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            lock = try FileLock(database: path)
            var config = Configuration()
            config.busyMode = .timeout(5)
            config.maximumReaderCount = 4
            config.prepareDatabase { db in
                // A killed process loses nothing; a power cut may lose the newest commits, which are then read again
                // from Kafka, since the offsets went with them.
                try db.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000")
            }
            pool = try DatabasePool(path: path, configuration: config)
            try pool.read(Self.check)
            let migrator = Schema.migrator
            if try pool.read({ try migrator.hasBeenSuperseded($0) }) {
                throw KapokError(
                    "database-newer", "\(path) was written by a newer Kapok",
                    mend: "Run that version, or name another --db")
            }
            try migrator.migrate(pool)
        } catch let e as KapokError {
            throw e
        } catch {
            throw Self.translate(error, path)
        }
    }

    /// Closes the file, whole without its `-wal`, and lets another store open it.
    public func close() throws {
        defer { lock.release() }
        // The last connection to go is a reader, which may not do this: the file alone would not be the database.
        try? pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        try pool.close()
    }

    /// A reader's snapshot: whole commits only, beside the writer.
    func read<T>(_ work: (Database) throws -> T) throws(KapokError) -> T {
        do { return try pool.read(work) } catch { throw Self.translate(error, path) }
    }

    /// The hub's own reads: over the writing connection, so that they never wait for the API's readers.
    func readOwn<T>(_ work: (Database) throws -> T) throws(KapokError) -> T {
        do { return try pool.writeWithoutTransaction(work) } catch { throw Self.translate(error, path) }
    }

    /// One transaction: all of it or nothing.
    func write(_ work: (Database) throws -> Void) throws(KapokError) {
        do { try pool.write(work) } catch { throw Self.translate(error, path) }
    }
}

/// A stored value that no store has written.
struct Damage: Error {
    var what: String

    /// `value`, where it lies in the range that times (ms), offsets and counts can have: sums of it cannot overflow.
    static func check(_ value: Int64, _ name: String, minAllowed: Bool = false) throws -> Int64 {
        guard value.magnitude < 1 << 60 || (minAllowed && value == .min) else {
            throw Damage(what: "\(name) is \(value)")
        }
        return value
    }
}

extension Row {
    /// A column's value. GRDB's subscript would trap on one that cannot be read as `T`.
    func value<T: DatabaseValueConvertible>(_ column: String) throws -> T {
        let stored: DatabaseValue = self[column]
        guard let v = T.fromDatabaseValue(stored) else { throw Damage(what: "\(column) cannot be read") }
        return v
    }
    /// A value that may be NULL.
    func optional<T: DatabaseValueConvertible>(_ column: String) throws -> T? {
        let stored: DatabaseValue = self[column]
        return stored.isNull ? nil : try value(column) as T
    }
    func text(_ column: String) throws -> String { try value(column) }
    /// A time, offset or count. See `Damage.check`.
    func number(_ column: String, minAllowed: Bool = false) throws -> Int64 {
        try Damage.check(try value(column), column, minAllowed: minAllowed)
    }
    func optionalNumber(_ column: String) throws -> Int64? {
        try (optional(column) as Int64?).map { try Damage.check($0, column) }
    }
}
