import HubAPI
import Testing
import TestSupport

@testable import Pipeline

/// Stations by hand: 9 percent of occupancy is usual, from the sixth minute on 40 before `st-2` and 5 behind it.
@Suite struct StationTests {
    /// A reading every 20 s of each station from minute to minute.
    func minutes(_ range: Range<Int64>, _ occupancy: [(String, Int64)]) -> [String] {
        range.flatMap { m in
            [0, 20, 40].flatMap { s in
                occupancy.map { reading($0.0, $0.1 * 1_000_000, at: m * minute + s * 1000, kind: "occupancy") }
            }
        }
    }
    func hub() throws -> MiniHub {
        try MiniHub(TinyCity.withStations(), partitions: ["sensor-readings"])
    }
    let usual: [(String, Int64)] = [("st-1", 9), ("st-2", 9)]
    let jam: [(String, Int64)] = [("st-1", 40), ("st-2", 5)]

    func value(_ h: MiniHub, _ kind: String, _ m: Int64) -> Double? {
        h.row(TinyCity.stationStreets[0], kind, "1m", eight + m * minute)?.value
    }

    @Test func `an incident between two stations is told at the second interval, and ends`() throws {
        let h = try hub()
        h.feed(0, minutes(0..<5, usual) + minutes(5..<8, jam) + minutes(8..<11, usual))
        h.commit(to: eight + 60 * minute)
        #expect((0..<10).map { value(h, "incident_california", $0) } == [0, 0, 0, 0, 0, 0.5, 1, 1, 0, 0])
        // Learns four minutes.
        #expect((0..<10).map { value(h, "incident_deviate", $0) } == [nil, nil, nil, nil, 0, 0.5, 1, 1, 0, 0])
        let s = try #require(h.row(TinyCity.stationStreets[0], "incident_california", "1m", eight + 6 * minute))
        // st-2 and st-3 have one upstream; st-3 is silent.
        #expect(s.expected == 2 && s.reporting == 1 && s.coverage == 50)
        let seen = h.incidents[0].values.filter { $0.source == .california }
        let e = try #require(seen.first?.episode)
        #expect(seen.count == 1 && seen.first?.device == "st-2" && seen.first?.street == 440_106_001_000)
        #expect(e.since == eight + 5 * minute && e.told == eight + 7 * minute && e.last == eight + 8 * minute)
        #expect(e.ended == eight + 9 * minute)
        #expect(e.measured.occupancy == 5_000_000 && e.measured.upstream == 40_000_000)
        #expect(h.incidents[0].values.first { $0.source == .deviate }?.episode.measured.usual == 9_000_000)
    }

    @Test func `an interval closes when the watermark passes its end, and not before`() throws {
        let h = try hub()
        h.feed(0, minutes(0..<5, usual) + minutes(5..<7, jam) + [reading("st-1", 9_000_000, at: 7 * minute + 4_999)])
        h.commit()
        #expect(value(h, "incident_california", 6) == nil && value(h, "incident_california", 5) == 0.5)
        h.feed(0, [reading("st-1", 9_000_000, at: 7 * minute + 5_000)])
        h.commit()
        #expect(value(h, "incident_california", 6) == 1)
    }

    @Test func `a reading of a closed interval counts in its window, not for the detectors`() throws {
        let h = try hub()
        h.feed(0, minutes(0..<7, usual) + [reading("st-1", 99_000_000, at: 5 * minute, kind: "occupancy")])
        h.commit(to: eight + 60 * minute)
        #expect(h.row(TinyCity.stationStreets[0], "occupancy", "1m", eight + 5 * minute)?.count == 7)
        #expect(value(h, "incident_deviate", 5) == 0)
    }

    @Test func `silence ends no incident and is no verdict`() throws {
        let h = try hub()
        h.feed(0, minutes(0..<5, usual) + minutes(5..<8, jam) + minutes(30..<32, jam) + minutes(32..<34, usual))
        h.commit(to: eight + 60 * minute)
        #expect(value(h, "incident_california", 20) == nil && value(h, "incident_california", 30) == 1)
        let e = h.incidents[0].values.filter { $0.source == .california }.map(\.episode)
        #expect(e.map(\.told) == [eight + 7 * minute] && e.first?.ended == eight + 33 * minute)
    }

    @Test func `a damaged state is told, one of another interval begins anew`() throws {
        let h = try hub()
        h.feed(0, minutes(0..<8, usual))
        var m = h.members[0]
        var state = m.state
        state.detectors = m.drainDetectors()
        #expect(state.detectors.count == 2)
        for n in [0, 1, 20, 60] {
            var broken = state
            broken.detectors[1].bytes.removeLast(n + 1)
            var p = PartitionProcessor(m.plan, topic: "t", partition: 0, recording: true)
            #expect(p.restore(broken) == "st-2")
        }
        let city = try TinyCity.withStations(interval: "30s")
        let plan = ContractPlan(
            try city.contract("sensor-readings"), city.catalogue, themes: [ThemePlan(city.catalogue.themes[0], city.catalogue)])
        var p = PartitionProcessor(plan, topic: "t", partition: 0, recording: true)
        #expect(p.restore(state) == nil && p.stations.drain().isEmpty)
    }
}
