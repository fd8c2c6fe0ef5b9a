import CityModel
import TestSupport
import Testing
import Windowing

/// What one sensor's readings are judged by. Times in seconds, values in units.
@Suite struct SensorTrackTests {
    let limits = SensorTrack.Limits(stuckAfterMs: 600_000, rest: 0, maxChange: 0.5 * 1e6 / 60_000)

    func flags(_ readings: [(s: Double, v: Double)], _ l: SensorTrack.Limits? = nil) -> [SensorFlag?] {
        var track = SensorTrack()
        return readings.map { track.judge(Int64(($0.v * 1e6).rounded()), at: Int64($0.s * 1000), l ?? limits) }
    }

    @Test func `one and the same value is stuck from the given time on, until it changes`() {
        let flat = (0...22).map { (s: Double($0) * 30, v: 0.3) }
        let got = flags(flat + [(690, 0.301), (720, 0.301)])
        #expect(got.prefix(20) == .init(repeating: nil, count: 20))
        // The twenty-first reading is exactly 10 min after the first.
        #expect(got[20...22] == [.stuck, .stuck, .stuck] && got[23...] == [nil, nil])
    }

    @Test func `the smallest change begins the time anew`() {
        #expect(flags([(0, 0.3), (599, 0.300001), (600, 0.300001), (1198.999, 0.300001), (1199, 0.300001)])
            == [nil, nil, nil, nil, .stuck])
    }

    @Test func `a sensor may stand still at its rest value, and at no other`() {
        #expect(flags([(0, 0), (86_400, 0)]) == [nil, nil])
        var none = limits
        none.rest = .min
        #expect(flags([(0, 0), (86_400, 0)], none) == [nil, .stuck])
    }

    @Test func `a spike flags itself alone`() {
        #expect(flags([(0, 0.1), (60, 5), (120, 0.1), (180, 0.12)]) == [nil, .jump, nil, nil])
        #expect(flags([(0, 0.1), (60, -5), (120, 0.1)]) == [nil, .jump, nil])
    }

    @Test func `a change of exactly the rate is no jump, anything above it is`() {
        #expect(flags([(0, 0.1), (60, 0.6), (120, 0.1)]) == [nil, nil, nil])
        #expect(flags([(0, 0.1), (60, 0.600001)]) == [nil, .jump])
    }

    @Test func `a real rise is believed as soon as the rate allows it`() {
        // 2 m above the last sound reading takes 4 min at 0.5 m a minute.
        let got = flags([(0, 0)] + (1...6).map { (s: Double($0) * 60, v: 2) })
        #expect(got == [nil, .jump, .jump, .jump, nil, nil, nil])
    }

    @Test func `a sensor that is stuck is not sound: what it says next is held against its last moving reading`() {
        let track = flags([(0, 0.3), (600, 0.3), (660, 0.9), (720, 0.9)])
        #expect(track == [nil, .stuck, nil, nil])
    }

    @Test func `readings that are not newer than the last are not judged, and change nothing`() {
        var track = SensorTrack()
        #expect(track.judge(100_000, at: 60_000, limits) == nil)
        let before = track
        for (v, t) in [(9_000_000, 59_999), (9_000_000, 60_000), (0, 0), (100_000, -700_000)] as [(Int64, Int64)] {
            #expect(track.judge(v, at: t, limits) == nil && track == before)
        }
        #expect(track.judge(100_000, at: 660_000, limits) == .stuck)
    }

    @Test func `without limits nothing is flagged, at the ends of the number range either`() {
        var track = SensorTrack()
        for (v, t) in [(Int64.max, Int64.min), (.min, 0), (.min, .max - 1), (.max, .max)] {
            #expect(track.judge(v, at: t, .none) == nil)
        }
        var far = SensorTrack()
        for (v, t) in [(Int64.max, -4_000_000_000_000_000), (.min, 0), (.max, 4_000_000_000_000_000)] as [(Int64, Int64)] {
            _ = far.judge(v, at: t, limits)
        }
        #expect(far.time == 4_000_000_000_000_000)
    }

    @Test(arguments: 0..<30 as Range<UInt64>)
    func `flags are those of a search over the sensor's whole past`(seed: UInt64) {
        var rng = SplitMix64(state: seed)
        var past: [(v: Int64, t: Int64)] = []
        var sound: (v: Int64, t: Int64)?
        var track = SensorTrack()
        var time: Int64 = 0
        for _ in 0..<300 {
            time += Int64.random(in: -20_000...120_000, using: &rng)
            let v = [0, 100_000, 100_000, 150_000, 900_000, 2_000_000][Int.random(in: 0..<6, using: &rng)]
            let value = Int.random(in: 0..<3, using: &rng) > 0 ? past.last?.v ?? Int64(v) : Int64(v)
            let got = track.judge(value, at: time, limits)
            guard past.allSatisfy({ $0.t < time }) else {
                #expect(got == nil)
                continue
            }
            past.append((value, time))
            let since = past.reversed().prefix { $0.v == value }.last?.t ?? time
            var wanted: SensorFlag?
            if value != 0, time - since >= 600_000 {
                wanted = .stuck
            } else if let s = sound, Double((value - s.v).magnitude) > limits.maxChange * Double(time - s.t) {
                wanted = .jump
            } else {
                sound = (value, time)
            }
            #expect(got == wanted, "seed \(seed) at \(time)")
        }
    }
}
