import Testing
import TestSupport

@testable import Windowing

/// The percentile of off-peak speeds, learned reading by reading, and when it comes into use.
@Suite struct FreeFlowTrackTests {
    static let hour: Int64 = 3_600_000
    /// Tuesday 2026-11-24 00:00 in Guangzhou, ms.
    static let tuesday: Int64 = 1_795_449_600_000
    static func rule(_ percentile: Int64 = 85, after: Int64 = 3, always: Bool = false) -> FreeFlowTrack.Rule {
        .init(
            percentile: percentile, weekdays: always ? [0..<24 * hour] : [9 * hour..<16 * hour, 19 * hour..<22 * hour],
            weekends: always ? [0..<24 * hour] : [6 * hour..<22 * hour], offsetMs: 8 * hour, after: after)
    }

    /// Speeds of roughly normal spread, km/h in millionths.
    static func speeds(_ n: Int, mean: Double, deviation: Double, _ rng: inout SplitMix64) -> [Int64] {
        (0..<n).map { _ in
            let bell = (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &rng) }
            return Int64(max(0, mean + deviation * bell) * 1e6)
        }
    }

    @Test(arguments: [50, 85, 95] as [Int64], [2.0, 5.0, 12.0])
    func `it comes to the exact percentile, as near as its documentation says`(percentile: Int64, deviation: Double) {
        var rng = SplitMix64(state: UInt64(percentile) &* 7919 &+ UInt64(deviation))
        for start in [0.0, 20, 90] {
            let speeds = Self.speeds(12_000, mean: 52, deviation: deviation, &rng)
            var track = FreeFlowTrack(registry: Int64(start * 1e6))
            for (i, v) in speeds.enumerated() {
                track.note(v, at: Self.tuesday + Int64(i) * 20_000, sound: true, Self.rule(percentile, always: true))
            }
            let sorted = speeds.sorted()
            let exact = sorted[Int(Double(percentile) / 100 * Double(sorted.count))]
            // The density of speeds at the percentile, from those between two percentiles around it.
            func at(_ p: Int64) -> Double { Double(sorted[Int(Double(p) / 100 * Double(sorted.count))]) / 1e6 }
            let density = 0.06 / (at(percentile + 3) - at(percentile - 3))
            let p = Double(percentile)
            let error = (0.05 * p * (100 - p) / (2e4 * density)).squareRoot()
            #expect(abs(Double(track.estimate - exact)) / 1e6 < 5 * error, "from \(start): \(track.estimate), \(exact)")
            #expect(track.readings == 12_000)
        }
    }

    @Test func `a day has one reference, and the days before keep theirs`() {
        var track = FreeFlowTrack(registry: 60_000_000)
        let ten = Self.tuesday + 10 * Self.hour
        for i in 0..<3 { track.note(80_000_000, at: ten + Int64(i), sound: true, Self.rule()) }
        // 60 + 0.85 (320 / 65 + 320 / 66 + 320 / 67), each step in whole millionths.
        #expect(track.estimate == 60_000_000 + 4_184_614 + 4_121_211 + 4_059_701)
        #expect(track.reference(at: ten) == 60_000_000 && track.since == .min)
        let midnight = Self.tuesday + 24 * Self.hour
        track.note(10_000_000, at: midnight - 1, sound: true, Self.rule())
        #expect(track.reference(at: midnight - 1) == 60_000_000)
        track.note(10_000_000, at: midnight, sound: true, Self.rule())
        #expect(track.reference(at: midnight) == 72_365_526 && track.since == midnight)
        // A reading of before midnight that comes after it.
        #expect(track.reference(at: midnight - 1) == 60_000_000)
        // Nothing was heard for three days: the value of the last one stays until there is a reading.
        track.note(10_000_000, at: midnight + 80 * Self.hour, sound: true, Self.rule())
        #expect(track.reference(at: midnight + 80 * Self.hour) == 72_365_526 && track.since == midnight)
        #expect(track.day == midnight + 72 * Self.hour)
    }

    @Test func `too few readings bring nothing into use, and without a registry's value there is none`() {
        var track = FreeFlowTrack(registry: 0)
        let ten = Self.tuesday + 10 * Self.hour
        for i in 0..<2 { track.note(50_000_000, at: ten + Int64(i), sound: true, Self.rule()) }
        track.note(50_000_000, at: ten + 24 * Self.hour, sound: true, Self.rule())
        #expect(track.reference(at: ten + 24 * Self.hour) == 0 && track.readings == 3 && track.estimate == 50_000_000)
        track.note(50_000_000, at: ten + 48 * Self.hour, sound: true, Self.rule())
        #expect(track.reference(at: ten + 48 * Self.hour) == 50_000_000)
        #expect(track.reference(at: ten + 24 * Self.hour) == 0)
    }

    @Test(arguments: [
        (0, 8.99, false), (0, 9, true), (0, 15.99, true), (0, 16, false), (0, 19, true), (0, 22, false),
        // Saturday and Sunday, then Monday.
        (4, 6, true), (4, 5.99, false), (5, 17, true), (6, 17, false), (6, 6, false),
    ] as [(Int64, Double, Bool)])
    func `only off-peak speeds are learned from, by local hours and weekdays`(day: Int64, hour: Double, learned: Bool) {
        var track = FreeFlowTrack(registry: 60_000_000)
        let time = Self.tuesday + day * 24 * Self.hour + Int64(hour * Double(Self.hour))
        track.note(80_000_000, at: time, sound: true, Self.rule())
        #expect((track.readings == 1) == learned)
        track.note(80_000_000, at: time + 1, sound: false, Self.rule())
        #expect((track.readings == 1) == learned, "what is flagged is not learned from")
    }

    @Test func `a changed registry is followed until something learned is in use`() {
        var track = FreeFlowTrack(registry: 60_000_000)
        track.follow(registry: 70_000_000)
        #expect(track.reference(at: 0) == 70_000_000 && track.estimate == 70_000_000)
        for i in 0..<6 {
            track.note(80_000_000, at: Self.tuesday + (10 + 12 * Int64(i)) * Self.hour, sound: true, Self.rule(after: 1))
        }
        let used = track.inUse
        track.follow(registry: 50_000_000)
        #expect(used > 70_000_000 && track.inUse == used)
    }

    @Test func `no time and no speed traps`() {
        var track = FreeFlowTrack(registry: 0)
        for (i, t) in [Int64.min, -1, 0, 1, .max - 1, .max].enumerated() {
            track.note(i % 2 == 0 ? 1_000_000_000_000_000 : -1_000_000_000_000_000, at: t, sound: true, Self.rule(always: true))
            _ = track.reference(at: t)
        }
    }
}
