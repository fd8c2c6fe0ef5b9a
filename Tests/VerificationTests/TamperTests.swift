import CityModel
import Foundation
import GRDB
import Store
import TestSupport
import Testing

@testable import Verification

/// One thing changed behind the hub's back, and the row that must be named for it.
struct Tamper: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Which summary: an SQL condition on `summaries`; of those, one in the middle.
    var row: String
    /// What is done to it, with its columns as :theme, :measure, :win, :start, :place.
    var sql: String
    var check: WrongRow.Check
    var field: String

    init(_ title: String, _ row: String, _ sql: String, _ check: WrongRow.Check, _ field: String) {
        (testDescription, self.row, self.sql, self.check, self.field) = (title, row, sql, check, field)
    }

    private static let key =
        "WHERE theme = :theme AND measure = :measure AND win = :win AND start = :start AND place = :place"
    private static let cell =
        "WHERE theme = :theme AND scope = '' AND input = 'speed' AND start = :start AND place = :place"
    static let street = "level = 'street' AND measure = 'speed' AND win = '1m' AND status = 'complete' AND count > 0"
    static let revised = "level = 'street' AND measure = 'speed' AND win = '5m' AND status = 'revised' AND count > 0"
    private static func set(_ text: String) -> String {
        "UPDATE summaries SET \(text) \(key)"
    }

    static let all: [Tamper] = [
        .init("count", street, set("count = count + 1"), .content, "count"),
        .init("count of a revised row", revised, set("count = count - 1"), .content, "count"),
        .init("value", street, set("value = value + 0.000001"), .content, "value"),
        .init("no value", street, set("value = NULL"), .content, "value"),
        .init("values", street, set("aggregates = replace(aggregates, 'p85', 'p86')"), .content, "values"),
        .init("digest", street, set("digest = '\(String(repeating: "a", count: 64))'"), .content, "digest"),
        .init("no digest", street, set("digest = ''"), .status, "digest"),
        .init("expected", street, set("expected = expected + 1"), .content, "coverage"),
        .init("late", street, set("late = late + 1"), .content, "late"),
        .init("severity", street, set("severity = 'red'"), .content, "severity"),
        .init("unit", street, set("unit = 'mph'"), .content, "unit"),
        .init("level", street, set("level = 'district'"), .content, "level"),
        .init(
            "a district's count", street.replacing("street", with: "district"), set("count = count + 1"), .content,
            "count"),
        .init("the city's late", street.replacing("street", with: "city"), set("late = late + 1"), .content, "late"),
        .init(
            "a silent place's count", "level = 'street' AND count = 0 AND late = 0 AND status = 'complete'",
            set("count = 1"), .content, "count"),
        .init("revision of a complete row", street, set("revision = 2"), .status, "revision"),
        .init("no revision of a revised row", revised, set("revision = 0"), .status, "revision"),
        .init("end", street, set("finish = finish + 1"), .status, "end"),
        .init("provisional", street, set("status = 'provisional', digest = ''"), .status, "status"),
        .init(
            "a street's row is gone", street, "DELETE FROM summaries \(key)", .content, "row"),
        .init(
            "a row where there is no gauge",
            "measure = 'water_level' AND win = '1m' AND place = 440103001000 AND status = 'complete'",
            set("place = 440106002000, measure = 'rainfall'"), .content, "row"),
        .init(
            "a partial's numbers", street,
            "UPDATE cells SET bytes = CAST(x'7f' || substr(bytes, 2) AS BLOB) \(cell)", .content, "count"),
        .init(
            "a partial is gone", street,
            "DELETE FROM cells \(cell)", .content, "count"),
        .init(
            "a partial's bytes", street,
            "UPDATE cells SET bytes = substr(bytes, 1, length(bytes) - 1) \(cell)", .partial, "bytes"),
    ]
}

