import CityModel
import Foundation
import GRDB

/// A hub's database for reading alone: it takes no lock and changes nothing, so it works beside a running hub and on a
/// stopped one. SQLite may leave an empty `-wal` and a `-shm` beside the file, as for every reader.
public final class StoreReader: Sendable {
    private let queue: DatabaseQueue
    public let path: String

    /// - Throws: `database-missing`; `database-older` and `database-newer` for another Kapok's, `database-foreign` for
    ///   one that is no hub's, `database-corrupt` where it is damaged, `database-open` where it cannot be read.
    public init(path: String) throws(KapokError) {
        self.path = path
        guard FileManager.default.fileExists(atPath: path) else {
            throw KapokError(
                "database-missing", "there is no \(path)", mend: "Name the hub's database with --db")
        }
        do {
            var config = Configuration()
            config.readonly = true
            config.busyMode = .timeout(5)
            queue = try DatabaseQueue(path: path, configuration: config)
            try queue.read { try Self.check($0, path) }
        } catch { throw HubStore.translate(error, path) }
    }

    private static func check(_ db: Database, _ path: String) throws {
        let migrator = Schema.migrator
        if try migrator.appliedIdentifiers(db).isEmpty {
            throw KapokError("database-foreign", "\(path) is no hub's database", mend: "Name the hub's with --db")
        }
        if try migrator.hasBeenSuperseded(db) {
            throw KapokError(
                "database-newer", "\(path) was written by a newer Kapok",
                mend: "Run that version, or name another --db")
        }
        if try !migrator.hasCompletedMigrations(db) {
            throw KapokError(
                "database-older", "\(path) was written by an older Kapok",
                mend: "Start this version's hub on it once, which brings it up to date, or run that version")
        }
    }

    /// Reads in one transaction: a hub may commit meanwhile, and nothing of it is seen.
    /// - Throws: `database-*`, and what `work` throws as a `KapokError`.
    public func snapshot<T>(_ work: (StoreSnapshot) throws -> T) throws(KapokError) -> T {
        do { return try queue.read { try work(StoreSnapshot(db: $0)) } } catch {
            throw HubStore.translate(error, path)
        }
    }
}
