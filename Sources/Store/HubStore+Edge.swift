import CityModel
import Foundation
import GRDB
import HubAPI
import Pipeline

/// What an edge has not handed on yet: names of cells that changed, whose newest state is in `cells`, and sessions whole,
/// since these leave the store. Marked in the commit that changes them; taken off with the message that tells them.
extension HubStore {
    /// Where messages wait for their broker.
    public enum Queue: String, Sendable {
        /// Dead letters and summaries, for the broker that is read from.
        case own = "outbox"
        /// Partials, for the centre's.
        case centre = "outbox_centre"
    }

    static func mark(_ p: Commit.Partition, _ db: Database) throws {
        guard EdgeTopic.edge(of: p.topic) == nil else { return }
        let cell = try db.cachedStatement(sql: "INSERT OR IGNORE INTO unsent VALUES (?,?,?,?,?,?,?)")
        for c in p.cells {
            try cell.execute(
                arguments: [c.theme, p.topic, p.partition, c.start, c.scope, Int64(bitPattern: c.place), c.input])
        }
        let session = try db.cachedStatement(sql: "INSERT OR REPLACE INTO unsent_sessions VALUES (?,?,?,?,?,?,?,?,?)")
        for s in p.sessions {
            try session.execute(
                arguments: [
                    s.key.theme, p.topic, p.partition, s.key.window, s.key.input, Int64(bitPattern: s.key.place),
                    s.key.start, s.end, Data(s.bytes),
                ])
        }
    }

    /// Begins a run of an edge.
    /// - Parameters:
    ///   - now: wall clock, ms.
    ///   - configurations: what each theme's partials depend on. Where one is new, all that is kept of the theme is marked
    ///     to be sent again: the centre refuses what an earlier configuration made.
    ///   - resend: marks everything.
    /// - Returns: the run's number, above those of all earlier runs.
    /// - Throws: `disk-full`, `database-*`.
    public func beginEdgeRun(
        now: Int64, configurations: [String: String], resend: Bool
    ) throws(KapokError) -> Int64 {
        var run = now
        try write { db in
            let before: EdgeRun? = try Self.get(edgeRunKey, db)
            run = max(now, (before?.run ?? 0) &+ 1)
            try Self.put(EdgeRun(run: run, configurations: configurations), edgeRunKey, db)
            for (theme, configuration) in configurations.sorted(by: { $0.key < $1.key })
            where resend || before?.configurations[theme] != configuration {
                try db.execute(
                    sql: """
                        INSERT OR IGNORE INTO unsent SELECT theme, topic, partition, start, scope, place, input
                        FROM cells WHERE theme = ? AND topic NOT LIKE '%@%'
                        """, arguments: [theme])
                try db.execute(
                    sql: """
                        INSERT OR REPLACE INTO unsent_sessions SELECT theme, topic, partition, win, input, place, start,
                        finish, bytes FROM sessions WHERE theme = ? AND topic NOT LIKE '%@%'
                        """, arguments: [theme])
            }
        }
        return run
    }

    /// The oldest unsent cells of panes that start before `before` and of patches, at most `limit`, in the order of start,
    /// scope, place and input. Bytes are empty where the cell is no longer kept.
    /// - Throws: `database-*`.
    public func unsentCells(
        theme: String, topic: String, partition: Int32, before: Int64, limit: Int
    ) throws(KapokError) -> [Commit.Cell] {
        try readOwn { db in
            try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT u.start, u.scope, u.place, u.input, c.bytes FROM unsent u LEFT JOIN cells c
                        USING (theme, topic, partition, start, scope, place, input)
                        WHERE u.theme = ? AND u.topic = ? AND u.partition = ? AND (u.start < ? OR u.scope <> '')
                        ORDER BY u.start, u.scope, u.place, u.input LIMIT ?
                        """), arguments: [theme, topic, partition, before, limit]
            ).map { r in
                let bytes: Data? = try r.optional("bytes")
                return Commit.Cell(
                    theme: theme, scope: try r.text("scope"), start: try r.number("start"),
                    place: UInt64(bitPattern: try r.value("place")), input: try r.text("input"),
                    bytes: bytes.map { [UInt8]($0) } ?? [])
            }
        }
    }

    /// The oldest unsent sessions, at most `limit`.
    /// - Throws: `database-*`.
    public func unsentSessions(
        theme: String, topic: String, partition: Int32, limit: Int
    ) throws(KapokError) -> [Commit.Session] {
        try readOwn { db in
            var out: [Commit.Session] = []
            try Self.sessions(theme, topic, partition, db, table: "unsent_sessions", limit: limit) { out.append($0) }
            return out
        }
    }

    /// How far a partition has got by the newest commit; nil before its first.
    /// - Throws: `database-*`.
    public func progress(_ topic: String, _ partition: Int32) throws(KapokError) -> PartialBundle.Progress? {
        try readOwn { db in
            try Row.fetchOne(
                db.cachedStatement(sql: "SELECT * FROM partitions WHERE topic = ? AND partition = ?"),
                arguments: [topic, partition]
            ).map {
                .init(
                    ledger: try Self.ledger($0, topic, partition, db),
                    maxEventTime: try $0.number("max_event_time", minAllowed: true))
            }
        }
    }

    /// Puts a bundle into the centre's outbox and takes off what it tells, in one transaction.
    /// - Parameter message: nil: there is nothing to tell of these any more.
    /// - Throws: `disk-full`, `database-*`; nothing is written then.
    public func post(
        _ message: Commit.Message?, topic: String, partition: Int32, cells: [Commit.Cell], sessions: [Commit.Session]
    ) throws(KapokError) {
        try write { db in
            if let message { try Self.write([message], to: .centre, db) }
            let cell = try db.cachedStatement(
                sql: """
                    DELETE FROM unsent WHERE theme = ? AND topic = ? AND partition = ? AND start = ? AND scope = ?
                    AND place = ? AND input = ?
                    """)
            for c in cells {
                try cell.execute(
                    arguments: [c.theme, topic, partition, c.start, c.scope, Int64(bitPattern: c.place), c.input])
            }
            let session = try db.cachedStatement(
                sql: """
                    DELETE FROM unsent_sessions WHERE theme = ? AND topic = ? AND partition = ? AND win = ? AND input = ?
                    AND place = ? AND start = ?
                    """)
            for k in sessions.map(\.key) {
                try session.execute(
                    arguments: [k.theme, topic, partition, k.window, k.input, Int64(bitPattern: k.place), k.start])
            }
        }
    }

    /// How much waits: cells and sessions, and the start of the oldest pane among them, ms.
    /// - Throws: `database-*`.
    public func unsent() throws(KapokError) -> (count: Int, oldest: Int64?) {
        try readOwn { db in
            let r = try Row.fetchOne(db, sql: "SELECT count(*) AS n, min(start) AS t FROM unsent")
            let sessions = try Int.fetchOne(db, sql: "SELECT count(*) FROM unsent_sessions") ?? 0
            return (Int(try r?.number("n") ?? 0) + sessions, try r?.optional("t"))
        }
    }
}

private struct EdgeRun: Codable {
    var run: Int64
    var configurations: [String: String]
}
private let edgeRunKey = "edge-run"
