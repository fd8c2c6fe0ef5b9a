import CityModel
import Foundation
import GRDB
import HubAPI

import TestSupport
import Testing

@testable import Pipeline
@testable import Store

@Suite struct SummaryTests {
    let folder: TemporaryFolder
    let store: HubStore
    init() throws {
        folder = try TemporaryFolder()
        store = try HubStore(path: folder.db)
    }

    @Test func `a summary is replaced as it goes from provisional to complete to revised`() throws {
        let row = { RollUp.Row(place: 440_106_004_000, measure: "speed", window: "1m", start: 0) }
        var s = summary(status: .provisional, value: nil)
        for (status, revision, value) in [
            (WindowStatus.provisional, 0, nil), (.provisional, 0, 10), (.complete, 0, 20), (.revised, 1, 25.5),
            (.revised, 2, nil),
        ] as [(WindowStatus, Int, Double?)] {
            s = summary(status: status, revision: revision, value: value)
            try store.commit(.of(summaries: [s]))
            #expect(try store.summaries(SummaryQuery()) == [s])
            #expect(try store.revision(row(), theme: "traffic") == revision)
        }
        #expect(try store.revision(row(), theme: "emergency") == 0)
    }

    @Test func `every filter picks its rows, and all come in the order of theme, window, start, place and measure`()
        throws
    {
        var all: [Summary] = []
        for theme in ["emergency", "traffic"] {
            for window in ["1m", "5m"] {
                for start in stride(from: Int64(-60_000), to: 180_000, by: 60_000) {
                    for place in [440_100_000_000, 440_106_000_000, 440_106_004_000] as [UInt64] {
                        for measure in ["flow", "speed"] {
                            all.append(
                                summary(
                                    place: place, theme: theme, measure: measure, window: window, start: start,
                                    value: Double(all.count), level: place == 440_100_000_000 ? .city : .street))
                        }
                    }
                }
            }
        }
        try store.commit(.of(summaries: all.shuffled()))
        #expect(try store.summaries(SummaryQuery()) == all)
        let cases: [(SummaryQuery, (Summary) -> Bool)] = [
            (SummaryQuery(theme: "traffic"), { $0.theme == "traffic" }),
            (SummaryQuery(window: "5m"), { $0.window == "5m" }),
            (SummaryQuery(measure: "flow"), { $0.measure == "flow" }),
            (SummaryQuery(level: .city), { $0.level == .city }),
            (SummaryQuery(places: [440_106_004_000]), { $0.place == "440106004000" }),
            (SummaryQuery(places: [440_106_004_000, 440_100_000_000]), { $0.place != "440106000000" }),
            (SummaryQuery(places: []), { _ in false }),
            (SummaryQuery(from: EventTime(ms: 0), to: EventTime(ms: 60_000)), { $0.start.ms == 0 }),
            (SummaryQuery(from: EventTime(ms: 1)), { $0.start.ms >= 60_000 }),
            (SummaryQuery(to: EventTime(ms: 0)), { $0.start.ms < 0 }),
            (SummaryQuery(theme: "no such"), { _ in false }),
            (
                SummaryQuery(
                    theme: "traffic", places: [440_106_004_000], measure: "speed", window: "1m", from: EventTime(ms: 0)),
                {
                    $0.theme == "traffic" && $0.place == "440106004000" && $0.measure == "speed" && $0.window == "1m"
                        && $0.start.ms >= 0
                }
            ),
        ]
        for (q, wanted) in cases { #expect(try store.summaries(q) == all.filter(wanted), "\(q)") }
        for limit in [0, 1, 7, all.count / 2 + 1, all.count, all.count + 1] {
            #expect(try store.summaries(SummaryQuery(limit: limit)) == Array(all.prefix(limit)))
        }
        #expect(try store.newestStart(theme: "traffic", window: "5m") == EventTime(ms: 120_000))
        let two = [SummaryQuery(theme: "traffic", window: "1m"), SummaryQuery(theme: "emergency", measure: "flow")]
        #expect(try store.summaries(all: two) == two.flatMap { try store.summaries($0) })
    }

    @Test func `coverage is worked out anew, and is absent where no sensor is expected`() throws {
        var (none, more) = (summary(), summary(start: minute))
        (none.expected, none.reporting, none.coverage) = (0, 2, nil)
        (more.expected, more.reporting, more.coverage) = (2, 5, 100)
        try store.commit(.of(summaries: [none, more]))
        #expect(try store.summaries(SummaryQuery()) == [none, more])
    }

    @Test(arguments: 0..<20) func `aggregates and values come back to the bit`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        var values: [String: Double] = [
            "zero": 0, "minus_zero": -0.0, "tiny": .leastNonzeroMagnitude, "huge": .greatestFiniteMagnitude,
            "third": 1.0 / 3, "neg": -1e-300, "ulp": 1.0.nextUp,
        ]
        for i in 0..<200 {
            let v = Double(bitPattern: rng.next())
            if v.isFinite { values["v\(i)"] = v }
        }
        let back = HubStore.aggregates(HubStore.aggregatesText(values))
        #expect(back.mapValues(\.bitPattern) == values.mapValues(\.bitPattern))
        // In a fixed order, or the pick would not be the seed's. SQLite keeps no sign of zero in a REAL column.
        let nonZero = values.sorted { $0.key < $1.key }.map(\.value).filter { $0 != 0 }
        var s = summary(value: nonZero.randomElement(using: &rng))
        s.values = values
        try store.commit(.of(summaries: [s]))
        let got = try #require(try store.summaries(SummaryQuery()).first)
        #expect(got.values.mapValues(\.bitPattern) == values.mapValues(\.bitPattern))
        #expect(got.value?.bitPattern == s.value?.bitPattern)
    }

