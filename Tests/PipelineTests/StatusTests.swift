import CityModel
import HubAPI
import Testing
import TestSupport
import Windowing

@testable import Pipeline

/// How windows are shown: provisional, complete, revised.
@Suite struct StatusTests {
    let street = "440106001000"
    func statuses(_ hub: MiniHub, _ window: String = "1m", start: Int64 = eight) -> [String] {
        hub.history.filter {
            $0.place == street && $0.measure == "speed" && $0.window == window && $0.start.ms == start
        }.map { "\($0.status.rawValue) \($0.revision) \($0.count)" }
    }

    @Test func `a window is provisional, then complete, then revised with growing numbers`() throws {
        let hub = try MiniHub(partitions: ["sensor-readings"])
        hub.feed(0, [reading("loop-1", 30_000_000, at: 0)])
        hub.commit()
        hub.feed(0, [reading("loop-1", 40_000_000, at: 10_000)])
        hub.commit()
        hub.commit()
        hub.feed(0, [reading("loop-1", 50_000_000, at: 65_000)])
        hub.commit()
        hub.commit()
        hub.feed(0, [reading("loop-1", 60_000_000, at: 50_000)])
        hub.commit()
        hub.feed(0, [reading("loop-1", 70_000_000, at: 55_000)])
        hub.commit()
        #expect(statuses(hub) == ["provisional 0 1", "provisional 0 2", "complete 0 2", "revised 1 3", "revised 2 4"])
        #expect(hub.history.filter { $0.status == .provisional }.allSatisfy { $0.digest.isEmpty })
        #expect(hub.history.filter { $0.status != .provisional }.allSatisfy { $0.digest.count == 64 })
    }

    @Test func `windows that were shown provisional are completed whatever the rhythm of commits`() throws {
        let hub = try MiniHub(partitions: ["sensor-readings"])
        for s in stride(from: Int64(0), through: 600, by: 5) {
            hub.feed(0, [reading("loop-1", 30_000_000, at: s * 1_000)])
            hub.commit()
        }
        for m in 0..<9 as Range<Int64> {
            #expect(statuses(hub, start: eight + m * minute).filter { $0.hasPrefix("complete") } == ["complete 0 12"])
        }
        for m in 0..<5 as Range<Int64> {
            let shown = statuses(hub, "5m", start: eight + m * minute)
            #expect(shown.filter { $0.hasPrefix("complete") } == ["complete 0 60"])
        }
    }

    @Test func `a window that was shown before a hole in event time is completed behind it`() throws {
        let hub = try MiniHub(partitions: ["sensor-readings"])
        hub.feed(0, [reading("loop-1", 30_000_000, at: 0)])
        hub.commit()
        hub.feed(0, [reading("loop-1", 30_000_000, at: 60_000)])
        hub.commit()
        hub.feed(0, [reading("loop-1", 30_000_000, at: 24 * 60 * minute)])
        hub.commit()
        #expect(statuses(hub).last == "complete 0 1")
        #expect(statuses(hub, start: eight + minute).last == "complete 0 1")
        #expect(statuses(hub, "5m", start: eight - 4 * minute).last == "complete 0 1")
        // The hole itself is filled for an hour at most.
        let empty = hub.history.filter {
            $0.place == street && $0.measure == "speed" && $0.window == "1m" && $0.count == 0
        }
        #expect((1...62).contains(empty.count))
    }

    @Test func `a window that was shown before a restart is completed after it`() throws {
        let hub = try MiniHub(partitions: ["sensor-readings"])
        hub.feed(0, [reading("loop-1", 30_000_000, at: 0)])
        hub.commit()
        hub.restart()
        hub.feed(0, [reading("loop-1", 30_000_000, at: 70_000)])
        hub.commit()
        #expect(statuses(hub).last == "complete 0 1")
        hub.restart()
        hub.feed(0, [reading("loop-1", 30_000_000, at: 20_000)])
        hub.commit()
        hub.restart()
        hub.feed(0, [reading("loop-1", 30_000_000, at: 30_000)])
        hub.commit()
        #expect(Array(statuses(hub).suffix(2)) == ["revised 1 2", "revised 2 3"])
    }

    @Test func `a window that holds nothing but a partly late event is completed after a restart`() throws {
        let hub = try MiniHub(partitions: ["sensor-readings"])
        // The watermark is 08:06:58: of the windows over 08:03:30, only those that end from 08:06 on take it.
        hub.feed(0, [reading("loop-2", 30_000_000, at: 423_000), reading("loop-1", 40_000_000, at: 210_000)])
        hub.commit()
        hub.restart()
        hub.feed(0, [reading("loop-2", 30_000_000, at: 24 * 60 * minute)])
        hub.commit()
        #expect(statuses(hub, "5m", start: eight + 2 * minute).last == "complete 0 1")
        #expect(hub.row(street, "speed", "5m", eight)?.count ?? 0 == 0)
    }

    @Test func `a complete window is not shown again without a change, and only its own places are`() throws {
        let hub = try MiniHub(partitions: ["sensor-readings"])
        hub.feed(0, [reading("loop-1", 30_000_000, at: 0), reading("loop-2", 30_000_000, at: 66_000)])
        hub.commit()
        #expect(hub.commit().isEmpty)
        hub.feed(0, [reading("loop-1", 10_000_000, at: 5_000)])
        let out = hub.commit()
        #expect(Set(out.filter { $0.window == "1m" }.map(\.place)) == [street, "440106000000", "440100000000"])
        #expect(out.filter { $0.window == "1m" }.allSatisfy { $0.status == .revised })
    }

