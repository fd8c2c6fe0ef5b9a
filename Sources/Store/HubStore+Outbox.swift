import CityModel
import Foundation
import GRDB

extension HubStore {
    /// The oldest messages behind `after` that are still to be delivered, at most `limit`, in the order of commits.
    /// - Throws: `database-*`.
    public func outbox(
        _ queue: Queue = .own, after: Int64, limit: Int
    ) throws(KapokError) -> [(id: Int64, message: Commit.Message)] {
        try readOwn { db in
            try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT id, topic, key, value, headers FROM \(queue.rawValue) WHERE id > ? ORDER BY id LIMIT ?
                        """),
                arguments: [after, limit]
            ).map { r in
                let key: Data? = try r.optional("key")
                let value: Data? = try r.optional("value")
                return (
                    try r.value("id"),
                    Commit.Message(
                        topic: try r.text("topic"), key: key.map { [UInt8]($0) }, value: value.map { [UInt8]($0) },
                        headers: try Self.headers([UInt8](try r.value("headers") as Data)))
                )
            }
        }
    }

    /// - Throws: `database-*`.
    public func outboxCount(_ queue: Queue = .own) throws(KapokError) -> Int {
        try readOwn { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(queue.rawValue)") ?? 0 }
    }

    /// Forgets messages whose delivery the broker has confirmed; ids that are not there are passed over.
    /// - Throws: `disk-full`, `database-*`.
    public func delivered(_ ids: [Int64], of queue: Queue = .own) throws(KapokError) {
        guard !ids.isEmpty else { return }
        try write { db in
            let s = try db.cachedStatement(sql: "DELETE FROM \(queue.rawValue) WHERE id = ?")
            for id in ids { try s.execute(arguments: [id]) }
        }
    }

    /// Headers as bytes: for each, the lengths of name and value (UInt32, little-endian), then both.
    static func bytes(_ headers: [Commit.Message.Header]) -> Data {
        var out = Data()
        for h in headers {
            for n in [h.name.utf8.count, h.value.count] {
                withUnsafeBytes(of: UInt32(clamping: n).littleEndian) { out.append(contentsOf: $0) }
            }
            out.append(contentsOf: h.name.utf8)
            out.append(contentsOf: h.value)
        }
        return out
    }

    static func headers(_ b: [UInt8]) throws -> [Commit.Message.Header] {
        var out: [Commit.Message.Header] = []
        var i = 0
        func length(_ at: Int) -> Int { (0..<4).reduce(0) { $0 | Int(b[at + $1]) << (8 * $1) } }
        while i < b.count {
            guard i + 8 <= b.count else { throw Damage(what: "a message's headers are cut") }
            let (name, value) = (length(i), length(i + 4))
            i += 8
            guard i + name + value <= b.count else { throw Damage(what: "a message's headers are cut") }
            out.append(
                .init(String(decoding: b[i..<(i + name)], as: UTF8.self), Array(b[(i + name)..<(i + name + value)])))
            i += name + value
        }
        return out
    }
}
