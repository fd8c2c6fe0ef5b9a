import Alerting
import CityModel
import Contracts
import Foundation
import HubAPI
import TestSupport
import Testing

/// The shipped city: 11 districts, 178 streets.
@Suite struct StormTests {
    typealias F = AlertFixture
    static let catalogue = Result { try Catalogue.load(Repo.root.appending(path: "Topics").path) }

    static func engine(_ rules: [RuleDef]) throws -> (AlertEngine, PlaceTree) {
        let c = try catalogue.get()
        var theme = try #require(c.theme("emergency"))
        theme.name = "city"
        theme.rules = rules
        return (AlertEngine(themes: [theme], topics: [:], places: c.places), c.places)
    }

    static func row(_ m: Int64, _ p: Place, _ v: Double) -> Summary {
        var r = F.row(m, p.codeText, v)
        r.level = p.level
        return r
    }

    @Test
    func
        `when every street floods at once a subscriber gets one notice a district and one for the city, with all counted`()
        throws
    {
        var (engine, places) = try Self.engine([F.rule])
        var router = NoticeRouter(AlertFilter(theme: "city", minSeverity: .yellow), places: places)
        let streets = places.places[places.streets]
        let rows = ([places.places[0]] + streets).map { Self.row(0, $0, 0.5) }
        var early: [AlertDelivery] = []
        // Then second by second for the rest of the minute.
        for second in 0..<60 {
            let now = F.start + F.minute + Int64(second) * 1000
            early += router.offer(engine.step(rows: second == 0 ? rows : [], now: now).notices, now: now)
        }
        var told: Set<String> = []
        #expect(early.count == 12)
        #expect(Set(early.map(\.place)).count == 12)
        for d in early { told.formUnion(d.notices.map(\.alert.place)) }
        #expect(told.count == 179 && engine.alerts.count == 179)
        #expect(early.allSatisfy { $0.worst == .red } && router.waiting == 0)
        #expect(early.last?.settled == 179)
    }

    @Test func `streets that cross one by one are gathered: one delivery a district at once, one after a minute`()
        throws
    {
        var (engine, places) = try Self.engine([F.rule])
        var router = NoticeRouter(AlertFilter(minSeverity: .yellow), places: places)
        let start = F.start
        var first: [AlertDelivery] = []
        var all: [AlertDelivery] = []
        let streets = Array(places.places[places.streets])
        // A minute's window each, all within 30 s of wall time: a hub that catches up.
        for i in streets.indices {
            let now = start + Int64(i) * 30_000 / 178
            let rows = (0...i).map { Self.row(Int64(i), streets[$0], 0.5) }
            let out = router.offer(engine.step(rows: rows, now: now).notices, now: now)
            first += out
        }
        #expect(first.count == 11 && router.waiting > 0)
        all = first
        #expect(router.nextDue != nil)
        while let due = router.nextDue { all += router.tick(now: due) }
        #expect(all.count == 22 && router.waiting == 0)
        let notices = all.flatMap(\.notices)
        #expect(Set(notices.map(\.alert.place)).count == 178 && Set(notices.map(\.sequence)).count == notices.count)
        #expect(all.last?.settled == notices.map(\.sequence).max())
        for d in all { #expect(d.notices.map(\.sequence) == d.notices.map(\.sequence).sorted()) }
    }

    @Test func `a subscriber that was away gets what it missed in order, and nothing twice`() throws {
        var f = try F()
        var notices: [AlertNotice] = []
        for (i, p) in TinyCity.streets.enumerated() { notices += f.run(Int64(i), p, [0.2]).notices }
        #expect(notices.map(\.sequence) == [1, 2, 3, 4])
        var router = NoticeRouter(AlertFilter(), places: f.city.catalogue.places)
        let live = router.offer([notices[0]], now: 0)
        #expect(live.map(\.settled) == [1])
        var back = NoticeRouter(AlertFilter(), places: f.city.catalogue.places, after: live[0].settled)
        let missed = back.catchUp(notices, now: 60_000)
        #expect(missed.count == 1 && missed[0].notices.map(\.sequence) == [2, 3, 4] && missed[0].settled == 4)
        #expect(back.offer(notices, now: 60_000).isEmpty)
    }

    @Test func `what waits is not settled: whoever goes on behind it misses nothing`() throws {
        var f = try F()
        let places = f.city.catalogue.places
        var notices: [AlertNotice] = []
        // Two in the west, one in the east, one more in the west.
        for (i, p) in [0, 1, 2].enumerated() { notices += f.run(Int64(i), TinyCity.streets[p], [0.2]).notices }
        notices += f.run(3, TinyCity.streets[0], [0.5]).notices
        var router = NoticeRouter(AlertFilter(), places: places)
        #expect(router.offer([notices[0]], now: 0).map(\.settled) == [1])
        #expect(router.offer([notices[1]], now: 1000).isEmpty)
        let east = router.offer([notices[2]], now: 2000)
        #expect(east.map(\.place) == [TinyCity.districts[1]] && east[0].settled == 1)
        #expect(router.offer([notices[3]], now: 3000).isEmpty && router.nextDue == 60_000)
        let west = router.tick(now: 60_000)
        #expect(west.map { $0.notices.map(\.sequence) } == [[2, 4]] && west[0].settled == 4)
        // A clock that is set back makes nobody wait longer than a minute more.
        _ = router.offer([notices[3]], now: 0)
        #expect(router.nextDue == nil)
    }

    @Test func `filters choose by theme, place and the worst severity that an alert had`() throws {
        var f = try F([LifecycleTests.rule { $0.keepFiringMs = 0 }])
        let places = f.city.catalogue.places
        var notices = f.run(0, TinyCity.streets[0], [0.5, 0.2]).notices
        notices += f.run(2, TinyCity.streets[0], [0.01]).notices
        notices += f.run(3, TinyCity.streets[2], [0.2]).notices
        #expect(notices.map(\.kind) == [.opened, .resolved, .opened])
        func count(_ filter: AlertFilter) -> Int {
            var r = NoticeRouter(filter, places: places)
            return r.offer(notices, now: 0).reduce(0) { $0 + $1.notices.count }
        }
        #expect(count(AlertFilter()) == 3)
        // It ended as yellow, but had been red: its end is told too.
        #expect(count(AlertFilter(minSeverity: .red)) == 2)
        #expect(count(AlertFilter(place: TinyCity.districts[1])) == 1 && count(AlertFilter(place: TinyCity.city)) == 3)
        #expect(count(AlertFilter(theme: "other")) == 0)
    }

    @Test func `load counts what each desk got in ten minutes`() throws {
        var f = try F()
        var load = AlertLoad(places: f.city.catalogue.places)
        for p in TinyCity.streets.prefix(2) {
            for n in f.run(p == TinyCity.streets[0] ? 0 : 1, p, [0.2]).notices { load.note(n) }
        }
        let told = f.now
        #expect(load.counts(now: told).map(\.notices) == [1, 1])
        for n in f.wait(600_000).notices { load.note(n) }
        // Both are with the district now, and the streets' own are ten minutes old.
        let later = load.counts(now: f.now)
        #expect(later.map(\.desk.place) == [TinyCity.districts[0]] && later.map(\.notices) == [2])
    }
}
