import HubAPI
import Testing
import TestSupport

@testable import Pipeline

/// Random readings of sensors that are stuck, jump and disagree.
@Suite struct SensorCheckPropertyTests {
    struct Event {
        var sensor: String
        var value: Int64
        var time: Int64
        var kind: String { sensor.hasPrefix("gauge") ? "water_level" : "speed" }
        var record: String { reading(sensor, value, at: time - eight, kind: kind) }
    }
    static let streets = [
        "loop-1": WatchedCity.road, "loop-2": "440106002000", "gauge-a": WatchedCity.pair, "gauge-b": WatchedCity.pair,
        "gauge-1": WatchedCity.trio, "gauge-2": WatchedCity.trio, "gauge-3": WatchedCity.trio,
    ]

    /// Some 20 min of them: a few out of order, some far behind.
    func events(_ sensors: [String], _ n: Int, _ rng: inout SplitMix64) -> [Event] {
        var last: [String: Int64] = [:]
        var time = eight
        return (0..<n).map { _ in
            time += Int64.random(in: 0...6_000, using: &rng)
            let sensor = sensors[Int.random(in: 0..<sensors.count, using: &rng)]
            let gauge = sensor.hasPrefix("gauge")
            let usual = gauge ? 300_000 + Int64.random(in: -60_000...60_000, using: &rng) : 40_000_000
            var v = usual
            switch Int.random(in: 0..<8, using: &rng) {
            case 0..<5: v = last[sensor] ?? v
            case 5: v = Int64.random(in: 0...(gauge ? 2_000_000 : 120_000_000), using: &rng)
            case 6: v = 0
            default: break
            }
            last[sensor] = v
            let back = [0, 0, 0, 4_000, 400_000][Int.random(in: 0..<5, using: &rng)]
            return Event(sensor: sensor, value: v, time: time - Int64(back))
        }
    }

    /// Each partition has sensors of its own, as a street's readings share a key.
    func sequences(_ rng: inout SplitMix64) -> [[Event]] {
        [["loop-1", "gauge-a", "gauge-b"], ["gauge-1", "gauge-2", "gauge-3", "loop-2"]].map { events($0, 350, &rng) }
    }

