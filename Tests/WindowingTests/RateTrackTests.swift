import Testing
import TestSupport

@testable import Windowing

/// How fast a value changes, by the median of slopes.
@Suite struct RateTrackTests {
    let rule = RateTrack.Rule(overMs: 300_000, perMs: 3_600_000)

    /// Rates of readings `(s, value in millionths)`.
    func rates(_ readings: [(s: Double, v: Int64)]) -> [Int64?] {
        var track = RateTrack()
        return readings.map {
            track.note($0.v, at: Int64($0.s * 1000), rule)
            return track.rate(at: Int64($0.s * 1000), rule)
        }
    }

    @Test(arguments: [600_000, -90_000, 0] as [Int64])
    func `a straight line has its slope, whenever it is read`(perHour: Int64) {
        var rng = SplitMix64(state: UInt64(bitPattern: perHour))
        var s = 1_000_000.0
        let readings = (0..<60).map { _ in
            s += Double.random(in: 15...40, using: &rng)
            return (s: (s * 1000).rounded() / 1000, v: Int64((1e6 + Double(perHour) * s / 3600).rounded()))
        }
        let known = rates(readings).compactMap { $0 }
        #expect(known.count > 40)
        // Values are whole millionths: half of one in a minute is 60 an hour at most.
        for r in known { #expect(abs(r - perHour) <= 60) }
    }

    @Test func `there is no rate before three means span half of the time`() {
        let r = rates([(0, 0), (30, 1), (60, 2), (90, 3), (120, 4), (149, 5), (180, 6)])
        #expect(r.map { $0 == nil } == [true, true, true, true, true, true, false])
        // Two means, however far apart, are no line.
        #expect(rates([(0, 0), (240, 1)]).last == .some(nil))
        // After a silence it begins anew.
        let late = rates([(0, 0), (60, 1), (120, 2), (200, 3), (900, 9)])
        #expect(late[3] != nil && late[4] == nil)
    }

    @Test func `one wrong reading bends nothing, a step is believed by and by`() {
        func water(_ s: Int) -> Int64 { 100_000 + Int64(s) * 10_000 / 60 }
        let spiked = rates((0..<12).map { (Double($0 * 30), $0 == 7 ? 5_000_000 : water($0 * 30)) })
        #expect(abs((spiked.last.flatMap { $0 } ?? 0) - 600_000) < 60_000)
        let step = rates((0..<30).map { (Double($0 * 30), $0 < 15 ? 0 : 1_000_000) }).map { $0 ?? 0 }
        #expect(step[14] == 0 && (step.max() ?? 0) > 6_000_000 && step[29] == 0)
    }

    @Test func `noise of one deviation moves the rate little`() {
        var rng = SplitMix64(state: 77)
        let readings = (0..<400).map { i in
            (Double(i * 30), Int64(10_000 * Double(i) / 2) + Int64.random(in: -9000...9000, using: &rng))
        }
        let known = rates(readings).compactMap { $0 }.map { Double($0 - 600_000) }
        let deviation = (known.reduce(0) { $0 + $1 * $1 } / Double(known.count)).squareRoot()
        // Readings are uniform within 9 mm: 5.2 mm, of means of two 3.7 mm, over six of them 53 mm/h by least squares.
        #expect(deviation < 90_000)
    }

    @Test func `what it remembers is bounded, and no time traps`() {
        var track = RateTrack()
        for t in [Int64.min, -61_000, -1, 0, 59_999, 60_000, .max] {
            track.note(1_000_000_000_000_000, at: t, rule)
            _ = track.rate(at: t, rule)
        }
        var one = RateTrack()
        for i in 0..<5000 { one.note(1_000_000_000_000_000, at: Int64(i), rule) }
        #expect(one.counts[0] == 4096 && MemoryLayout<RateTrack>.size == 256)
    }
}

/// Levels with hysteresis.
@Suite struct AlarmTrackTests {
    static func rule(_ readings: Int64 = 1, lasting: Int64 = 0) -> AlarmTrack.Rule {
        .init(raise: [3, 6, 10], clear: [2, 5, 8], readings: readings, lastingMs: lasting)
    }
    func levels(_ values: [Int64], _ rule: AlarmTrack.Rule = rule(), everyMs: Int64 = 30_000) -> [Int64] {
        var track = AlarmTrack()
        return values.enumerated().map {
            track.note($1, at: Int64($0) * everyMs, rule)
            return track.level
        }
    }

