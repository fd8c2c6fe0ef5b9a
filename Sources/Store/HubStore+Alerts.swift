import Alerting
import CityModel
import Foundation
import GRDB
import HubAPI

/// What alerts to read; nil means any.
public struct AlertQuery: Sendable {
    public var theme: String?
    public var rule: String?
    public var places: [UInt64]?
    public var states: [AlertState]?
    /// Alerts that were at least so bad.
    public var minSeverity: Severity
    /// Alerts that began at this event time or later, and before that one.
    public var from: EventTime?
    public var to: EventTime?
    public var limit: Int
    public init(
        theme: String? = nil, rule: String? = nil, places: [UInt64]? = nil, states: [AlertState]? = nil,
        minSeverity: Severity = .unknown, from: EventTime? = nil, to: EventTime? = nil, limit: Int = 1000
    ) {
        self.theme = theme
        self.rule = rule
        self.places = places
        self.states = states
        self.minSeverity = minSeverity
        self.from = from
        self.to = to
        self.limit = limit
    }
}

extension HubStore {
    /// So many notices are kept for those who were away.
    static let noticesKept: Int64 = 100_000
    private static let alertHeader = "alerts"

    /// The alert engine's state as it was last committed.
    /// - Throws: `database-*`.
    public func alertBook() throws(KapokError) -> AlertBook {
        try readOwn { db in
            let header = try String.fetchOne(
                db, sql: "SELECT value FROM meta WHERE key = ?", arguments: [Self.alertHeader])
            let records = try String.fetchAll(db, sql: "SELECT body FROM alert_records ORDER BY theme, rule, place")
            return AlertBook(
                header: try header.map { try Self.decoded($0) } ?? .init(),
                records: try records.map { try Self.decoded($0) })
        }
    }

    static func write(_ effects: [AlertEffect], _ db: Database) throws {
        for e in effects {
            switch e {
            case .alert(let a):
                try db.cachedStatement(sql: "INSERT OR REPLACE INTO alerts VALUES (?,?,?,?,?,?,?,?)").execute(
                    arguments: [
                        a.id, a.theme, a.rule, try place(a.place), a.state.rawValue, a.worst.rank, a.since.ms,
                        try text(a),
                    ])
            case .transition(let t):
                try db.cachedStatement(sql: "INSERT OR REPLACE INTO alert_transitions VALUES (?,?,?,?,?,?)").execute(
                    arguments: [t.alert, t.revision, t.theme, try place(t.place), t.at.ms, try text(t)])
            case .silence(let s):
                try db.cachedStatement(sql: "INSERT OR REPLACE INTO alert_silences VALUES (?,?,?)").execute(
                    arguments: [s.id, s.ends.ms, try text(s)])
            case .notice(let n):
                try db.cachedStatement(sql: "INSERT OR REPLACE INTO alert_notices VALUES (?,?)").execute(
                    arguments: [n.sequence, try text(n)])
                try db.cachedStatement(sql: "DELETE FROM alert_notices WHERE sequence <= ?").execute(
                    arguments: [n.sequence - noticesKept])
            case .record(let r):
                try db.cachedStatement(sql: "INSERT OR REPLACE INTO alert_records VALUES (?,?,?,?)").execute(
                    arguments: [r.key.theme, r.key.rule, r.key.place, try text(r)])
            case .forget(let k):
                try db.cachedStatement(sql: "DELETE FROM alert_records WHERE theme = ? AND rule = ? AND place = ?")
                    .execute(arguments: [k.theme, k.rule, k.place])
            case .header(let h):
                try db.cachedStatement(sql: "INSERT OR REPLACE INTO meta VALUES (?, ?)").execute(
                    arguments: [alertHeader, try text(h)])
            case .refused: break
            }
        }
    }

    private static func place(_ code: String) throws -> Int64 {
        guard let n = UInt64(code) else {
            throw KapokError(
                "alert-invalid", "an alert's place is `\(code)`, not a code", mend: "Report this as a defect")
        }
        return Int64(bitPattern: n)
    }

