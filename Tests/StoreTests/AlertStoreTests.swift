import Alerting
import CityModel
import Foundation
import HubAPI
import Testing

@testable import Contracts
@testable import Store

@Suite struct AlertStoreTests {
    static let place: UInt64 = 440_106_004_000

    static func engine(_ book: AlertBook = .init()) throws -> AlertEngine {
        let rule = RuleDef(
            name: "slow", title: ["zh": "慢", "en": "Slow"], measure: "speed", window: "1m", direction: .below,
            levels: [.init(severity: .red, raise: 20, clear: 25)], forMs: 0, keepFiringMs: 0,
            staleAfterMs: 5 * minute, scope: [.street], flap: .init(raises: 4, withinMs: 60 * minute),
            escalateMs: [], source: "test")
        let measure = MeasureDef(
            name: "speed", title: [:], source: .kind("speed"), unit: "km/h", windows: ["1m"], aggregates: ["mean"],
            display: "mean")
        let theme = ThemeDef(
            name: "traffic", version: 1, title: [:], topics: [], paneMs: minute,
            windows: [WindowDef(name: "1m", sizeMs: minute, everyMs: minute)], measures: [measure], rules: [rule])
        let places = try PlaceTree([
            Place(code: 440_100_000_000, level: .city, name: "c", nameEn: "c", parent: nil),
            Place(code: 440_106_000_000, level: .district, name: "d", nameEn: "d", parent: 440_100_000_000),
            Place(code: place, level: .street, name: "s", nameEn: "s", parent: 440_106_000_000),
        ])
        return AlertEngine(themes: [theme], topics: [:], places: places, book: book)
    }

    @Test func `a book read back is the engine's own, whatever has happened`() throws {
        let folder = try TemporaryFolder()
        var engine = try Self.engine()
        let values: [Double?] = [30, 10, nil, 30, 30, 10, 10, 30, nil, nil, nil, nil, nil, nil, 10]
        for (i, v) in values.enumerated() {
            let store = try HubStore(path: folder.db)
            #expect(try store.alertBook() == engine.book)
            var c = Commit()
            let actions: [AlertAction] =
                i == 6
                ? [
                    .init(
                        .silence, actor: "li", reason: "r", until: EventTime(ms: 100 * minute),
                        matcher: .init(theme: "traffic"))
                ]
                : []
            c.alerts = engine.step(
                rows: [summary(start: Int64(i) * minute, value: v)], actions: actions,
                marks: [.init(topic: "t", partition: 0, maxEventTime: Int64(i) * minute, next: Int64(10 * i))],
                now: Int64(i + 1) * minute)
            try store.commit(c)
            try store.close()
        }
        let store = try HubStore(path: folder.db)
        #expect(try store.alertBook() == engine.book)
        #expect(engine.book.header.silences.count == 1 && engine.book.header.sequence > 0)
        // Every alert is there, the newest first, with its whole life.
        let alerts = try store.alerts(AlertQuery())
        #expect(alerts.count == 3 && alerts.map(\.since) == alerts.map(\.since).sorted(by: >))
        for a in alerts {
            let found = try #require(try store.alert(a.id))
            #expect(found.alert == a && found.transitions.map(\.revision) == Array(1...a.revision))
        }
        #expect(try store.alerts(AlertQuery(states: [.resolved])).count == 2)
        #expect(
            try store.alerts(AlertQuery(places: [Self.place], from: alerts[1].since, to: alerts[0].since)).map(\.id)
                == [alerts[1].id])
        #expect(try store.alerts(AlertQuery(rule: "other")).isEmpty && store.alert("x") == nil)
        let newest = try store.newestNotice()
        #expect(newest == engine.book.header.sequence)
        #expect(try store.notices(after: 0, limit: 1000).map(\.sequence) == Array(1...newest))
        #expect(try store.notices(after: newest - 1, limit: 1000).count == 1)
        #expect(
            try store.silences(endingAfter: 50 * minute).count == 1 && store.silences(endingAfter: 100 * minute).isEmpty
        )
        let all = try store.alertHistory(limit: 1000)
        #expect(all.map(\.at) == all.map(\.at).sorted() && all.count == alerts.map(\.revision).reduce(0, +))
        try store.close()
    }

    @Test func `a stored record that cannot be read is damage`() throws {
        let folder = try TemporaryFolder()
        let store = try HubStore(path: folder.db)
        try store.write { try $0.execute(sql: "INSERT INTO alert_records VALUES ('t', 'r', '1', '{}')") }
        #expect { try store.alertBook() } throws: { ($0 as? KapokError)?.code == "database-corrupt" }
        try store.close()
    }
}
