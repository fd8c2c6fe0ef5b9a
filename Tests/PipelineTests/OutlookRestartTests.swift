import CityModel
import Contracts
import HubAPI
import TestSupport
import Testing

@testable import Pipeline

/// What is stored of an outlook, and that it goes on from there as if it had never stopped.
@Suite struct OutlookRestartTests {
    typealias T = OutlookTests

    /// What a store would hold.
    struct Stored {
        var records: [String: OutlookRecord] = [:]
        var checkpoints = 0
        var bytes = 0
        mutating func put(_ new: [OutlookRecord]) {
            for r in new {
                var old = records[r.measure] ?? .init(theme: r.theme, measure: r.measure)
                if let s = r.state {
                    old.state = s
                    old.steps = []
                    checkpoints += 1
                    bytes += s.bytes.count
                }
                old.steps += r.steps
                bytes += r.steps.reduce(0) { $0 + 8 * $1.values.count }
                records[r.measure] = old
            }
        }
        func restore(_ o: inout Outlook) -> Bool { records.keys.sorted().allSatisfy { o.restore(records[$0]!) } }
    }

    static func values(_ k: Int, _ rng: inout SplitMix64) -> [(place: String, measure: String, value: Double?)] {
        [TinyCity.city, TinyCity.districts[1], TinyCity.streets[2], TinyCity.streets[3]].flatMap { place in
            [
                (place, "speed", Int.random(in: 0..<20, using: &rng) == 0 ? nil : T.speed(k, &rng)),
                (place, "water_level", Double(Int.random(in: 0...20, using: &rng)) / 100),
            ]
        }
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func `an outlook that is restarted anywhere says what one says that was not`(seed: UInt64) throws {
        var steady = try T.outlook(), restarted = steady
        let fresh = steady
        var stored = Stored()
        var rng = SplitMix64(state: seed), dice = SplitMix64(state: seed &+ 99)
        var k = 0, restarts = 0
        while k < 400 {
            // A commit holds several windows while a hub catches up; now and then one is missing.
            var rows: [Summary] = []
            for _ in 0..<Int.random(in: 1...3, using: &dice) {
                if Int.random(in: 0..<40, using: &dice) > 0 { rows += T.window(k, Self.values(k, &rng)) }
                k += 1
            }
            _ = steady.take(rows)
            stored.put(restarted.take(rows))
            if Int.random(in: 0..<9, using: &dice) == 0 {
                restarted = fresh
                let isWhole = stored.restore(&restarted)
                #expect(isWhole)
                restarts += 1
            }
            #expect(steady.rows == restarted.rows)
        }
        #expect(restarts > 10 && stored.checkpoints >= 10, "\(restarts) \(stored.checkpoints)")
        #expect(steady.rows.contains { $0.forecasts.count == 3 && $0.history > 300 })
    }

    @Test func `models are written once in six hours, and the journal in between`() throws {
        var o = try T.outlook()
        let size = o.bytes
        var stored = Stored()
        var rng = SplitMix64(state: 5)
        var largest = 0
        for k in 0..<(288 * 3) {
            let before = stored.checkpoints
            stored.put(o.take(T.window(k, Self.values(k, &rng))))
            // The two measures take turns after their first.
            if k > 0 { largest = max(largest, stored.checkpoints - before) }
        }
        #expect((24...28).contains(stored.checkpoints) && largest == 1, "\(stored.checkpoints) \(largest)")
        #expect(o.bytes == size)
    }

    @Test func `places that come and go keep what they have learned`() throws {
        var old = try T.outlook()
        var stored = Stored()
        for k in 0..<50 { stored.put(old.take(T.window(k, [(T.street, "speed", 40 + Double(k % 5))]))) }
        // loop-3's street loses its only speed sensor, and the registry's first street gets another name for water.
        let files = TinyCity.files["sensors/all.csv"] ?? ""
        var new = try T.outlook(edits: [
            "sensors/all.csv": files.replacing("loop-3,speed,loop,440103002000,mph,20,Roads,40,300,\n", with: "")
        ])
        let isWhole = stored.restore(&new)
        #expect(isWhole)
        #expect(new.seriesCount == old.seriesCount - 1)
        let (a, b) = (try T.row(old), try T.row(new))
        #expect(a.history == 50 && b.history == 50 && b.state == .ready && a.value == b.value && a.episode == b.episode)
        // The next window is a checkpoint of the new places.
        let records = new.take(T.window(50, [(T.street, "speed", 41)]))
        #expect(records.first { $0.measure == "speed" }?.state?.places.count == 6)
    }

    @Test func `state of another configuration is left out, and damaged state is told`() throws {
        var o = try T.outlook()
        var stored = Stored()
        for k in 0..<20 { stored.put(o.take(T.window(k, [(T.street, "speed", 40 + Double(k % 5))]))) }
        var other = try T.outlook(["horizons: [15m, 30m, 60m]": "horizons: [15m, 30m]"])
        var isWhole = stored.restore(&other)
        #expect(isWhole && other.rows.isEmpty)
        let sound = try #require(stored.records["speed"]?.state)
        var damaged: [[UInt8]] = [[], [1, 2, 3], Array(sound.bytes.dropLast()), sound.bytes + [0]]
        // Not a number where one must be.
        damaged.append(Array(repeating: 0xff, count: sound.bytes.count))
        for bytes in damaged {
            var broken = try #require(stored.records["speed"])
            broken.state?.bytes = bytes
            var fresh = try T.outlook()
            isWhole = fresh.restore(broken)
            #expect(!isWhole)
        }
        // Flipped bits never end the program, whatever comes of them.
        var rng = SplitMix64(state: 8)
        let fresh = try T.outlook()
        for _ in 0..<60 {
            var broken = try #require(stored.records["speed"])
            let at = Int.random(in: 0..<sound.bytes.count, using: &rng)
            broken.state?.bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &rng)
            var o = fresh
            if o.restore(broken) {
                for k in 20..<24 { _ = o.take(T.window(k, [(T.street, "speed", 40)])) }
                _ = o.rows
            }
        }
    }
}
