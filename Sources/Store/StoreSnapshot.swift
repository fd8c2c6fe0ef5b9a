import CityModel
import Foundation
import GRDB
import HubAPI
import Pipeline

/// What a store holds at one moment: everything read through it is of the same commit. Valid inside the closure that it
/// was given to. Every read throws what GRDB throws; who gave the snapshot turns it into a `KapokError`.
public struct StoreSnapshot {
    let db: Database

    /// Every partition that was ever committed, in the order of topic and number.
    public func partitions() throws -> [(topic: String, partition: Int32, ledger: Ledger)] {
        try Row.fetchAll(db, sql: "SELECT * FROM partitions ORDER BY topic, partition").map { r in
            let (topic, partition) = (try r.text("topic"), try r.value("partition") as Int32)
            return (topic, partition, try HubStore.ledger(r, topic, partition, db))
        }
    }

    /// Partitions that have dead letters and no ledger.
    public func strayDeadLetters() throws -> [(topic: String, partition: Int32)] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT DISTINCT topic, partition FROM dead_letters
                EXCEPT SELECT topic, partition FROM partitions ORDER BY 1, 2
                """
        ).map { (try $0.text("topic"), try $0.value("partition")) }
    }

    /// Names of the themes that have summaries or a clock, sorted.
    public func themes() throws -> [String] {
        let clocked = try String.fetchAll(db, sql: "SELECT theme FROM themes")
        return Set(try HubStore.themes(db)).union(clocked).sorted()
    }
    public func theme(_ name: String) throws -> Commit.Theme? { try HubStore.theme(name, db) }
    /// Nil where an older Kapok wrote the database and no newer hub has run on it.
    public func configuration(of theme: String) throws -> StoredConfiguration? {
        try HubStore.configuration(of: theme, db)
    }

    /// Names of the windows that have summaries of a theme, sorted.
    public func windows(of theme: String) throws -> [String] { try HubStore.windows(of: theme, db) }

    /// The first start at or after `time` of a stored summary of that window; nil where there is none.
    public func firstStart(theme: String, window: String, from time: Int64) throws -> Int64? {
        try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT min(start) FROM summaries WHERE theme = ? AND win = ? AND start >= ?"),
            arguments: [theme, window, time]
        ).map { try Damage.check($0, "start") }
    }

    /// The summaries that a query asks for, as `HubStore.summaries`.
    public func summaries(_ q: SummaryQuery) throws -> [Summary] {
        var out: [Summary] = []
        try HubStore.summaries(q, db, &out)
        return out
    }

    /// The first start at or after `time` of a stored partial; nil where there is none.
    public func firstCell(theme: String, from time: Int64) throws -> Int64? {
        try edge("SELECT min(start) FROM cells WHERE theme = ? AND topic = ? AND partition = ? AND start >= ?") {
            [theme, $0, $1, time]
        }.min()
    }

    /// The start of the newest pane that holds something; nil where there is none.
    public func newestPane(theme: String) throws -> Int64? {
        try edge(
            """
            SELECT start FROM cells WHERE theme = ? AND topic = ? AND partition = ? AND scope = ''
            ORDER BY start DESC LIMIT 1
            """
        ) { [theme, $0, $1] }.max()
    }

    /// One look-up a partition: the table's key begins with it.
    private func edge(_ sql: String, _ arguments: (String, Int32) -> StatementArguments) throws -> [Int64] {
        let s = try db.cachedStatement(sql: sql)
        return try Row.fetchAll(db, sql: "SELECT topic, partition FROM partitions").compactMap { r in
            try Int64.fetchOne(s, arguments: arguments(try r.text("topic"), try r.value("partition")))
                .map { try Damage.check($0, "start") }
        }
    }

    /// Stored partials of one partition and theme whose pane (or window, for patches) starts in `range`, in the order
    /// of start, scope, place and input.
    public func cells(
        theme: String, topic: String, partition: Int32, range: Range<Int64>, _ each: (Commit.Cell) throws -> Void
    ) throws {
        try HubStore.cells(theme, topic, partition, range, db, each)
    }

    /// Stored sessions of one partition and theme, in the order of window, input, place and start.
    public func sessions(
        theme: String, topic: String, partition: Int32, _ each: (Commit.Session) throws -> Void
    ) throws {
        try HubStore.sessions(theme, topic, partition, db, each)
    }

    /// Stored partials of panes (not patches) of one partition and theme, in the order of start, place and input.
    /// - Parameters:
    ///   - inputs: of these, and of single sensors (`@sensor/kind`).
    ///   - places: only of these streets; nil means all.
    ///   - each: false ends the reading.
    public func panes(
        theme: String, topic: String, partition: Int32, range: Range<Int64>, inputs: [String], places: [UInt64]?,
        _ each: (Commit.Cell) throws -> Bool
    ) throws {
        func list(_ n: Int) -> String { Array(repeating: "?", count: n).joined(separator: ",") }
        var sql = """
            SELECT start, place, input, bytes FROM cells
            WHERE theme = ? AND topic = ? AND partition = ? AND start >= ? AND start < ? AND scope = ''
            AND (input IN (\(list(inputs.count))) OR input GLOB '@*')
            """
        var arguments: StatementArguments = [theme, topic, partition, range.lowerBound, range.upperBound]
        arguments += StatementArguments(inputs)
        if let places {
            sql += " AND place IN (\(list(places.count)))"
            arguments += StatementArguments(places.map { Int64(bitPattern: $0) })
        }
        let rows = try Row.fetchCursor(db, sql: sql + " ORDER BY start, place, input", arguments: arguments)
        while let r = try rows.next() {
            let cell = Commit.Cell(
                theme: theme, scope: "", start: try r.number("start"), place: UInt64(bitPattern: try r.value("place")),
                input: try r.text("input"), bytes: [UInt8](try r.value("bytes") as Data))
            guard try each(cell) else { return }
        }
    }

    /// Partials that start at or after this are all still there; `Int64.min` where none was ever removed.
    public static func cellsKept(_ t: Commit.Theme) -> Int64 { HubStore.before(t.retired, HubStore.cellsKeptMs) }
    /// Summaries that start at or after this are all still there.
    public static func summariesKept(_ t: Commit.Theme) -> Int64 { HubStore.before(t.clock, HubStore.summariesKeptMs) }
}

extension HubStore {
    /// Reads several things of one moment, beside the hub's commits.
    /// - Throws: `database-*`, and what `work` throws as a `KapokError`.
    public func snapshot<T>(_ work: (StoreSnapshot) throws -> T) throws(KapokError) -> T {
        try read { try work(StoreSnapshot(db: $0)) }
    }
}
