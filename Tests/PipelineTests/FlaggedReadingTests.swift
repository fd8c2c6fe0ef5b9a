import CityModel
import HubAPI
import Testing
import TestSupport

@testable import Pipeline

/// Stuck and jumping sensors: numbers worked out by hand, restarts and changed registries.
@Suite struct FlaggedReadingTests {
    typealias Flag = SensorFindings.Flag

    @Test func `a jump weighs a quarter, in the mean and in the ratio`() throws {
        // 60 km/h, then 10 km/h within 20 s: 50 km/h where 20 are allowed.
        let hub = try WatchedCity.hub(
            [reading("loop-1", 60_000_000, at: 0), reading("loop-1", 10_000_000, at: 20_000)])
        let s = try #require(hub.row(WatchedCity.road, "speed", "1m", eight))
        #expect(s.flags == [Flag(sensor: "loop-1", flag: .jump, weight: 0.25)] && s.flagged == 1)
        // (60 + 10 / 4) / 1.25
        #expect(near(s.values["weighted"], 50) && s.values["mean"] == 35 && s.quality == 0.625)
        // 500 m take 30 s and 180 s, 30 s when free: (30 + 180 / 4) / (30 + 30 / 4).
        let tti = try #require(hub.row(WatchedCity.road, "tti", "1m", eight))
        #expect(near(tti.values["weighted"], 2.0) && tti.values["ratio"] == 3.5)
        #expect(tti.flags == s.flags && tti.quality == 0.625)
    }

    @Test func `a district weighs the streets' readings, not their means`() throws {
        let hub = try WatchedCity.hub([
            reading("loop-1", 60_000_000, at: 0), reading("loop-1", 10_000_000, at: 20_000),
            reading("loop-2", 30_000_000, at: 0), reading("loop-2", 30_000_000, at: 20_000),
        ])
        for place in [TinyCity.districts[1], TinyCity.city] {
            let s = try #require(hub.row(place, "speed", "1m", eight))
            // (60 + 2.5 + 30 + 30) / 3.25; 3.25 of 4.
            #expect(near(s.values["weighted"], 122.5 / 3.25) && s.quality == 0.8125 && s.flagged == 1)
            #expect(s.values["mean"] == 32.5 && s.findings == nil)
        }
    }

    @Test func `the weights are the contract's own`() throws {
        let city = try WatchedCity.load([
            "max_change_per_minute: 60, source: test }":
                "max_change_per_minute: 60, weights: { jump: 0 }, source: test }"
        ])
        let s = try #require(
            try WatchedCity.hub([reading("loop-1", 60_000_000, at: 0), reading("loop-1", 10_000_000, at: 20_000)], city)
                .row(WatchedCity.road, "speed", "1m", eight))
        #expect(s.values["weighted"] == 60 && s.quality == 0.5 && s.flags.first?.weight == 0)
        let only = try #require(
            try WatchedCity.hub(
                [reading("loop-1", 60_000_000, at: 59_000), reading("loop-1", 10_000_000, at: 61_000)], city
            ).row(WatchedCity.road, "speed", "1m", eight + minute))
        // Nothing weighs anything: there is no weighted mean, and the plain one stands.
        #expect(only.values["weighted"] == nil && only.values["mean"] == 10 && only.quality == 0)
    }

    @Test func `a kind without checks has no quality and no flags`() throws {
        let hub = try WatchedCity.hub([reading("rain-1", 1_000_000, at: 0, kind: "rainfall")])
        let s = try #require(hub.row(WatchedCity.road, "rainfall", "5m", eight))
        #expect(s.quality == nil && s.flagged == nil)
    }

    @Test func `out-of-order readings count at full weight`() throws {
        let hub = try WatchedCity.hub([
            reading("loop-1", 60_000_000, at: 20_000), reading("loop-1", 200_000_000, at: 19_000),
            reading("loop-1", 60_000_000, at: 21_000),
        ])
        let s = try #require(hub.row(WatchedCity.road, "speed", "1m", eight))
        #expect(s.count == 3 && s.flagged == 0 && s.quality == 1 && s.values["max"] == 200)
    }

    @Test func `after a restart with sensors added and moved in the registry each has its own cells and track back`() throws {
        func water(_ minutes: Range<Int64>) -> [String] {
            minutes.flatMap { m in
                [
                    WatchedCity.water("gauge-a", 0.2, m * 60), WatchedCity.water("gauge-b", 0.2 + 0.01 * Double(m), m * 60),
                    WatchedCity.water("gauge-a", 0.2, m * 60 + 30),
                ]
            }
        }
        func processor(_ registry: String) throws -> (PartitionProcessor, ThemePlan) {
            let own = try WatchedCity.load([WatchedCity.registry(groups: true): registry])
            let theme = ThemePlan(own.catalogue.themes[0], own.catalogue)
            let plan = ContractPlan(try own.contract("sensor-readings"), own.catalogue, themes: [theme])
            return (PartitionProcessor(plan, topic: "t", partition: 0, recording: true), theme)
        }
        let rows = WatchedCity.registry(groups: true).split(separator: "\n").map(String.init)
        let changed = [rows[0]] + rows.dropFirst().reversed()
            + ["c", "d"].map { "gauge-\($0),water_level,gauge,\(WatchedCity.pair),m,60,Water,,,,a" }
        var (p, theme) = try processor(rows.joined(separator: "\n") + "\n")
        // Half of the last minute is read before the restart.
        let all = water(0..<12)
        p.feed(Array(all.prefix(34)))
        var state = p.state
        state.tracks = p.drainTracks()
        let stored = p.drainCells(theme: 0).map { c in
            (cell: c, name: theme.cellName(street: Int(c.street), input: Int(c.input)), a: p.tables[0].aggregate(c))
        }
        #expect(Set(stored.map(\.name)).isSuperset(of: ["@gauge-a/water_level", "@gauge-b/water_level"]))
        (p, theme) = try processor(changed.joined(separator: "\n") + "\n")
        p.restore(state)
        for (c, name, a) in stored {
            let input = try #require(theme.input(cell: name, street: Int(c.street)))
            var cell = c
            cell.input = Int32(input)
            p.restoreCell(theme: 0, cell, try #require(a))
        }
        p.feed(Array(all.dropFirst(34)))
        var rollUp = RollUp(theme)
        rollUp.note(p.tables[0].cells)
        let s = try #require(rollUp.emitAll([p.tables[0]]).first {
            $0.place == WatchedCity.pair && $0.measure == "water_level" && $0.window == "1m"
                && $0.start.ms == eight + 11 * minute
        })
        // Group `a` is silent; its slots stand before those of group `w` now.
        #expect(s.agreement?.group == "w" && s.agreement?.members.map(\.sensor) == ["gauge-a", "gauge-b"])
        #expect(near(s.agreement?.members[0].value, 0.2) && near(s.agreement?.members[1].value, 0.31))
        // Two readings of gauge-a, one of them from before the restart.
        #expect(s.agreement?.off == ["gauge-a"] && s.count == 3 && near(s.quality, (0.1 + 0.1 + 1) / 3))
    }
}
