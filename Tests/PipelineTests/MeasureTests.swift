import Analytics
import CityModel
import Contracts
import HubAPI
import Testing
import TestSupport
import Windowing

@testable import Pipeline

/// Measures against numbers worked out by hand.
@Suite struct MeasureTests {
    func hub(_ contract: String, _ records: [String]) throws -> MiniHub {
        let hub = try MiniHub(partitions: [contract])
        hub.feed(0, records)
        hub.commit(to: eight + 60 * minute)
        return hub
    }

    @Test func `speed of one street`() throws {
        let hub = try hub("sensor-readings", [
            reading("fcd-1", 20_000_000, at: 1), reading("fcd-2", 40_000_000, at: 3),
            reading("fcd-1", 60_000_000, at: 2),
        ])
        let s = try #require(hub.row("440103001000", "speed", "1m", eight))
        #expect(s.values["count"] == 3 && s.values["sum"] == 120 && s.values["mean"] == 40 && s.value == 40)
        #expect(s.values["min"] == 20 && s.values["max"] == 60 && s.values["last"] == 40)
        // ((20 - 40)^2 + 0 + (60 - 40)^2) / 3
        #expect(abs((s.values["variance"] ?? 0) - 800.0 / 3) < 1e-9)
        #expect(s.expected == 2 && s.reporting == 2 && s.coverage == 100)
        // Only what can report within a window is expected in it, and nothing without a sensor.
        #expect(hub.row("440103001000", "flow", "1m", eight) == nil)
    }

    @Test func `percentiles are within one percent of the nearest rank`() throws {
        var rng = SplitMix64(state: 3)
        let values = (0..<1000).map { _ in Int64.random(in: 500_000...200_000_000, using: &rng) }
        let hub = try hub("sensor-readings", values.enumerated().map { reading("loop-1", $1, at: Int64($0)) })
        let sorted = values.sorted()
        for (name, rank) in [("p15", 150), ("p50", 500), ("p85", 850)] {
            let exact = Double(sorted[rank - 1]) / 1e6
            let got = try #require(hub.row("440106001000", "speed", "1m", eight)?.values[name])
            #expect(abs(got - exact) <= exact * 0.01)
        }
    }

    @Test func `one value is its own percentile`() throws {
        let s = try #require(hub("sensor-readings", [reading("loop-1", 37_123_456, at: 0)])
            .row("440106001000", "speed", "1m", eight))
        #expect(s.values["p15"] == 37.123456 && s.values["p85"] == 37.123456 && s.values["variance"] == 0)
    }

    @Test func `flow is vehicles by the hour of the window`() throws {
        let hub = try hub("sensor-readings", (0..<6 as Range<Int64>).map {
            reading("loop-1", 5_000_000, at: $0 * 20_000, kind: "vehicles")
        })
        #expect(hub.row("440106001000", "flow", "1m", eight)?.value == 900)
        #expect(hub.row("440106001000", "flow", "5m", eight)?.value == 360)
        #expect(hub.row("440106001000", "flow", "5m", eight - 4 * minute)?.value == 180)
    }

    @Test func `travel time index weighs by the length of the road`() throws {
        let hub = try hub(
            "sensor-readings", [reading("loop-1", 30_000_000, at: 0), reading("loop-2", 50_000_000, at: 0)])
        // 500 m at 30 km/h is 60 s (free 30 s), 1000 m at 50 km/h is 72 s (free 72 s).
        let s = try #require(hub.row("440106000000", "tti", "1m", eight))
        #expect(s.value == 132.0 / 102.0 && s.severity == .blue)
        #expect(hub.row("440106001000", "tti", "1m", eight)?.severity == .orange)
    }

    @Test func `density is persons over the area that was looked at`() throws {
        let people = (1...6).map { (id: "\($0)", type: "person") }
        let hub = try hub(
            "video", [minimal("cam-1", people, at: 0), minimal("cam-1", Array(people.prefix(2)), at: 5_000)])
        let s = try #require(hub.row("440106001000", "crowd", "1m", eight))
        #expect(s.value == 8.0 / 200 && s.count == 2 && s.values["count"] == 2)
    }

    @Test func `a threshold is reached at the value itself`() throws {
        let levels = try #require(try TinyCity().catalogue.themes[0].measures.first { $0.name == "tti" }?.levels)
        let expected: [(Double, Severity)] = [
            (0, .normal), (1.1999, .normal), (1.2, .blue), (1.5, .yellow), (1.8, .orange), (2.0999, .orange),
            (2.1, .red), (99, .red),
        ]
        for (value, severity) in expected { #expect(levels.severity(of: value) == severity, "\(value)") }
        var below = levels
        below.direction = .below
        below.steps = below.steps.reversed().enumerated().map { i, step in
            var s = step
            s.severity = [.blue, .yellow, .orange, .red][i]
            return s
        }
        let falling: [(Double, Severity)] = [
            (2.2, .normal), (2.1, .blue), (1.9, .blue), (1.8, .yellow), (1.2, .red), (0, .red),
        ]
        for (value, severity) in falling { #expect(below.severity(of: value) == severity, "\(value)") }
    }

    @Test func `nothing measured is no value, never a normal one`() throws {
        let m = try #require(try TinyCity().catalogue.themes[0].measures.first { $0.name == "tti" })
        for a in [nil, Aggregate()] as [Aggregate?] {
            let v = MeasureValues(m, numerator: a, denominator: nil, sizeMs: 60_000, reporting: 0)
            #expect(v.values.isEmpty && v.display == nil && v.severity == .unknown)
        }
        var late = Aggregate()
        late.addLate()
        #expect(MeasureValues(m, numerator: late, denominator: late, sizeMs: 60_000, reporting: 0).severity == .unknown)
    }
}
