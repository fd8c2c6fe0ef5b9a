import CityModel
import Foundation
import GRDB
import HubAPI

/// What summaries to read; nil means any. Times are event time, on the window's start: `from` included, `to` not.
public struct SummaryQuery: Sendable {
    public var theme: String?
    public var places: [UInt64]?
    public var measure: String?
    public var window: String?
    public var from: EventTime?
    public var to: EventTime?
    public var limit: Int
    public init(
        theme: String? = nil, places: [UInt64]? = nil, measure: String? = nil, window: String? = nil,
        from: EventTime? = nil, to: EventTime? = nil, limit: Int = 100_000
    ) {
        self.theme = theme
        self.places = places
        self.measure = measure
        self.window = window
        self.from = from
        self.to = to
        self.limit = limit
    }
}

extension HubStore {
    /// Summaries in the order of theme, window, start, place and measure.
    public func summaries(_ q: SummaryQuery) throws -> [Summary] {
        var clauses: [String] = []
        var args = StatementArguments()
        func add(_ sql: String, _ v: (any DatabaseValueConvertible)?) {
            guard let v else { return }
            clauses.append(sql)
            args += [v]
        }
        add("theme = ?", q.theme)
        add("measure = ?", q.measure)
        add("win = ?", q.window)
        add("start >= ?", q.from?.ms)
        add("start < ?", q.to?.ms)
        if let places = q.places {
            clauses.append("place IN (\(places.map { String($0) }.joined(separator: ",")))")
        }
        let filter = clauses.isEmpty ? "" : "WHERE " + clauses.joined(separator: " AND ")
        args += [q.limit]
        return try pool.read { db in
            try Row.fetchAll(
                db.cachedStatement(
                    sql: "SELECT * FROM summaries \(filter) ORDER BY theme, win, start, place, measure LIMIT ?"),
                arguments: args
            ).map(Self.summary)
        }
    }

    /// The start of a theme's newest stored window of a name; nil where there is none.
    public func newestStart(theme: String, window: String) throws -> EventTime? {
        try pool.read {
            try Int64.fetchOne(
                $0.cachedStatement(sql: "SELECT max(start) FROM summaries WHERE theme = ? AND win = ?"),
                arguments: [theme, window]
            ).map { EventTime(ms: $0) }
        }
    }

    private static func summary(_ r: Row) -> Summary {
        let expected: Int = r["expected"]
        let reporting: Int = r["reporting"]
        return Summary(
            place: String(r["place"] as Int64), level: PlaceLevel(rawValue: r["level"]) ?? .street, theme: r["theme"],
            measure: r["measure"], window: r["win"], start: EventTime(ms: r["start"]), end: EventTime(ms: r["finish"]),
            status: WindowStatus(rawValue: r["status"]) ?? .provisional, revision: r["revision"], unit: r["unit"],
            value: r["value"], values: aggregates(r["aggregates"]), severity: Severity(rawValue: r["severity"]) ?? .unknown,
            count: r["count"], expected: expected, reporting: reporting,
            coverage: expected > 0 ? min(100, 100 * Double(reporting) / Double(expected)) : nil, late: r["late"],
            digest: r["digest"])
    }
}
