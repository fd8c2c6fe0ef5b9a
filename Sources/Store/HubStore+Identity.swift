import Foundation
import GRDB

extension HubStore {
    /// The name of this database, made once: it serves as the hub's static group membership, so that a hub which was
    /// killed gets its partitions back at once, and two hubs never share one name.
    public func identity() throws -> String {
        try pool.write { db in
            if let id = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'identity'") { return id }
            let id = UUID().uuidString.lowercased()
            try db.execute(sql: "INSERT INTO meta VALUES ('identity', ?)", arguments: [id])
            return id
        }
    }
}