    func run(_ sequences: [[Event]], checks: Bool = true, restarts: Bool, _ rng: inout SplitMix64) throws -> MiniHub {
        let hub = try MiniHub(
            WatchedCity.load(checks: checks), partitions: sequences.map { _ in "sensor-readings" })
        hub.feedAtRandom(sequences.map { $0.map(\.record) }, restarts: restarts, &rng)
        return hub
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func `flags, agreements, weights and digests are the same for every batch, interleaving and restart`(
        seed: UInt64
    ) throws {
        var rng = SplitMix64(state: seed)
        let all = sequences(&rng)
        let one = try run(all, restarts: false, &rng).content
        #expect(try run(all, restarts: false, &rng).content == one)
        #expect(try run(all, restarts: true, &rng).content == one)
        #expect(one.values.contains { $0.flagged ?? 0 > 0 && $0.level == .city })
        #expect(one.values.contains { $0.findings?.agreements.contains { $0.status == .disagree } ?? false })
    }

    @Test(arguments: 20..<26 as Range<UInt64>)
    func `nothing is dropped: all that is not weighed is the same with and without checks`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let all = sequences(&rng)
        let (with, without) = (
            try run(all, restarts: false, &rng).content, try run(all, checks: false, restarts: false, &rng).content
        )
        #expect(Set(with.keys) == Set(without.keys))
        for (key, a) in with {
            let b = try #require(without[key])
            func plain(_ s: Summary) -> [String: Double] { s.values.filter { $0.key != "weighted" } }
            #expect(plain(a) == plain(b), "\(key)")
            #expect(a.count == b.count && a.late == b.late && a.expected == b.expected && a.reporting == b.reporting)
            #expect(b.quality == nil && b.flagged == nil && (b.values["weighted"] == nil) == (a.values["weighted"] == nil))
            if key.measure != "tti" { #expect(b.values["weighted"] == b.values["mean"]) }
        }
        #expect(with.values.contains { $0.quality ?? 1 < 1 })
    }

    @Test(arguments: 40..<52 as Range<UInt64>)
    func `weighted means and quality are those of a plain walk through each sensor's readings`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        // Nothing is late here, so that each reading is in its minute.
        let all = sequences(&rng).map { $0.map { Event(sensor: $0.sensor, value: $0.value, time: max($0.time, eight)) } }
            .map { s in
                var newest = Int64.min
                return s.filter { e in
                    newest = max(newest, e.time)
                    return e.time > newest - 60_000
                }
            }
        let hub = try run(all, restarts: true, &rng)
        // Weight 1, or 0.1 stuck, or 0.25 jump, by street and minute; loops only: their weights are their own.
        var cells: [MiniHub.Key: (n: Double, weight: Double, sum: Double, flagged: Set<String>)] = [:]
        for sequence in all {
            for sensor in Set(sequence.map(\.sensor)).filter({ $0.hasPrefix("loop") }) {
                var seen: [Event] = []
                var sound: Event?
                for e in sequence where e.sensor == sensor {
                    var weight = 1.0
                    if seen.allSatisfy({ $0.time < e.time }) {
                        seen.append(e)
                        let since = seen.reversed().prefix { $0.value == e.value }.last?.time ?? e.time
                        if e.time - since >= 300_000 {
                            weight = 0.1
                        } else if let s = sound, (e.value - s.value).magnitude > UInt64(e.time - s.time) * 1_000 {
                            weight = 0.25
                        } else {
                            sound = e
                        }
                    }
                    let street = Self.streets[sensor] ?? ""
                    let start = e.time / minute * minute
                    for place in [street, TinyCity.districts[1], TinyCity.city] {
                        let key = MiniHub.Key(place: place, measure: "speed", window: "1m", start: start)
                        var c = cells[key] ?? (0, 0, 0, [])
                        c.n += 1
                        c.weight += weight
                        c.sum += weight * Double(e.value) / 1e6
                        if weight < 1 { c.flagged.insert(sensor) }
                        cells[key] = c
                    }
                }
            }
        }
        for (key, c) in cells {
            let s = try #require(hub.view[key])
            #expect(s.count == Int64(c.n) && s.flagged == c.flagged.count, "\(key) seed \(seed)")
            #expect(near(s.quality, c.weight / c.n) && near(s.values["weighted"], c.sum / c.weight), "\(key) seed \(seed)")
            if s.level == .street { #expect(Set(s.flags.map(\.sensor)) == c.flagged) }
        }
        #expect(cells.values.contains { !$0.flagged.isEmpty })
    }

    @Test(arguments: 60..<64 as Range<UInt64>)
    func `a district's and the city's quality and flags are the sums of their streets'`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let hub = try run(sequences(&rng), restarts: false, &rng)
        let tree = hub.theme.places
        var lowered = 0
        for (key, s) in hub.view where s.level != .street && s.flagged != nil {
            guard let p = UInt64(s.place).flatMap(tree.index(of:)) else { continue }
            let below = tree.children[p].compactMap {
                hub.row(tree.places[$0].codeText, key.measure, key.window, key.start)
            }
            #expect(s.flagged == below.reduce(0) { $0 + ($1.flagged ?? 0) }, "\(key)")
            // Thousandths are whole numbers: the sum of the streets' is exact.
            func weight(_ s: Summary) -> Int64 { Int64(((s.quality ?? 0) * 1000 * Double(s.count)).rounded()) }
            #expect(weight(s) == below.reduce(0) { $0 + weight($1) }, "\(key)")
            if s.quality ?? 1 < 1 { lowered += 1 }
        }
        #expect(lowered > 0)
    }
}