    private static func text(_ value: some Encodable) throws -> String {
        let e = JSONEncoder()
        e.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try e.encode(value), as: UTF8.self)
    }
    private static func decoded<T: Decodable>(_ text: String) throws -> T {
        try JSONDecoder().decode(T.self, from: Data(text.utf8))
    }

    /// Alerts, the newest first, then by id.
    /// - Throws: `database-*`.
    public func alerts(_ q: AlertQuery) throws(KapokError) -> [Alert] {
        try read { db in
            var sql = "SELECT body FROM alerts WHERE worst >= ?"
            var arguments: StatementArguments = [q.minSeverity.rank]
            func and(_ condition: String, _ values: [(any DatabaseValueConvertible)?]) {
                sql += " AND " + condition
                arguments += StatementArguments(values)
            }
            func marks(_ n: Int) -> String { Array(repeating: "?", count: n).joined(separator: ",") }
            if let t = q.theme { and("theme = ?", [t]) }
            if let r = q.rule { and("rule = ?", [r]) }
            if let p = q.places { and("place IN (\(marks(p.count)))", p.map { Int64(bitPattern: $0) }) }
            if let s = q.states { and("state IN (\(marks(s.count)))", s.map(\.rawValue)) }
            if let f = q.from { and("since >= ?", [f.ms]) }
            if let t = q.to { and("since < ?", [t.ms]) }
            sql += " ORDER BY since DESC, id LIMIT ?"
            arguments += [max(0, q.limit)]
            return try String.fetchAll(db, sql: sql, arguments: arguments).map { try Self.decoded($0) }
        }
    }

    /// One alert and every step of its life, oldest first; nil where there is none.
    /// - Throws: `database-*`.
    public func alert(_ id: String) throws(KapokError) -> (alert: Alert, transitions: [AlertTransition])? {
        try read { db in
            guard let body = try String.fetchOne(db, sql: "SELECT body FROM alerts WHERE id = ?", arguments: [id])
            else {
                return nil
            }
            let steps = try String.fetchAll(
                db, sql: "SELECT body FROM alert_transitions WHERE alert = ? ORDER BY revision", arguments: [id])
            return (try Self.decoded(body), try steps.map { try Self.decoded($0) })
        }
    }

    /// Steps of all alerts by wall clock, `[from, to)`, oldest first.
    /// - Throws: `database-*`.
    public func alertHistory(
        theme: String? = nil, places: [UInt64]? = nil, from: Int64 = .min, to: Int64 = .max, limit: Int
    ) throws(KapokError) -> [AlertTransition] {
        try read { db in
            var sql = "SELECT body FROM alert_transitions WHERE at >= ? AND at < ?"
            var arguments: StatementArguments = [from, to]
            if let theme {
                sql += " AND theme = ?"
                arguments += [theme]
            }
            if let places {
                sql += " AND place IN (\(Array(repeating: "?", count: places.count).joined(separator: ",")))"
                arguments += StatementArguments(places.map { Int64(bitPattern: $0) })
            }
            sql += " ORDER BY at, alert, revision LIMIT ?"
            arguments += [max(0, limit)]
            return try String.fetchAll(db, sql: sql, arguments: arguments).map { try Self.decoded($0) }
        }
    }

    /// Silences that end after a wall-clock time, by their end.
    /// - Throws: `database-*`.
    public func silences(endingAfter time: Int64) throws(KapokError) -> [Silence] {
        try read { db in
            try String.fetchAll(
                db, sql: "SELECT body FROM alert_silences WHERE ends > ? ORDER BY ends, id", arguments: [time]
            ).map { try Self.decoded($0) }
        }
    }

    /// Notices behind a sequence number, in order; what is older than the newest 100,000 is gone.
    /// - Throws: `database-*`.
    public func notices(after sequence: Int64, limit: Int) throws(KapokError) -> [AlertNotice] {
        try read { db in
            try String.fetchAll(
                db.cachedStatement(sql: "SELECT body FROM alert_notices WHERE sequence > ? ORDER BY sequence LIMIT ?"),
                arguments: [sequence, max(0, limit)]
            ).map { try Self.decoded($0) }
        }
    }

    /// Sequence of the newest notice; 0 before the first.
    /// - Throws: `database-*`.
    public func newestNotice() throws(KapokError) -> Int64 {
        try read { try Int64.fetchOne($0, sql: "SELECT max(sequence) FROM alert_notices") ?? 0 }
    }
}
