import CityModel
import Foundation
import GRDB
import HubAPI

/// What summaries to read; nil means any. Times are event time, on the window's start: `from` included, `to` not.
public struct SummaryQuery: Sendable {
    public var theme: String?
    public var places: [UInt64]?
    public var level: PlaceLevel?
    public var measure: String?
    public var window: String?
    public var from: EventTime?
    public var to: EventTime?
    public var limit: Int
    public init(
        theme: String? = nil, places: [UInt64]? = nil, level: PlaceLevel? = nil, measure: String? = nil,
        window: String? = nil, from: EventTime? = nil, to: EventTime? = nil, limit: Int = 100_000
    ) {
        self.theme = theme
        self.places = places
        self.level = level
        self.measure = measure
        self.window = window
        self.from = from
        self.to = to
        self.limit = limit
    }
}

extension HubStore {
    /// Summaries in the order of theme, window, start, place and measure.
    /// - Throws: `database-*`.
    public func summaries(_ q: SummaryQuery) throws(KapokError) -> [Summary] {
        try summaries(all: [q])
    }

    /// The answers to several queries, one behind the other, of one moment.
    /// - Throws: `database-*`.
    public func summaries(all queries: [SummaryQuery]) throws(KapokError) -> [Summary] {
        try read { db in
            var out: [Summary] = []
            for q in queries { try Self.summaries(q, db, &out) }
            return out
        }
    }

    /// A theme and window at a time: so every query is a range of the table's key or of the index of places.
    static func summaries(_ q: SummaryQuery, _ db: Database, _ out: inout [Summary]) throws {
        var left = max(0, q.limit)
        for theme in try q.theme.map({ [$0] }) ?? themes(db) {
            for window in try q.window.map({ [$0] }) ?? windows(of: theme, db) {
                guard left > 0 else { return }
                let (sql, arguments) = statement(q, theme, window, left)
                let rows = try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: arguments)
                while let r = try rows.next() {
                    out.append(try summary(r))
                    left -= 1
                }
            }
        }
    }

    static func statement(
        _ q: SummaryQuery, _ theme: String, _ window: String, _ limit: Int
    ) -> (sql: String, arguments: StatementArguments) {
        var sql = "SELECT * FROM summaries WHERE theme = ? AND win = ?"
        var arguments: StatementArguments = [theme, window]
        func add(_ clause: String, _ v: (any DatabaseValueConvertible)?) {
            guard let v else { return }
            sql += " AND " + clause
            arguments += [v]
        }
        add("start >= ?", q.from?.ms)
        add("start < ?", q.to?.ms)
        add("measure = ?", q.measure)
        add("level = ?", q.level?.rawValue)
        if let places = q.places {
            let codes = places.map { String(Int64(bitPattern: $0)) }
            sql += codes.count == 1 ? " AND place = \(codes[0])" : " AND place IN (\(codes.joined(separator: ",")))"
        }
        sql += " ORDER BY theme, win, start, place, measure LIMIT ?"
        arguments += [limit]
        return (sql, arguments)
    }

    /// The start of a theme's newest stored window of a name; nil where there is none.
    /// - Throws: `database-*`.
    public func newestStart(theme: String, window: String) throws(KapokError) -> EventTime? {
        try read {
            try Int64.fetchOne($0.cachedStatement(sql: newestSQL), arguments: [theme, window])
                .map { EventTime(ms: try Damage.check($0, "start")) }
        }
    }

    /// Names in the summaries' key, one look-up each: the table is not scanned.
    static func windows(of theme: String, _ db: Database) throws -> [String] {
        try next(db, "SELECT min(win) FROM summaries WHERE theme = ? AND win > ?") { [theme, $0] }
    }
    static func themes(_ db: Database) throws -> [String] {
        try next(db, "SELECT min(theme) FROM summaries WHERE theme > ?") { [$0] }
    }
    private static func next(
        _ db: Database, _ sql: String, _ arguments: (String) -> StatementArguments
    ) throws -> [String] {
        let s = try db.cachedStatement(sql: sql)
        var out: [String] = []
        while let name = try String.fetchOne(s, arguments: arguments(out.last ?? "")) { out.append(name) }
        return out
    }

    private static func summary(_ r: Row) throws -> Summary {
        func known<T: RawRepresentable<String>>(_ column: String) throws -> T {
            let text = try r.text(column)
            guard let v = T(rawValue: text) else { throw Damage(what: "a summary's \(column) is `\(text)`") }
            return v
        }
        let expected = Int(try r.number("expected"))
        let reporting = Int(try r.number("reporting"))
        return Summary(
            place: String(UInt64(bitPattern: try r.value("place"))), level: try known("level"),
            theme: try r.text("theme"), measure: try r.text("measure"), window: try r.text("win"),
            start: EventTime(ms: try r.number("start")), end: EventTime(ms: try r.number("finish")),
            status: try known("status"), revision: Int(try r.number("revision")), unit: try r.text("unit"),
            value: try r.optional("value"), values: aggregates(try r.text("aggregates")),
            severity: try known("severity"), count: try r.number("count"), expected: expected, reporting: reporting,
            coverage: expected > 0 ? min(100, 100 * Double(reporting) / Double(expected)) : nil,
            late: try r.number("late"), quality: try r.optional("quality"), flagged: try r.optional("flagged"),
            findings: try (r.optional("findings") as String?).map {
                try JSONDecoder().decode(SensorFindings.self, from: Data($0.utf8))
            }, certainty: try (r.optional("certainty") as String?) == nil ? nil : known("certainty"),
            evidence: try (r.optional("evidence") as String?).map {
                try JSONDecoder().decode(Evidence.self, from: Data($0.utf8))
            }, digest: try r.text("digest"))
    }
}

let newestSQL = "SELECT max(start) FROM summaries WHERE theme = ? AND win = ?"