@Suite struct TamperTests {
    /// The key of the row in the middle of those that fit.
    static func pick(_ db: Database, _ condition: String) throws -> Row {
        let n = try #require(try Int.fetchOne(db, sql: "SELECT count(*) FROM summaries WHERE \(condition)"))
        try #require(n > 0, "no row: \(condition)")
        return try #require(
            try Row.fetchOne(
                db,
                sql: """
                    SELECT theme, measure, win, start, place FROM summaries WHERE \(condition)
                    ORDER BY start, place LIMIT 1 OFFSET \(n / 2)
                    """))
    }

    @Test func `what a hub left behind is right, and nearly all of it is proved`() throws {
        let filled = try FilledStore.shared.get()
        let copy = try filled.copy()
        let report = try copy.verify(filled.city.catalogue)
        #expect(report.first == nil && report.wrong == 0)
        #expect(report.partitions == 3 && report.themes.map(\.theme) == ["city"])
        let t = report.themes[0]
        #expect(t.recomputed > 3000 && t.sums > 1500)
        #expect(t.recomputed + (t.notProvable["provisional"] ?? 0) == t.rows)
        #expect(Set(t.notProvable.keys).isSubset(of: ["provisional", "began-revised"]))
        // It is of something: patches, late events, revisions of each kind.
        try copy.write { db in
            for sql in [
                "SELECT count(*) FROM cells WHERE scope = '5m'", "SELECT sum(late) FROM summaries",
                "SELECT max(revision) - 1 FROM summaries",
                "SELECT count(*) FROM summaries WHERE status = 'provisional'",
                "SELECT max(n) FROM dead_letters", "SELECT min(gap) FROM partitions WHERE topic = 't.sensors'",
            ] {
                let n = try Int64.fetchOne(db, sql: sql) ?? 0
                #expect(n > 0, "\(sql)")
            }
        }
    }

    @Test(arguments: Tamper.all) func `a change is found and its row is named`(tamper: Tamper) throws {
        let filled = try FilledStore.shared.get()
        let copy = try filled.copy()
        var key: (theme: String, measure: String, window: String, start: Int64, place: Int64)?
        try copy.write { db in
            let r = try Self.pick(db, tamper.row)
            key = (r["theme"], r["measure"], r["win"], r["start"], r["place"])
            let used = ["theme", "measure", "win", "start", "place"].filter { tamper.sql.contains(":" + $0) }
            let values = Dictionary(uniqueKeysWithValues: used.map { ($0, r[$0] as DatabaseValue) })
            try db.execute(sql: tamper.sql, arguments: StatementArguments(values))
            try #require(db.changesCount > 0)
        }
        let report = try copy.verify(filled.city.catalogue)
        let wrong = try #require(report.first)
        let wanted = try #require(key)
        #expect(wrong.check == tamper.check && wrong.field == tamper.field, "\(wrong)")
        #expect(wrong.theme == wanted.theme && wrong.start?.ms == wanted.start)
        if tamper.check == .partial {
            #expect(wrong.input == "speed" && wrong.place == String(wanted.place) && wrong.topic == "t.sensors")
        } else if tamper.testDescription.contains("no gauge") {
            // Both are told: the row that is missing, and the one that nothing gives.
            #expect(report.wrong >= 2)
        } else {
            #expect(wrong.window == wanted.window && wrong.measure == wanted.measure)
            #expect(wrong.place == String(wanted.place))
        }
        for lang in Language.allCases {
            #expect(wrong.text(lang).contains(wrong.name) && wrong.name.contains(wanted.theme))
        }
    }

    private static let sum = "accepted + late + duplicate + dead-lettered + gap"

    @Test(arguments: [
        ("UPDATE partitions SET accepted = accepted + 1 WHERE partition = 1", sum),
        ("UPDATE partitions SET next = next + 1 WHERE partition = 1", sum),
        ("UPDATE partitions SET first = first - 1 WHERE partition = 1", sum),
        ("UPDATE partitions SET gap = gap - 1000000, late = late + 1000000 WHERE partition = 1", "gap"),
        ("UPDATE partitions SET next = first - 1 WHERE partition = 1", "next"),
        ("UPDATE dead_letters SET n = n + 1 WHERE partition = 1 AND reason = 'malformed'", sum),
        ("UPDATE dead_letters SET n = -1 WHERE partition = 1 AND reason = 'malformed'", "dead-lettered as malformed"),
        ("INSERT INTO dead_letters VALUES ('t.sensors', 9, 'malformed', 4)", "dead letters"),
        ("DELETE FROM partitions WHERE partition = 1", "dead letters"),
    ]) func `a ledger that does not add up is named`(sql: String, field: String) throws {
        let filled = try FilledStore.shared.get()
        let copy = try filled.copy()
        try copy.write { db in
            try db.execute(sql: sql)
            try #require(db.changesCount > 0)
        }
        let wrong = try #require(try copy.verify(filled.city.catalogue).first)
        #expect(wrong.check == .ledger && wrong.field == field && wrong.topic == "t.sensors", "\(wrong)")
        #expect(wrong.partition == (sql.contains(", 9,") ? 9 : 1))
    }

    @Test func `a complete window that is gone as a whole is missed`() throws {
        let filled = try FilledStore.shared.get()
        let copy = try filled.copy()
        var start: Int64 = 0
        try copy.write { db in
            start = try Self.pick(db, Tamper.street)["start"]
            try db.execute(sql: "DELETE FROM summaries WHERE win = '1m' AND start = ?", arguments: [start])
        }
        let wrong = try #require(try copy.verify(filled.city.catalogue).first)
        #expect(wrong.check == .content && wrong.field == "row" && wrong.stored == nil && wrong.start?.ms == start)
    }

    @Test func `rows beyond the theme's mark, and a theme without one, are named`() throws {
        let filled = try FilledStore.shared.get()
        let copy = try filled.copy()
        try copy.write { try $0.execute(sql: #"UPDATE themes SET completed = '{"1m":0,"5m":0}'"#) }
        let wrong = try #require(try copy.verify(filled.city.catalogue).first)
        #expect(wrong.check == .status && wrong.field == "status" && wrong.theme == "city")
        try copy.write { try $0.execute(sql: "DELETE FROM themes") }
        #expect(try copy.verify(filled.city.catalogue).first?.field == "clock")
    }

    /// Partials are kept for 24 h: behind that, the sums remain.
    @Test(arguments: [
        ("", "", 0), ("UPDATE summaries SET count = count + 1 WHERE level = 'district'", "count", 1),
        ("UPDATE summaries SET late = late + 1 WHERE level = 'street'", "late", 1),
        ("UPDATE summaries SET reporting = reporting + 1 WHERE level = 'city'", "reporting", 1),
        ("DELETE FROM summaries WHERE level = 'street'", "count", 1),
        ("DELETE FROM summaries WHERE level = 'district'", "count", 1),
    ]) func `where the partials are gone the sums are still checked`(sql: String, field: String, wrong: Int) throws {
        let filled = try FilledStore.shared.get()
        let copy = try filled.copy()
        var start: Int64 = 0
        try copy.write { db in
            try db.execute(sql: "DELETE FROM cells")
            try db.execute(sql: "UPDATE themes SET retired = retired + 2 * 86400000")
            start = try Self.pick(db, Tamper.street)["start"]
            if !sql.isEmpty {
                let one = "win = '1m' AND measure = 'speed' AND start = \(start)"
                try db.execute(sql: sql + (sql.contains("WHERE") ? " AND " : " WHERE ") + one)
                try #require(db.changesCount > 0)
            }
        }
        let report = try copy.verify(filled.city.catalogue)
        #expect((report.wrong > 0) == (wrong > 0) && report.themes[0].recomputed == 0 && report.themes[0].sums > 1500)
        #expect((report.themes[0].notProvable["partials-gone"] ?? 0) > 3000)
        guard let first = report.first else { return }
        #expect(first.check == .sums && first.field == field && first.start?.ms == start && first.measure == "speed")
        #expect(first.place?.hasSuffix("000000") == true)
    }
}
