import Contracts
import HubAPI
import Testing
import TestSupport

@testable import Pipeline

/// Kinds that are derived from a sensor's own history, from records to rows.
@Suite struct HistoryTests {
    /// The tiny city with a memory in every kind, in 440106001000 and its neighbour street.
    static func city(after: Int = 10) throws -> TinyCity {
        let contract = (TinyCity.files["inputs/sensor-readings.yaml"] ?? "")
            .replacing(
                "    convert: { mph: 1.609344, m/s: 3.6 }\n",
                with: """
                        convert: { mph: 1.609344, m/s: 3.6 }
                        checks: { max_change_per_minute: 200, source: test }
                        free_flow:
                          off_peak: { weekdays: [00:00-24:00] }
                          utc_offset: "-08:00"
                          after: \(after)
                          source: test

                    """
            ).replacing(
                "    convert: { cm: 0.01, mm: 0.001 }\n",
                with: """
                        convert: { cm: 0.01, mm: 0.001 }
                        rate: { over: 2m, per: minute, source: test }
                        alarm: { raise: [0.1, 0.2, 0.3, 0.4], clear: [0.05, 0.15, 0.25, 0.35], for: 2, source: test }

                    """)
        let measures: [(name: String, source: String, aggregates: String)] = [
            ("free_flow", "kind: free_flow", "min, max, count"), ("tti", "ratio: [travel_time, free_flow_time]", "ratio, count"),
            ("time", "kind: time_ratio", "max"), ("congestion", "congested: { from: 1.5, source: t }", "ratio, count"),
            ("rise", "kind: water_level_rate", "max, min, count"), ("alarm", "kind: water_level_alarm", "max, distinct, count"),
            ("confirmed", "kind: water_level_confirmed", "max, mean"),
        ]
        var theme = """
            version: 1
            title: { zh: 城, en: City }
            topics: [sensor-readings]
            pane: 1m
            windows:
              1m: { size: 1m }
              5m: { size: 5m, every: 1m }
            measures:

            """
        for m in measures {
            theme += "  \(m.name):\n    title: { zh: 值, en: Value }\n    \(m.source)\n    unit: \"1\"\n"
                + "    aggregates: [\(m.aggregates)]\n"
        }
        let registry = """
            id,kind,device,street,unit,interval_s,owner,free_flow_kmh,length_m,area_m2
            loop-1,speed,loop,440106001000,km/h,20,Roads,60,500,
            loop-1,vehicles,loop,440106001000,veh,20,Roads,,,
            loop-2,speed,loop,440106002000,km/h,20,Roads,,1000,
            loop-2,vehicles,loop,440106002000,veh,20,Roads,,,
            gauge-1,water_level,gauge,440106001000,m,20,Water,,,
            gauge-2,water_level,gauge,440106001000,m,20,Water,,,
            gauge-3,water_level,gauge,440106002000,m,20,Water,,,

            """
        return try TinyCity([
            "inputs/sensor-readings.yaml": contract, "themes/city.yaml": theme, "sensors/all.csv": registry,
        ])
    }

