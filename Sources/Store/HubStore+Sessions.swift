import CityModel
import Foundation
import GRDB
import Pipeline

extension HubStore {
    /// Sessions that the hub did not take out itself, as those of a window that the theme no longer has, go when they
    /// have been over for so long, event time: longer than the longest reach and a day.
    static let sessionsKeptMs: Int64 = 10 * 24 * 3_600_000

    static func writeSessions(of p: Commit.Partition, _ db: Database) throws {
        for k in p.removedSessions {
            try db.cachedStatement(
                sql: """
                    DELETE FROM sessions WHERE theme = ? AND topic = ? AND partition = ? AND win = ? AND input = ?
                    AND place = ? AND start = ?
                    """
            ).execute(
                arguments: [
                    k.theme, p.topic, p.partition, k.window, k.input, Int64(bitPattern: k.place), k.start,
                ])
        }
        for s in p.sessions {
            try db.cachedStatement(sql: "INSERT OR REPLACE INTO sessions VALUES (?,?,?,?,?,?,?,?,?)").execute(
                arguments: [
                    s.key.theme, p.topic, p.partition, s.key.window, s.key.input, Int64(bitPattern: s.key.place),
                    s.key.start, s.end, Data(s.bytes),
                ])
        }
    }

    static func cleanSessions(_ t: Commit.Theme, _ db: Database) throws {
        let (before, overflow) = t.retired.subtractingReportingOverflow(sessionsKeptMs)
        guard !overflow else { return }
        try db.cachedStatement(sql: "DELETE FROM sessions WHERE theme = ? AND finish < ?")
            .execute(arguments: [t.name, before])
    }

    /// Stored sessions of one partition and theme, in the order of window, input, place and start.
    /// - Throws: `database-*`.
    public func sessions(
        theme: String, topic: String, partition: Int32, _ each: (Commit.Session) -> Void
    ) throws(KapokError) {
        try readOwn { try Self.sessions(theme, topic, partition, $0, each) }
    }

    static func sessions(
        _ theme: String, _ topic: String, _ partition: Int32, _ db: Database, table: String = "sessions",
        limit: Int = -1, _ each: (Commit.Session) throws -> Void
    ) throws {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT win, input, place, start, finish, bytes FROM \(table)
                WHERE theme = ? AND topic = ? AND partition = ? ORDER BY win, input, place, start LIMIT ?
                """, arguments: [theme, topic, partition, limit])
        while let r = try rows.next() {
            try each(
                Commit.Session(
                    key: .init(
                        theme: theme, window: try r.text("win"), input: try r.text("input"),
                        place: UInt64(bitPattern: try r.value("place")), start: try r.number("start")),
                    end: try r.number("finish"), bytes: [UInt8](try r.value("bytes") as Data)))
        }
    }

    /// The rows of a session window that a place and measure have and that end after a time, without those withdrawn.
    /// - Throws: `database-*`.
    public func shownSessions(
        theme: String, place: UInt64, window: String, measure: String, after: Int64
    ) throws(KapokError) -> [SessionRollUp.Shown] {
        try readOwn { db in
            let rows = try Row.fetchAll(
                db.cachedStatement(
                    sql: """
                        SELECT start, finish, count, late, status, revision FROM summaries
                        WHERE theme = ? AND win = ? AND place = ? AND measure = ? AND finish > ? AND count > 0
                        ORDER BY start
                        """),
                arguments: [theme, window, Int64(bitPattern: place), measure, after])
            return try rows.map { r in
                SessionRollUp.Shown(
                    start: try r.number("start"), end: try r.number("finish"), count: try r.number("count"),
                    late: try r.number("late"), complete: try r.text("status") != "provisional",
                    revision: Int(try r.number("revision")))
            }
        }
    }
}