    @Test func `a level is raised at its threshold and left only below the one to clear it`() {
        #expect(levels([2, 3, 2, 1, 2, 3]) == [0, 1, 1, 0, 0, 1])
        #expect(levels([9, 6, 5, 4, 2, 1]) == [2, 2, 2, 1, 1, 0])
        #expect(levels([100, 7, 0]) == [3, 2, 0])
    }

    @Test func `it changes when enough readings in a row ask for it, to what they all ask for`() {
        #expect(levels([3, 1, 3, 3], Self.rule(2)) == [0, 0, 0, 1])
        // 11 and then 7: both ask for 2.
        #expect(levels([11, 7, 11, 11], Self.rule(2)) == [0, 2, 2, 3])
        #expect(levels([11, 11, 0, 4, 4], Self.rule(2)) == [0, 3, 3, 1, 1])
        #expect(levels([3, 3, 3, 3], Self.rule(1, lasting: 60_000)) == [0, 0, 1, 1])
        #expect(levels([3, 3, 1, 3, 3, 3], Self.rule(1, lasting: 60_000)) == [0, 0, 0, 0, 0, 1])
    }

    @Test func `with one reading it is what the thresholds say of the way so far`() {
        var rng = SplitMix64(state: 5)
        var level: Int64 = 0
        let values = (0..<2000).map { _ in Int64.random(in: 0...12, using: &rng) }
        let expected = values.map { v in
            let up = Int64([3, 6, 10].count { v >= $0 })
            let down = Int64([2, 5, 8].count { v >= $0 })
            level = min(max(level, up), down)
            return level
        }
        #expect(levels(values) == expected)
        let slow = levels(values, Self.rule(2))
        #expect(slow != expected && zip(slow, slow.dropFirst()).contains { $0 != $1 })
    }
}

/// What the store keeps of a sensor's memory.
@Suite struct SensorMemoryTests {
    static func random(_ rng: inout SplitMix64) -> SensorMemory {
        var m = SensorMemory()
        let parts = Int.random(in: 0...7, using: &rng)
        var time = Int64.random(in: -5_000_000_000_000...5_000_000_000_000, using: &rng)
        let rate = RateTrack.Rule(overMs: 300_000, perMs: 60_000)
        if parts & 1 != 0 { m.freeFlow = FreeFlowTrack(registry: 0) }
        if parts & 2 != 0 { (m.rate, m.rateSlotMs) = (RateTrack(), rate.slotMs) }
        if parts & 4 != 0 { m.alarm = AlarmTrack() }
        for _ in 0..<Int.random(in: 0...200, using: &rng) {
            time += .random(in: 1...90_000_000, using: &rng) / .random(in: 1...3000, using: &rng) + 1
            let v = Int64.random(in: 0...200_000_000, using: &rng)
            m.freeFlow?.note(v, at: time, sound: true, FreeFlowTrackTests.rule(after: 20, always: true))
            m.rate?.note(v, at: time, rate)
            m.alarm?.note(v / 10_000_000, at: time, AlarmTrackTests.rule(2))
        }
        return m
    }

    @Test func `stored bytes give the same memory back`() {
        var rng = SplitMix64(state: 31)
        for _ in 0..<500 {
            let m = Self.random(&rng)
            #expect(SensorMemory(m.bytes) == m)
        }
    }

    @Test func `changed bytes are refused, or are the bytes of what they give`() {
        var rng = SplitMix64(state: 32)
        var refused = 0
        for _ in 0..<5000 {
            var bytes = Self.random(&rng).bytes
            for _ in 0..<Int.random(in: 1...3, using: &rng) where !bytes.isEmpty {
                let i = Int.random(in: 0..<bytes.count, using: &rng)
                switch Int.random(in: 0...2, using: &rng) {
                case 0: bytes[i] = .random(in: 0...255, using: &rng)
                case 1: bytes.remove(at: i)
                default: bytes.insert(.random(in: 0...255, using: &rng), at: i)
                }
            }
            guard var m = SensorMemory(bytes) else {
                refused += 1
                continue
            }
            #expect(m.bytes == bytes)
            // It goes on without a trap.
            for t in [Int64.min, 0, .max] {
                m.freeFlow?.note(.max / 10_000, at: t, sound: true, FreeFlowTrackTests.rule(always: true))
                m.rate?.note(1_000_000_000_000_000, at: t, .init(overMs: m.rateSlotMs &* 5, perMs: 60_000))
                _ = m.rate?.rate(at: t, .init(overMs: 300_000, perMs: 60_000))
                m.alarm?.note(7, at: t, AlarmTrackTests.rule(3))
            }
        }
        #expect(refused > 1000)
    }
}