    /// Some minutes around a midnight of the contract's local time (UTC-8, 08:00 UTC): 07:56 to 08:04.
    static func records(_ n: Int, _ rng: inout SplitMix64) -> [String] {
        var level = 0.0
        return (0..<n).map { i in
            let at = Int64(i) * 480_000 / Int64(n) - 240_000 + .random(in: -4000...4000, using: &rng)
            let which = Int.random(in: 0...6, using: &rng)
            level = max(0, level + .random(in: -0.02...0.03, using: &rng))
            switch which {
            case 0, 1: return reading("loop-\(which + 1)", .random(in: 20_000_000...90_000_000, using: &rng), at: at)
            case 2, 3:
                return reading(
                    "loop-\(which - 1)", .random(in: 0...9, using: &rng) * 1_000_000, at: at, kind: "vehicles")
            default: return reading("gauge-\(which - 3)", Int64(level * 1e6), at: at, kind: "water_level")
            }
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `restarts at any commit, and batches of any size, change no row and no digest`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let records = Self.records(900, &rng)
        func run(restarts: Bool) throws -> [MiniHub.Key: Summary] {
            let hub = try MiniHub(try Self.city(), partitions: ["sensor-readings"])
            var at = 0
            while at < records.count {
                let n = restarts ? Int.random(in: 1...90, using: &rng) : 300
                hub.feed(0, Array(records[at..<min(records.count, at + n)]))
                at += n
                hub.commit()
                if restarts { hub.restart() }
            }
            hub.commit(to: eight + 60 * minute)
            return hub.view.filter { $0.value.count > 0 }
        }
        let whole = try run(restarts: false)
        let broken = try run(restarts: true)
        #expect(Set(whole.keys) == Set(broken.keys))
        for (key, s) in whole {
            #expect(broken[key]?.digest == s.digest && broken[key]?.values == s.values, "\(key)")
        }
        // All that is derived is there to be compared.
        for m in ["free_flow", "tti", "time", "congestion", "rise", "alarm", "confirmed"] {
            #expect(whole.keys.contains { $0.measure == m }, "\(m)")
        }
        let used = Set(whole.filter { $0.key.measure == "free_flow" && $0.key.place == TinyCity.streets[2] }
            .compactMap { $0.value.values["max"] })
        #expect(used.count == 2 && used.contains(60), "the registry's before midnight, the learned one after it")
    }

    @Test func `a section that the registry gives no free-flow speed is in no travel time until one is learned`() throws {
        let hub = try MiniHub(try Self.city(after: 2), partitions: ["sensor-readings"])
        hub.feed(0, [
            reading("loop-1", 60_000_000, at: -50_000), reading("loop-2", 50_000_000, at: -40_000), reading("loop-2", 50_000_000, at: -20_000),
            reading("loop-2", 25_000_000, at: 20_000), reading("loop-2", 4_000_000, at: 20_000, kind: "vehicles"),
        ])
        hub.commit(to: eight + 60 * minute)
        let ledger = hub.members[0].ledger
        #expect(ledger.accepted == 5 && ledger.late == 0)
        #expect(hub.row(TinyCity.streets[3], "tti", "1m", eight - minute)?.count == 0)
        #expect(hub.row(TinyCity.streets[3], "tti", "1m", eight - minute)?.expected == 1)
        #expect(hub.row(TinyCity.streets[3], "tti", "1m", eight)?.value == 2)
        #expect(hub.row(TinyCity.streets[3], "time", "1m", eight)?.value == 2)
        #expect(hub.row(TinyCity.streets[3], "congestion", "1m", eight)?.value == 1)
        #expect(hub.row(TinyCity.streets[3], "free_flow", "1m", eight)?.values["min"] == 50)
    }

    @Test func `what is flagged is not learned from and has no rate, and holds an alarm`() throws {
        let city = try TinyCity(
            [
                "inputs/sensor-readings.yaml": (TinyCity.files["inputs/sensor-readings.yaml"] ?? "").replacing(
                    "    convert: { cm: 0.01, mm: 0.001 }\n",
                    with: "    convert: { cm: 0.01, mm: 0.001 }\n"
                        + "    checks: { max_change_per_minute: 1, source: t }\n    rate: { over: 2m, source: t }\n"
                        + "    alarm: { raise: [0.1], clear: [0.05], source: t }\n"),
                "themes/city.yaml": """
                version: 1
                title: { zh: 城, en: City }
                topics: [sensor-readings]
                pane: 10m
                windows:
                  10m: { size: 10m }
                measures:
                  rise:
                    title: { zh: 值, en: Value }
                    kind: water_level_rate
                    unit: m/h
                    aggregates: [count, max]
                  alarm:
                    title: { zh: 值, en: Value }
                    kind: water_level_alarm
                    unit: "1"
                    aggregates: [count, max, last, distinct]

                """,
            ])
        let hub = try MiniHub(city, partitions: ["sensor-readings"])
        func water(_ m: Double, _ s: Int64) -> String {
            reading("gauge-2", Int64((m * 1e6).rounded()), at: s * 1000, kind: "water_level")
        }
        // 5 m is a jump: no alarm of level 1 by it, and none is cleared by the 0 that follows as one.
        hub.feed(0, [0, 20, 40, 60].map { water(0.01, $0) } + [water(5, 70), water(0.01, 80)])
        hub.commit(to: eight + 5 * minute)
        let calm = try #require(hub.row(TinyCity.streets[1], "alarm", "10m", eight))
        #expect(calm.count == 6 && calm.values["max"] == 0 && calm.values["distinct"] == 0)
        #expect(hub.row(TinyCity.streets[1], "rise", "10m", eight)?.count == 1, "at 80 s")
        #expect(hub.row(TinyCity.streets[1], "rise", "10m", eight)?.values["max"] == 0)
        hub.feed(0, [water(0.2, 120), water(-2, 121), water(0.2, 140)])
        hub.commit(to: eight + 60 * minute)
        let raised = try #require(hub.row(TinyCity.streets[1], "alarm", "10m", eight))
        #expect(raised.values["last"] == 1 && raised.values["distinct"] == 1)
    }
}
