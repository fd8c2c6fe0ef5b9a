import Analytics
import HubAPI
import Testing
import TestSupport
import Wire

@testable import Pipeline

/// Detectors in the partition against a plain walk through the same records.
@Suite struct StationPropertyTests {
    struct Event {
        var station: String
        var kind: String
        var value: Int64
        var time: Int64
        var record: String { reading(station, value, at: time - eight, kind: kind) }
    }

    /// About 40 min: steady traffic with jams, holes, readings out of order and far too late.
    func events(_ stations: [String], _ n: Int, _ rng: inout SplitMix64) -> [Event] {
        var time = eight
        var jam: [String: Int64] = [:]
        return (0..<n).map { _ in
            time += Int64.random(in: 0...7_000, using: &rng)
            if Int.random(in: 0..<250, using: &rng) == 0 { time += Int64.random(in: 60_000...1_200_000, using: &rng) }
            let station = stations[Int.random(in: 0..<stations.count, using: &rng)]
            if Int.random(in: 0..<80, using: &rng) == 0 { jam[station] = time + 300_000 }
            let jammed = jam[station] ?? 0 > time
            let kind = ["occupancy", "speed", "vehicles"][Int.random(in: 0..<3, using: &rng)]
            let usual: Int64 = kind == "occupancy" ? (jammed ? 40 : 9) : kind == "speed" ? (jammed ? 8 : 55) : 5
            let back = [0, 0, 0, 0, 4_900, 30_000, 400_000][Int.random(in: 0..<7, using: &rng)]
            return Event(
                station: station, kind: kind, value: usual * 1_000_000 + Int64.random(in: 0...1_999_999, using: &rng),
                time: time - Int64(back))
        }
    }

    func sequences(_ rng: inout SplitMix64) -> [[Event]] {
        TinyCity.stations.map { events($0, 300 * $0.count, &rng) }
    }

    func run(_ all: [[Event]], interval: String, restarts: Bool, _ rng: inout SplitMix64) throws -> MiniHub {
        let hub = try MiniHub(TinyCity.withStations(interval: interval), partitions: all.map { _ in "sensor-readings" })
        hub.feedAtRandom(all.map { $0.map(\.record) }, restarts: restarts, &rng)
        return hub
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func `verdicts, digests and incidents are the same for every batch, interleaving and restart`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let all = sequences(&rng)
        let interval = seed % 3 == 0 ? "30s" : "1m"
        let one = try run(all, interval: interval, restarts: false, &rng)
        let two = try run(all, interval: interval, restarts: false, &rng)
        let three = try run(all, interval: interval, restarts: true, &rng)
        #expect(two.content == one.content && two.incidents == one.incidents)
        #expect(three.content == one.content && three.incidents == one.incidents)
        #expect(one.incidents.contains { !$0.isEmpty })
    }

    /// What detectors say, by place, kind and minute, from the events alone.
    func walk(
        _ events: [Event], _ plan: StationPlan, stations: [String], street: String
    ) -> [MiniHub.Key: (count: Int64, sum: Double, max: Double)] {
        let length = plan.rules.intervalMs
        var newest = Int64.min
        var sums: [String: (sum: Double, n: Double)] = [:]
        for e in events {
            newest = max(newest, e.time)
            guard e.time / length >= (newest - 5_000) / length else { continue }
            var s = sums["\(e.station) \(e.kind) \(e.time / length)"] ?? (0, 0)
            s.sum += Double(e.value) / 1e6
            s.n += 1
            sums["\(e.station) \(e.kind) \(e.time / length)"] = s
        }
        func mean(_ station: String, _ kind: String, _ k: Int64) -> Double? {
            sums["\(station) \(kind) \(k)"].map { $0.sum / $0.n }
        }
        var out: [MiniHub.Key: (count: Int64, sum: Double, max: Double)] = [:]
        for (n, station) in stations.enumerated() {
            var california = plan.california.map { CaliforniaDetector($0) }
            var deviate = plan.deviate.map { NormalDeviateDetector($0) }
            var smoothing = plan.smoothing.map { SmoothingDetector($0) }
            let last = (newest - 5_000) / length
            for k in (eight / length - 10)..<last {
                let (own, speed) = (mean(station, "occupancy", k), mean(station, "speed", k))
                let up = n > 0 ? mean(stations[n - 1], "occupancy", k) : nil
                var told: [(String, IncidentState)] = []
                if n > 0, let s = california?.step(upstream: up, downstream: own), up != nil, own != nil {
                    told.append(("incident_california", s))
                }
                let (knowsLevel, knowsTrend) = (deviate?.canJudge ?? false, smoothing?.canJudge ?? false)
                if let s = deviate?.step(own), own != nil, knowsLevel { told.append(("incident_deviate", s)) }
                if let s = smoothing?.step(speed), speed != nil, knowsTrend { told.append(("incident_smoothing", s)) }
                for (kind, state) in told {
                    let v = state.isAlarm ? 1.0 : state == .tentative ? 0.5 : 0
                    let key = MiniHub.Key(
                        place: street, measure: kind, window: "1m", start: k * length / minute * minute)
                    var cell = out[key] ?? (0, 0, 0)
                    cell = (cell.count + 1, cell.sum + v, max(cell.max, v))
                    out[key] = cell
                }
            }
        }
        return out
    }

    @Test(arguments: 20..<32 as Range<UInt64>)
    func `verdicts are those of a plain walk through the means`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let all = sequences(&rng)
        let interval = seed % 3 == 0 ? "30s" : "1m"
        let hub = try run(all, interval: interval, restarts: true, &rng)
        let plan = try #require(hub.members[0].plan.stations)
        var found = 0, alarms = 0.0
        for (p, events) in all.enumerated() {
            let expected = walk(events, plan, stations: TinyCity.stations[p], street: TinyCity.stationStreets[p])
            for (key, cell) in expected {
                let s = hub.view[key]
                #expect(s?.count == cell.count && s?.values["sum"] == cell.sum, "\(key) seed \(seed)")
                #expect(s?.values["max"] == cell.max, "\(key) seed \(seed)")
                alarms += cell.sum
            }
            found += expected.count
        }
        let shown = hub.view.filter {
            $0.key.measure.hasPrefix("incident") && $0.key.window == "1m" && $0.value.level == .street
                && $0.value.count > 0
        }
        #expect(shown.count == found && alarms > 0)
    }
}
