import CityModel
import Foundation
import GRDB

/// The hub's state and summaries in one SQLite file (WAL). Offsets, ledger, open windows, summaries and outbox change
/// together in `commit`; readers see whole commits only.
public final class HubStore: Sendable {
    let pool: DatabasePool
    public let path: String

    /// Opens or makes the database and applies migrations.
    /// - Throws: `database-open` where the file cannot be used, `database-corrupt` where it is damaged,
    ///   `database-newer` where a newer Kapok wrote it.
    public init(path: String) throws(KapokError) {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            var config = Configuration()
            config.busyMode = .timeout(5)
            config.maximumReaderCount = 4
            config.prepareDatabase { db in
                // A killed process loses nothing; a power cut may lose the newest commits, which are then read again
                // from Kafka, since the offsets went with them.
                try db.execute(sql: "PRAGMA synchronous = NORMAL")
            }
            pool = try DatabasePool(path: path, configuration: config)
            let migrator = Schema.migrator
            if try pool.read({ try migrator.hasBeenSuperseded($0) }) {
                throw KapokError(
                    "database-newer", "\(path) was written by a newer Kapok", mend: "Run that version, or name another --db")
            }
            try migrator.migrate(pool)
        } catch let e as KapokError {
            throw e
        } catch {
            throw Self.translate(error, path)
        }
    }

    public func close() throws { try pool.close() }

    /// What a database error means to a person.
    static func translate(_ error: any Error, _ path: String) -> KapokError {
        guard let e = error as? DatabaseError else {
            return KapokError("database-open", "\(path): \(error)", mend: "Check the folder, its mode and the disk")
        }
        switch e.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return KapokError(
                "database-corrupt", "\(path) is damaged (\(e.message ?? "SQLite \(e.resultCode.rawValue)"))",
                mend: "Move it away and start the hub again: it reads the topics anew from their first kept record")
        case .SQLITE_FULL:
            return KapokError("disk-full", "\(path): the disk is full", mend: "Free space and start the hub again: nothing is lost")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return KapokError("database-busy", "\(path) is in use", mend: "Stop the other hub, or name another --db")
        default:
            return KapokError(
                "database-open", "\(path): \(e.message ?? "SQLite error \(e.resultCode.rawValue)")",
                mend: "Check the folder, its mode and the disk")
        }
    }
}