    @Test func `values that JSON cannot carry are left out, and text of another hand is passed over`() {
        #expect(HubStore.aggregatesText(["a": .nan, "b": 1, "c": -.infinity]) == "b=1.0")
        #expect(HubStore.aggregates("b=1.5 x y=z =2 c=inf d=nan  e=-3") == ["b": 1.5, "e": -3, "": 2])
        #expect(HubStore.aggregates("").isEmpty)
    }

    @Test func `summaries and partials are kept by event time, also of windows and partitions that are away`() throws {
        let day = 24 * 60 * minute
        let gone = summary(window: "old-window", start: 0)
        try store.commit(
            .of(
                [partition(cells: [cell(0), cell(day)]), partition("away", 3, cells: [cell(0), cell(day)])],
                themes: [.init(name: "traffic", version: 1, clock: minute, retired: .min, completed: [:])],
                summaries: [gone, summary(start: 0), summary(start: day), summary(theme: "emergency", start: 0)]))
        func clean(_ clock: Int64, retired: Int64) throws {
            try store.commit(
                .of(themes: [
                    .init(name: "traffic", version: 1, clock: clock, retired: retired, completed: ["1m": clock])
                ]))
        }
        try clean(7 * day, retired: day)
        #expect(try store.summaries(SummaryQuery()).count == 4)
        #expect(try store.cells(.min..<(.max)).map(\.start) == [0, day])
        try clean(7 * day + minute, retired: day + 1)
        #expect(
            try store.summaries(SummaryQuery()) == [summary(theme: "emergency", start: 0), summary(start: day)])
        #expect(try store.cells(.min..<(.max)).map(\.start) == [day])
        #expect(try store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM cells") } == 2)
        // Within one minute of the clock nothing is cleaned.
        try clean(7 * day + minute + 59_999, retired: 3 * day)
        #expect(try store.cells(.min..<(.max)).map(\.start) == [day])
    }

    @Test(arguments: [
        (SummaryQuery(from: EventTime(ms: 5)), "PRIMARY KEY (theme=? AND win=? AND start>?)"),
        (
            SummaryQuery(measure: "speed", from: EventTime(ms: 5), to: EventTime(ms: 9)),
            "PRIMARY KEY (theme=? AND win=? AND start>? AND start<?)"
        ),
        (SummaryQuery(places: [4]), "summaries_of_place (theme=? AND win=? AND place=?)"),
        (
            SummaryQuery(places: [4], from: EventTime(ms: 5)),
            "summaries_of_place (theme=? AND win=? AND place=? AND start>?)"
        ),
    ]) func `a query is one range of an index, and needs no sorting`(q: SummaryQuery, index: String) throws {
        let (sql, arguments) = HubStore.statement(q, "traffic", "1m", 100)
        let plan = try store.pool.read {
            try Row.fetchAll($0, sql: "EXPLAIN QUERY PLAN " + sql, arguments: arguments).map { $0["detail"] as String }
        }
        #expect(plan.count == 1 && plan[0].contains("SEARCH summaries") && plan[0].contains(index), "\(plan)")
    }

    @Test(arguments: [
        newestSQL, "DELETE FROM summaries WHERE theme = ? AND win = ? AND start < 5",
        "DELETE FROM cells WHERE theme = ? AND topic = ? AND partition = 3 AND start < 5",
        "SELECT min(win) FROM summaries WHERE theme = ? AND win > ?",
    ]) func `cleaning and look-ups scan no table`(sql: String) throws {
        let plan = try store.pool.read {
            try Row.fetchAll($0, sql: "EXPLAIN QUERY PLAN " + sql, arguments: ["traffic", "1m"]).map {
                $0["detail"] as String
            }
        }
        #expect(plan.allSatisfy { $0.hasPrefix("SEARCH") } && !plan.isEmpty, "\(plan)")
    }
}
