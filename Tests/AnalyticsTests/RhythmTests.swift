import CityModel
import Testing

@testable import Analytics

@Suite struct RhythmTests {
    let hour: Int64 = 3_600_000

    @Test func `a new profile knows nothing, one reading is its mean everywhere`() {
        var p = RhythmProfile()
        #expect(p.value(at: EventTime(ms: 0)) == 0)
        p.add(4, at: EventTime(ms: 0))
        #expect(p.value(at: EventTime(ms: 12 * hour)) == 4)
    }

    @Test func `weekends are told from weekdays, and Mondays from Tuesdays, in local time`() {
        var p = RhythmProfile(.init(offsetMs: 8 * 3_600_000))
        // 1970-01-05T00:00+08:00 is a Monday.
        let monday = EventTime(ms: 4 * 24 * hour - 8 * hour)
        for week in 0..<8 {
            for day in 0..<7 {
                for h in 0..<24 {
                    let t = monday + Int64((week * 7 + day) * 24 + h) * hour
                    p.add(day >= 5 ? 10 : day == 0 ? 30 : 20, at: t)
                }
            }
        }
        let noon = monday + Int64(8 * 7 * 24 + 12) * hour
        #expect(abs(p.value(at: noon) - 30) < 4)
        #expect(abs(p.value(at: noon + 24 * hour) - 20) < 3)
        #expect(abs(p.value(at: noon + 5 * 24 * hour) - 10) < 3)
    }

    @Test func `between two bins' middles the profile is a straight line`() {
        var p = RhythmProfile(.init(bins: 24, priors: [1e-9, 1e-9, 1e-9]))
        p.add(10, at: EventTime(ms: 10 * hour + hour / 2))
        p.add(20, at: EventTime(ms: 11 * hour + hour / 2))
        #expect(abs(p.value(at: EventTime(ms: 11 * hour)) - 15) < 1e-6)
        #expect(abs(p.value(at: EventTime(ms: 10 * hour + 3 * hour / 4)) - 12.5) < 1e-6)
    }

    @Test func `times before the epoch have their own place in the day`() {
        var p = RhythmProfile(.init(priors: [1e-9, 1e-9, 1e-9]))
        p.add(7, at: EventTime(ms: -hour / 2))
        p.add(1, at: EventTime(ms: -12 * hour - hour / 2))
        #expect(abs(p.value(at: EventTime(ms: 7 * 24 * hour - hour / 2)) - 7) < 1e-6)
    }

    @Test func `old days fade`() {
        var p = RhythmProfile(.init(memory: 3))
        for day in 0..<400 as Range<Int64> { p.add(day < 200 ? 0 : 100, at: EventTime(ms: day * 24 * hour)) }
        #expect(p.value(at: EventTime(ms: 400 * 24 * hour)) > 90)
    }
}