    @Test func `where sensors are expected and silent the window is shown as unknown`() throws {
        let hub = try MiniHub(partitions: ["sensor-readings"])
        hub.feed(0, [reading("loop-1", 30_000_000, at: 0), reading("loop-1", 30_000_000, at: 200_000)])
        hub.commit()
        let s = try #require(hub.row(street, "speed", "1m", eight + minute))
        #expect(s.status == .complete && s.count == 0 && s.value == nil && s.values.isEmpty && s.severity == .unknown)
        #expect(s.expected == 1 && s.reporting == 0 && s.coverage == 0)
        let other = try #require(hub.row("440103001000", "speed", "1m", eight))
        #expect(other.severity == .unknown && other.expected == 2)
        // No gauge in this street: no row at all.
        #expect(hub.row(street, "water_level", "1m", eight) == nil)
    }

    @Test func `an event for a window that has left memory revises the right total`() throws {
        for every in ["1m", "5m"] {
            let city = try TinyCity(replacing: ["every: 1m": "every: \(every)"])
            let hub = try MiniHub(city, partitions: ["sensor-readings", "sensor-readings"])
            hub.feed(1, [reading("loop-1", 10_000_000, at: 0), reading("loop-1", 20_000_000, at: 200_000)])
            hub.feed(0, [reading("loop-1", 30_000_000, at: 0), reading("loop-1", 30_000_000, at: 50 * minute)])
            hub.commit(idle: [1])
            hub.retire(keptMs: 0)
            #expect(hub.rollUp.retiredThrough > eight + 40 * minute)
            // The second partition lags behind: by its own watermark this is in time.
            hub.feed(1, [reading("loop-1", 40_000_000, at: 210_000), reading("loop-1", 50_000_000, at: 215_000)])
            hub.commit(idle: [1])
            let one = try #require(hub.row(street, "speed", "1m", eight + 3 * minute))
            #expect(one.count == 3 && one.status == .revised && one.values["sum"] == 110)
            let five = try #require(hub.row(street, "speed", "5m", eight))
            #expect(five.count == 5 && five.status == .revised && five.values["sum"] == 150)
            #expect(hub.reloads == 1)
            // A moment whose panes are still in memory, in a window that is not retired.
            hub.feed(1, [reading("loop-1", 60_000_000, at: 46 * minute + 30_000)])
            hub.commit(idle: [1])
            #expect(hub.row(street, "speed", "1m", eight + 46 * minute)?.count == 1)
        }
    }

    @Test func `a future event moves no watermark`() throws {
        let hub = try MiniHub(partitions: ["sensor-readings"])
        hub.feed(0, [reading("loop-1", 30_000_000, at: 0)])
        let before = hub.members[0].watermark
        hub.feed(0, [
            Record(offset: 1, text: reading("loop-1", 1_000_000, at: 10_001), recordTime: eight),
            Record(offset: 2, text: reading("loop-1", 1_000_000, at: 0).dropLast() + ",\"_ts\":-9223372036854775807}"),
        ])
        #expect(hub.members[0].watermark == before && hub.dead == [.future: 2])
        hub.feed(0, [Record(offset: 3, text: reading("loop-1", 1_000_000, at: 10_000), recordTime: eight)])
        #expect(hub.members[0].watermark.maxEventTime == eight + 10_000 && hub.members[0].ledger.isBalanced)
    }
}

@Suite struct ClockTests {
    func member(_ time: Int64?, idle: Bool = false, silent: Int64 = 0) -> ThemeClock.Member {
        var w = Watermark(outOfOrdernessMs: 5)
        if let time { w.advance(to: time) }
        return .init(watermark: w, idle: idle, silentMs: silent)
    }
    func advanced(_ members: [ThemeClock.Member], from: ThemeClock = ThemeClock()) -> ThemeClock {
        var c = from
        c.advance(members, paneMs: 60, longestWindowMs: 300)
        return c
    }

    @Test func `the clock is the slowest partition that is not idle`() {
        #expect(advanced([member(1000), member(700)]).value == 695)
        #expect(advanced([member(1000), member(700, idle: true)]).value == 995)
        #expect(advanced([member(1000), member(nil)]).value == .min)
        #expect(advanced([member(1000), member(nil, idle: true)]).value == 995)
        #expect(advanced([]).value == .min && advanced([member(nil, idle: true)]).value == .min)
    }

    @Test func `the clock never goes back`() {
        let c = advanced([member(1000)])
        #expect(advanced([member(1000), member(100)], from: c).value == 995)
        #expect(advanced([], from: c).value == 995)
    }

    @Test func `where all are idle the last windows close, and no more than those`() {
        for time in [960, 961, 964, 1000, 1019] as [Int64] {
            #expect(advanced([member(time, idle: true, silent: 30), member(10, idle: true, silent: 99)]).value >= 1020)
            let end = advanced([member(time, idle: true, silent: 1_000_000)])
            // The last window of 300 every 60 that holds the event is [960, 1260).
            #expect(end.value == 1260, "event at \(time)")
        }
        let c = advanced([member(1000, idle: true, silent: 100)])
        #expect(c.value == 1095)
    }
}
