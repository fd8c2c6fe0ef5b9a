import CityModel
import HubAPI
import Testing
import TestSupport

@testable import Pipeline

/// Rows that are made of other rows.
@Suite struct ComposedRowTests {
    private func hub(_ partitions: Int = 1) throws -> MiniHub {
        try MiniHub(
            TinyCity(["themes/city.yaml": TinyCity.composedTheme]),
            partitions: Array(repeating: "sensor-readings", count: partitions))
    }

    /// Readings of speed and water of one partition, mostly in order.
    private func records(_ n: Int, _ rng: inout SplitMix64) -> [String] {
        (0..<n).map { i in
            let at = Int64(i) * 3_000 - [0, 0, 0, 4_000, 90_000].randomElement(using: &rng)!
            if Int.random(in: 0..<4, using: &rng) == 0 {
                return reading("gauge-\(Int.random(in: 1...2, using: &rng))", .random(in: 0...1_000_000, using: &rng), at: at, kind: "water_level", unit: "m")
            }
            let sensor = ["loop-1", "loop-2", "loop-3", "fcd-1", "fcd-2"].randomElement(using: &rng)!
            return reading(sensor, .random(in: 0...90_000_000, using: &rng), at: at, unit: "km/h")
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `any interleaving, batch and restart gives the same composed rows and digests`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let sequences = (0..<3).map { _ in records(200, &rng) }
        var views: [[MiniHub.Key: Summary]] = []
        for turn in 0..<3 {
            let hub = try hub(3)
            var at = [0, 0, 0]
            while let p = sequences.indices.filter({ at[$0] < 200 }).randomElement(using: &rng) {
                let n = min(200 - at[p], .random(in: 1...30, using: &rng))
                hub.feed(p, Array(sequences[p][at[p]..<(at[p] + n)]))
                at[p] += n
                guard turn > 0, Bool.random(using: &rng) else { continue }
                hub.commit()
                if turn > 1, Int.random(in: 0..<4, using: &rng) == 0 { hub.restart() }
            }
            hub.commit(to: eight + 1000 * minute)
            views.append(hub.view.filter { $0.value.count > 0 }.mapValues {
                var s = $0
                (s.status, s.revision) = (.complete, 0)
                return s
            })
        }
        #expect(views[0] == views[1] && views[1] == views[2])
        for m in ["worst", "jam", "soon"] { #expect(views[0].contains { $0.key.measure == m && $0.value.value != nil }) }
    }

    @Test func `composed rows are made of the rows of their own place and window`() throws {
        var rng = SplitMix64(state: 3)
        let hub = try hub()
        hub.feed(0, records(400, &rng))
        hub.commit(to: eight + 1000 * minute)
        var seen = 0
        for (key, s) in hub.view where key.measure == "worst" {
            let parts = ["slowest", "speed"].map { hub.view[.init(place: key.place, measure: $0, window: key.window, start: key.start)] }
            #expect(s.value == parts.compactMap { $0?.value }.max())
            #expect(s.count == parts.reduce(0) { $0 + ($1?.count ?? 0) } && s.expected == parts.reduce(0) { $0 + ($1?.expected ?? 0) })
            #expect(s.evidence?.parts.map(\.value) == parts.map { $0?.value })
            #expect((s.value == nil) == (s.severity == .unknown))
            seen += 1
        }
        #expect(seen > 100)
    }

    @Test func `above streets certainty and times are those of the worst street, and counts are sums`() throws {
        var rng = SplitMix64(state: 4)
        let hub = try hub()
        hub.feed(0, records(400, &rng))
        hub.commit(to: eight + 1000 * minute)
        let tree = hub.theme.places
        var (seen, mixed) = (0, 0)
        for (key, s) in hub.view where s.level != .street && ["jam", "soon"].contains(key.measure) {
            let streets = tree.streets.map { tree.places[$0] }.filter { s.level == .city || String($0.parent ?? 0) == key.place }
                .compactMap { hub.row($0.codeText, key.measure, key.window, key.start) }
            let values = streets.compactMap(\.value)
            #expect(s.value == (key.measure == "jam" ? values.max() : values.min()))
            #expect(s.evidence?.place == streets.first { $0.value != nil && $0.value == s.value }?.place)
            #expect(s.severity == streets.map(\.severity).max())
            #expect(s.count == streets.reduce(0) { $0 + $1.count } && s.reporting == streets.reduce(0) { $0 + $1.reporting })
            if key.measure == "jam" { #expect(s.certainty == streets.map { $0.certainty ?? .unknown }.max()) }
            seen += 1
            if Set(values).count > 1 { mixed += 1 }
        }
        #expect(seen > 50 && mixed > 10)
    }

    @Test func `a digest changes with any part, and only then`() throws {
        func rows(_ level: Int64) throws -> [MiniHub.Key: Summary] {
            let hub = try hub()
            hub.feed(0, [
                reading("fcd-1", 20_000_000, at: 1, unit: "km/h"), reading("gauge-1", level, at: 2, kind: "water_level", unit: "m"),
                reading("loop-1", 30_000_000, at: 3, unit: "km/h"),
            ])
            hub.commit(to: eight + 60 * minute)
            return hub.view
        }
        let (a, b) = (try rows(500_000), try rows(500_001))
        func same(_ place: String, _ measure: String) -> Bool {
            let key = MiniHub.Key(place: place, measure: measure, window: "1m", start: eight)
            return a[key]?.digest == b[key]?.digest && a[key]?.digest.count == 64
        }
        #expect(!same("440103001000", "jam") && !same(TinyCity.city, "jam") && !same("440103000000", "jam"))
        #expect(same("440103001000", "worst") && same(TinyCity.city, "worst") && same("440106001000", "jam"))
    }

    @Test func `the last minutes show composed measures too`() throws {
        let city = try TinyCity(["themes/city.yaml": TinyCity.composedTheme])
        let plan = ThemePlan(city.catalogue.themes[0], city.catalogue)
        let window = SlidingWindow(WindowRows(plan), name: "last-5m", panes: 0..<300_000, measure: "jam")
        #expect(window.inputs.sorted() == ["speed", "water_level"])
        let rows = window.summaries(places: [0])
        #expect(rows.map(\.measure) == ["jam"] && rows[0].certainty == .unknown && rows[0].severity == .unknown)
    }
}
