import CityModel
import Foundation
import GRDB
import Pipeline

extension HubStore {
    /// Up to this size, bytes, the whole file is checked at each start, every index against its table: below 2 s. Beyond
    /// it only the tables that the hub goes on from are; damage among old summaries is told when it is met.
    static let wholeCheckLimit: Int64 = 256 << 20

    static let stateTables = [
        "meta", "partitions", "dead_letters", "event_ids", "cells", "themes", "outbox", "sensors", "sessions",
        "unsent", "unsent_sessions", "outbox_centre", "edges", "detectors", "outlooks", "outlook_steps",
        "alert_records", "alert_notices", "alert_silences",
    ]

    /// A damaged file is refused at the start: a hub that goes on from one may lose or double what it has counted.
    static func check(_ db: Database) throws {
        let bytes = try Int64.fetchOne(db, sql: "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        guard bytes ?? 0 > wholeCheckLimit else { return try expectSound(db, "PRAGMA integrity_check(1)") }
        for table in stateTables where try db.tableExists(table) {
            try expectSound(db, "PRAGMA quick_check(\(table))")
        }
    }

    private static func expectSound(_ db: Database, _ pragma: String) throws {
        let told = try String.fetchOne(db, sql: pragma) ?? "no answer"
        if told != "ok" { throw Damage(what: told.replacing("\n", with: " ")) }
    }

    /// What a database error means to a person.
    static func translate(_ error: any Error, _ path: String) -> KapokError {
        if let e = error as? KapokError { return e }
        if let e = error as? Damage { return corrupt(e.what, path) }
        // A value that SQLite gives back is not what was written: bytes were flipped inside a sound page.
        if error is RowDecodingError || error is DecodingError { return corrupt("a stored value cannot be read", path) }
        guard let e = error as? DatabaseError else {
            return KapokError(
                "database-open", "\(path): \((error as NSError).localizedDescription)",
                mend: "Check the folder, its mode and the disk")
        }
        let full = KapokError(
            "disk-full", "\(path): the disk is full", mend: "Free space and start the hub again: nothing is lost")
        switch e.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return corrupt(e.message ?? "SQLite \(e.resultCode.rawValue)", path)
        case .SQLITE_FULL:
            return full
        // SQLite tells of some writes that found no space as of any other failure.
        case .SQLITE_IOERR where isFull(path), .SQLITE_CANTOPEN where isFull(path):
            return full
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return KapokError("database-busy", "\(path) is in use", mend: "Stop the other hub, or name another --db")
        default:
            return KapokError(
                "database-open", "\(path): \(e.message ?? "SQLite error \(e.resultCode.rawValue)")",
                mend: "Check the folder, its mode and the disk")
        }
    }

    private static func corrupt(_ what: String, _ path: String) -> KapokError {
        KapokError(
            "database-corrupt", "\(path) is damaged (\(what))",
            mend: "Rebuild it from Kafka: move \(path), \(path)-wal and \(path)-shm away and start the hub again in the "
                + "same way; it reads the topics anew from their first kept record. Or put a back-up in its place")
    }

    /// The error for stored state that cannot be right, where the caller finds it.
    public func damaged(_ what: String) -> KapokError { Self.corrupt(what, path) }

    /// Whether the file system has no room for a few pages more.
    private static func isFull(_ path: String) -> Bool {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let free = try? FileManager.default.attributesOfFileSystem(forPath: folder)[.systemFreeSize] as? NSNumber
        return free.map { $0.int64Value < 128 << 10 } ?? false
    }
}
