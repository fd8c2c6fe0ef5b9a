import CityModel
import HubAPI
import Pipeline
import Store
import Testing
import Windowing

@testable import Contracts
@testable import Serving

@Suite struct SensorTests {
    /// The watermark of the test health's only live partition, ms.
    private let watermark = present - 5500

    private func heard(_ seen: [(sensor: String, kind: String, time: Int64)], partition: Int32 = 0) -> Commit {
        var c = Commit()
        c.partitions = [
            .init(
                topic: "city.readings", partition: partition,
                state: PartitionState(ledger: Ledger(), maxEventTime: 0, frames: [], dedupGeneration: 0), ids: [],
                cells: [],
                tracks: seen.map {
                    var t = PartitionState.Track(sensor: $0.sensor, kind: $0.kind, track: .init())
                    t.track.time = $0.time
                    return t
                })
        ]
        return c
    }

    private func states(_ a: SensorsResponse) -> [String: SensorsResponse.State] {
        Dictionary(a.sensors.map { ($0.sensor, $0.state) }, uniquingKeysWith: { a, _ in a })
    }

    @Test func `a sensor silent for more than three intervals is stale, by street and department`() async throws {
        try await Served.with([], health()) { s in
            try s.store.commit(
                heard([("l1", "speed", watermark - 30_000), ("l2", "speed", watermark - 30_001), ("s1", "smoke", watermark + 9)]))
            let a = try await s.decode(SensorsResponse.self, "/v1/sensors")
            #expect(states(a) == ["l1": .fresh, "l2": .stale, "s1": .fresh, "s2": .never])
            #expect(a.sensors.map(\.sensor) == ["s2", "l1", "s1", "l2"])
            #expect(a.sensors.map(\.silentSeconds) == [nil, 30, 0, 30])
            #expect(a.asOf == ["city.readings": EventTime(ms: watermark)])
            #expect(
                a.owners == [
                    .init(name: "Fire", fresh: 1, stale: 0, never: 1), .init(name: "Police", fresh: 1, stale: 1, never: 0),
                ])
            #expect(a.streets.map(\.name) == ["440105001000", "440106001000", "440106002000"])
            let metrics = try await s.get("/metrics").text
            #expect(metrics.contains("kapok_sensors{owner=\"Police\",state=\"stale\"} 1"))
        }
    }

    @Test func `what was learned of a free-flow speed is told beside the registry's`() async throws {
        try await Served.with([], health()) { s in
            var c = heard([("l1", "speed", watermark), ("l2", "speed", watermark)])
            var track = FreeFlowTrack(registry: 60_000_000)
            let rule = FreeFlowTrack.Rule(
                percentile: 85, weekdays: [0..<86_400_000], weekends: [0..<86_400_000], offsetMs: 0, after: 2)
            for i in 0..<3 { track.note(80_000_000, at: Int64(i) * 43_200_000, sound: true, rule) }
            c.partitions[0].tracks[0].memory = SensorMemory(freeFlow: track)
            try s.store.commit(c)
            let a = try await s.decode(SensorsResponse.self, "/v1/sensors?kind=speed")
            let row = try #require(a.sensors.first { $0.sensor == "l1" })
            // Two readings before the midnight: 60 + 0.85 (320 / 65 + 320 / 66); then the third.
            #expect(row.freeFlow?.inUse == 68.305825 && row.freeFlow?.learned == 72.365526)
            #expect(row.freeFlow?.readings == 3 && row.freeFlow?.since == EventTime(ms: 86_400_000))
            #expect(a.sensors.first { $0.sensor == "l2" }?.freeFlow == nil)
            // It outlives a restart, as all memory does.
            #expect(try s.store.partition("city.readings", 0)?.tracks.first { $0.sensor == "l1" }?.memory?.freeFlow == track)
        }
    }

    @Test func `a sensor that is read in two partitions counts by its newest reading`() async throws {
        try await Served.with([], health()) { s in
            try s.store.commit(heard([("l1", "speed", watermark)]))
            try s.store.commit(heard([("l1", "speed", watermark - 90_000)], partition: 1))
            #expect(states(try await s.decode(SensorsResponse.self, "/v1/sensors?kind=speed"))["l1"] == .fresh)
        }
    }

    @Test func `where all partitions are idle silence goes on with the wall clock`() async throws {
        let seen = heard([("l1", "speed", present - 31_000)])
        for (idle, state) in [([false, true], SensorsResponse.State.fresh), ([true, true], .stale)] {
            try await Served.with([], health(idle: idle)) { s in
                try s.store.commit(seen)
                #expect(states(try await s.decode(SensorsResponse.self, "/v1/sensors"))["l1"] == state)
            }
        }
    }

    @Test func `filters choose what is listed, and counts stay whole`() async throws {
        try await Served.with([], health()) { s in
            try s.store.commit(heard([("l1", "speed", watermark), ("l2", "speed", 0)]))
            func ids(_ query: String) async throws -> [String] {
                try await s.decode(SensorsResponse.self, "/v1/sensors?" + query).sensors.map(\.sensor)
            }
            #expect(try await ids("state=silent") == ["s2", "s1", "l2"])
            #expect(try await ids("state=stale") == ["l2"])
            #expect(try await ids("owner=Fire") == ["s2", "s1"])
            #expect(try await ids("place=440106000000&kind=smoke") == ["s1"])
            let cut = try await s.decode(SensorsResponse.self, "/v1/sensors?limit=1&state=never")
            #expect(cut.truncated && cut.sensors.count == 1 && cut.owners.count == 2)
            #expect(try await s.get("/v1/sensors?owner=Nobody").status == 404)
            #expect(try await s.get("/v1/sensors?state=odd").status == 400)
        }
    }

    @Test func `without a time to compare with a sensor is neither fresh nor stale`() async throws {
        try await Served.with([]) { s in
            try s.store.commit(heard([("l1", "speed", 0)]))
            let a = try await s.decode(SensorsResponse.self, "/v1/sensors?kind=speed")
            #expect(states(a) == ["l1": .unknown, "l2": .never] && a.asOf.isEmpty)
        }
    }
}
