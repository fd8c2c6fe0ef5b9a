import CityModel
import Contracts
import HubAPI
import Testing
import TestSupport

@testable import Pipeline

/// Indices made of travel times and vehicle-kilometres.
@Suite struct TrafficIndexTests {
    static let scale = IndexScale(
        from: [1.0, 1.2, 1.5, 1.8, 2.1, 2.4], to: [0, 2, 4, 6, 8, 10], source: "unverified")

    static func city() throws -> TinyCity {
        let row = "loop-2,speed,loop,440106002000,km/h,20,Roads,50,1000,\n"
        return try TinyCity(
            ["themes/city.yaml": TinyCity.trafficTheme],
            replacing: [row: row + "loop-2,vehicles,loop,440106002000,veh,20,Roads,,,\n"])
    }

    func hub(_ records: [String]) throws -> MiniHub {
        let hub = try MiniHub(Self.city(), partitions: ["sensor-readings"])
        hub.feed(0, records)
        hub.commit(to: eight + 60 * minute)
        return hub
    }

    @Test(arguments: [
        (0.0, 0.0), (1.0, 0.0), (1.1, 1.0), (1.2, 2.0), (1.35, 3.0), (1.5, 4.0), (1.65, 5.0), (1.8, 6.0), (2.1, 8.0),
        (2.25, 9.0), (2.4, 10.0), (2.41, 10.0), (60.0, 10.0),
    ])
    func `the index is linear between its points and flat beyond them`(ratio: Double, index: Double) {
        #expect(abs(Self.scale.value(of: ratio) - index) < 1e-12)
        // A point itself is exact: levels compare with it.
        if Self.scale.from.contains(ratio) { #expect(Self.scale.value(of: ratio) == index) }
        let falling = IndexScale(from: Self.scale.from, to: Self.scale.to.reversed(), source: "")
        #expect(abs(falling.value(of: ratio) - (10 - index)) < 1e-12)
    }

    @Test func `the index of a district is that of its merged travel times, not a mean of indices`() throws {
        // 500 m at 30 km/h is 60 s (free 30 s), 1000 m at 50 km/h is 72 s (free 72 s): 132 / 102 = 1.294118.
        let hub = try hub([reading("loop-1", 30_000_000, at: 0), reading("loop-2", 50_000_000, at: 0)])
        let s = try #require(hub.row("440106000000", "tpi", "1m", eight))
        #expect(abs((s.value ?? 0) - (2 + 2 * (132.0 / 102 - 1.2) / 0.3)) < 1e-9)
        #expect(s.values["count"] == 2 && s.values["weighted"] == s.value)
        let street = try #require(hub.row("440106001000", "tpi", "1m", eight)?.value)
        #expect(abs(street - (6 + 2 * (2.0 - 1.8) / 0.3)) < 1e-9)
    }

    @Test func `a count without a speed is accepted and in no index`() throws {
        let hub = try hub([
            reading("loop-1", 5_000_000, at: 0, kind: "vehicles"), reading("loop-1", 60_000_000, at: 1000),
            // The speed is three intervals old, then a millisecond more.
            reading("loop-1", 6_000_000, at: 61_000, kind: "vehicles"),
            reading("loop-1", 7_000_000, at: 61_001, kind: "vehicles"),
        ])
        #expect(hub.members[0].ledger.accepted == 4 && hub.members[0].ledger.late == 0)
        #expect(hub.row("440106001000", "congestion", "1m", eight)?.count == 0)
        #expect(hub.row("440106001000", "congestion", "1m", eight + minute)?.count == 1)
        #expect(hub.row("440106001000", "congestion", "1m", eight + minute)?.value == 0)
    }

    @Test func `where no vehicle drove there is no share`() throws {
        let hub = try hub([reading("loop-1", 60_000_000, at: 0), reading("loop-1", 0, at: 0, kind: "vehicles")])
        let s = try #require(hub.row("440106001000", "congestion", "1m", eight))
        #expect(s.value == nil && s.severity == .unknown && s.count == 1)
    }

    /// Readings of two loops, in some disorder.
    func records(_ seed: UInt64) -> [(sensor: String, kind: String, value: Int64, at: Int64)] {
        var rng = SplitMix64(state: seed)
        return (0..<300).map { i in
            let isSpeed = Bool.random(using: &rng)
            return (
                Bool.random(using: &rng) ? "loop-1" : "loop-2", isSpeed ? "speed" : "vehicles",
                isSpeed ? .random(in: 0...80_000_000, using: &rng) : .random(in: 0...12, using: &rng) * 1_000_000,
                max(0, Int64(i) * 1000 + .random(in: -4000...4000, using: &rng)))
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `vehicle-kilometres weigh as worked out from plain lists`(seed: UInt64) throws {
        let all = records(seed)
        let hub = try hub(all.map { reading($0.sensor, $0.value, at: $0.at, kind: $0.kind) })
        let road = ["loop-1": (km: 0.5, free: 60.0), "loop-2": (km: 1.0, free: 50.0)]
        var newest: [String: (at: Int64, kmh: Double)] = [:]
        var (travel, ratio, congested, n) = (0.0, 0.0, 0.0, Int64(0))
        for r in all {
            if r.kind == "speed" {
                if r.at > newest[r.sensor]?.at ?? .min { newest[r.sensor] = (r.at, Double(r.value) / 1e6) }
                continue
            }
            guard let s = newest[r.sensor], (r.at - s.at).magnitude <= 60_000, r.at < minute else { continue }
            let (km, free) = try #require(road[r.sensor])
            let (own, slow) = (Double(r.value) / 1e6 * km, free / max(s.kmh, 1))
            n += 1
            travel += own
            ratio += own * slow
            if slow >= 1.5 { congested += own }
        }
        let share = try #require(hub.row("440106000000", "congestion", "1m", eight))
        #expect(share.count == n)
        #expect(abs((share.value ?? -1) - congested / travel) < 1e-9)
        #expect(abs((hub.row("440106000000", "tti_travel", "1m", eight)?.value ?? -1) / (ratio / travel) - 1) < 1e-6)
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `batches, commits and restarts change no index`(seed: UInt64) throws {
        let texts = records(seed).map { reading($0.sensor, $0.value, at: $0.at, kind: $0.kind) }
        let whole = try hub(texts)
        let cut = try MiniHub(Self.city(), partitions: ["sensor-readings"])
        var rng = SplitMix64(state: seed &* 77)
        var from = 0
        while from < texts.count {
            let to = min(texts.count, from + .random(in: 1...40, using: &rng))
            cut.feed(0, Array(texts[from..<to]))
            if Bool.random(using: &rng) {
                cut.commit()
                if Bool.random(using: &rng) { cut.restart() }
            }
            from = to
        }
        cut.commit(to: eight + 60 * minute)
        let rows = whole.view.values.filter { $0.count > 0 && $0.start.ms >= eight }
        #expect(rows.count > 40)
        for r in rows {
            let other = try #require(cut.view[MiniHub.key(r)])
            #expect(other.digest == r.digest && other.values == r.values, "\(r.measure) \(r.place) \(r.start)")
        }
    }

    @Test func `the fingerprint depends on the scale and not on the names of levels`() throws {
        func fingerprint(_ old: String, _ new: String) throws -> String {
            let c = try TinyCity(["themes/city.yaml": TinyCity.trafficTheme.replacing(old, with: new)]).catalogue
            return ThemePlan(c.themes[0], c).fingerprint
        }
        let levels = "levels: { direction: above, blue: 2, source: s"
        let plain = "aggregates: [ratio, weighted, count]\n    \(levels) }"
        let named = "aggregates: [ratio, weighted, count]\n    \(levels), "
            + "names: { normal: { zh: 通, en: Free }, blue: { zh: 堵, en: Slow } } }"
        let same = try fingerprint("aggregates: [ratio, weighted, count]", plain)
        #expect(try fingerprint("aggregates: [ratio, weighted, count]", named) == same)
        #expect(try fingerprint("", "") != fingerprint("2.4], to", "2.5], to"))
        #expect(try fingerprint("", "") != fingerprint("from: 1.5, source", "from: 1.6, source"))
    }
}
