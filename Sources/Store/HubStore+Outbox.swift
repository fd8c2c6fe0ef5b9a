import CityModel
import Foundation
import GRDB

extension HubStore {
    /// The oldest messages behind `after` that are still to be delivered, at most `limit`.
    public func outbox(after: Int64, limit: Int) throws -> [(id: Int64, message: Commit.Message)] {
        try pool.read { db in
            try Row.fetchAll(
                db, sql: "SELECT id, topic, key, value, headers FROM outbox WHERE id > ? ORDER BY id LIMIT ?",
                arguments: [after, limit]
            ).map { r in
                let headers = try JSONDecoder().decode([Commit.Message.Header].self, from: Data((r["headers"] as String).utf8))
                let key: Data? = r["key"]
                let value: Data? = r["value"]
                return (
                    r["id"],
                    Commit.Message(topic: r["topic"], key: key.map { [UInt8]($0) }, value: value.map { [UInt8]($0) }, headers: headers)
                )
            }
        }
    }

    public func outboxCount() throws -> Int {
        try pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM outbox") ?? 0 }
    }

    /// Forgets messages whose delivery the broker has confirmed.
    public func delivered(_ ids: [Int64]) throws {
        guard !ids.isEmpty else { return }
        try pool.write { db in
            let s = try db.cachedStatement(sql: "DELETE FROM outbox WHERE id = ?")
            for id in ids { try s.execute(arguments: [id]) }
        }
    }
}
