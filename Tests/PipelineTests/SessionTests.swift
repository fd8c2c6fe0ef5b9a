import HubAPI
import TestSupport
import Testing

@testable import Pipeline

/// Session windows row by row. Gap 3 min, reach 40 min, allowed lateness 1 min, out-of-orderness 5 s.
@Suite struct SessionTests {
    static let street = "440106001000"

    func hub(_ partitions: Int = 1, theme: String = SessionPropertyTests.theme) throws -> MiniHub {
        try MiniHub(
            try TinyCity(["themes/city.yaml": theme]),
            partitions: Array(repeating: "sensor-readings", count: partitions))
    }
    /// Rain of `mm` at minutes after eight.
    func rain(_ minutes: Double..., mm: Int64 = 1, sensor: String = "rain-1") -> [String] {
        minutes.map { reading(sensor, mm * 1_000_000, at: Int64($0 * 60_000), kind: "rainfall") }
    }
    func row(_ hub: MiniHub, _ start: Double, _ street: String = street) -> Summary? {
        hub.row(street, "storm", "storm", eight + Int64(start * 60_000))
    }
    /// `start-end status revision count` in minutes after eight.
    func text(_ rows: [Summary]) -> [String] {
        func minutes(_ ms: Int64) -> Double { Double(ms - eight) / 60_000 }
        return rows.map {
            "\(minutes($0.start.ms))-\(minutes($0.end.ms)) \($0.status) \($0.revision) \($0.count)"
        }
    }

    @Test func `a session is provisional, then complete, then revised with growing numbers`() throws {
        let h = try hub()
        h.feed(0, rain(0, 2))
        #expect(text(h.commit()) == ["0.0-5.0 provisional 0 2"])
        #expect(h.commit() == [])
        h.feed(0, rain(6))
        // The watermark is 05:55: the session has ended and takes events still, for a minute.
        #expect(text(h.commit()) == ["0.0-5.0 complete 0 2", "6.0-9.0 provisional 0 1"])
        h.feed(0, rain(1))
        #expect(text(h.commit()) == ["0.0-5.0 revised 1 3"])
        h.feed(0, rain(1.5))
        #expect(text(h.commit()) == ["0.0-5.0 revised 2 4"])
        let s = try #require(row(h, 0))
        #expect(s.value == 4 && s.values["count"] == 4 && s.level == .street && s.digest.count == 64)
        #expect(s.expected == 2 && s.reporting == 1 && s.coverage == 50)
    }

    @Test func `silence of exactly the gap ends a session`() throws {
        let h = try hub()
        h.feed(0, rain(0, 3, 5.999))
        #expect(text(h.commit()) == ["0.0-3.0 complete 0 1", "3.0-8.999 provisional 0 2"])
    }

    @Test func `a reading that the condition leaves out neither opens nor extends a session, and is accepted`() throws {
        let h = try hub()
        h.feed(0, rain(0) + rain(2, mm: 0) + rain(4, 8, mm: 0))
        #expect(text(h.commit(to: eight + 20 * minute)) == ["0.0-3.0 complete 0 1"])
        #expect(h.members[0].ledger.accepted == 4 && h.members[0].watermark.maxEventTime == eight + 8 * minute)
        // `below`, strictly.
        let low = SessionPropertyTests.theme.replacing("above: 0", with: "below: 2")
        let b = try hub(theme: low)
        b.feed(0, rain(0, mm: 2) + rain(1, mm: 1))
        #expect(text(b.commit()) == ["1.0-4.0 provisional 0 1"])
    }

    @Test func `a row whose session starts earlier now is withdrawn before it counts twice`() throws {
        let h = try hub()
        h.feed(0, rain(5))
        h.commit()
        h.feed(0, rain(3))
        #expect(text(h.commit()) == ["3.0-8.0 provisional 0 2", "5.0-8.0 provisional 0 0"])
        #expect(row(h, 5)?.digest == "")
        #expect(h.storedSessions[0].keys.map(\.start) == [eight + 3 * minute])
    }

    @Test func `two complete sessions that become one: the first is revised, the second withdrawn`() throws {
        let h = try hub()
        h.feed(0, rain(0, 4, 7.5))
        #expect(text(h.commit()).prefix(2) == ["0.0-3.0 complete 0 1", "4.0-7.0 complete 0 1"])
        h.feed(0, rain(2))
        h.restart()
        // The event was not committed: it is read again.
        h.feed(0, rain(2))
        #expect(text(h.commit()) == ["0.0-7.0 revised 1 3", "4.0-7.0 revised 1 0"])
        let gone = try #require(row(h, 4))
        #expect(gone.value == nil && gone.values == [:] && gone.severity == .unknown && gone.reporting == 0)
        #expect(gone.expected == 2 && gone.digest.count == 64)
        #expect(h.storedSessions[0].keys.map(\.start).sorted() == [eight, eight + Int64(7.5 * 60_000)])
        #expect(h.commit() == [])
        h.restart()
        #expect(h.commit() == [])
    }

    @Test func `partitions share a session: one bridges what another has as two`() throws {
        let h = try hub(2)
        h.feed(0, rain(0, 4))
        h.feed(1, rain(0))
        #expect(text(h.commit()) == ["0.0-3.0 provisional 0 2", "4.0-7.0 provisional 0 1"])
        h.feed(1, rain(2, sensor: "rain-2"))
        #expect(text(h.commit()) == ["0.0-7.0 provisional 0 4", "4.0-7.0 provisional 0 0"])
        #expect(row(h, 0)?.reporting == 2 && row(h, 0)?.coverage == 100)
        // Each partition's own part stays what it is.
        #expect(h.storedSessions[0].count == 2 && h.storedSessions[1].count == 1)
    }

    @Test func `lateness is judged by the end of the session that the event would be in`() throws {
        let h = try hub()
        // One session of 08:00 to 08:20 + 3 min; the watermark less the lateness is 08:18:55.
        h.feed(0, rain(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20))
        h.feed(0, rain(1))
        #expect(h.members[0].ledger.late == 0)
        // Another street has no session there: 08:15:55 + 3 min is over, a millisecond later is not.
        h.feed(0, [reading("rain-3", 1_000_000, at: 955_000, kind: "rainfall")])
        #expect(h.members[0].ledger.late == 1)
        h.feed(0, [reading("rain-3", 1_000_000, at: 955_001, kind: "rainfall")])
        #expect(h.members[0].ledger.late == 1)
        h.commit()
        #expect(row(h, 0)?.count == 12 && row(h, 0)?.late == 0)
    }

    @Test func `an event beyond the reach is late, however long its session is open`() throws {
        let h = try hub()
        for m in 0...50 { h.feed(0, rain(Double(m))) }
        // 08:50 less 5 s, 1 min and 40 min is 08:08:55.
        h.feed(0, [reading("rain-1", 1_000_000, at: 535_000, kind: "rainfall")])
        #expect(h.members[0].ledger.late == 1)
        h.feed(0, [reading("rain-1", 1_000_000, at: 535_001, kind: "rainfall")])
        #expect(h.members[0].ledger.late == 1)
        h.commit()
        // The late one stands in the session of the newest event, which here is the same.
        #expect(row(h, 0)?.count == 52 && row(h, 0)?.late == 1)
    }

    @Test func `a reading that a fixed window takes is accepted, and no session has it`() throws {
        let both = SessionPropertyTests.theme
            .replacing("windows:\n  storm", with: "windows:\n  1h: { size: 1h }\n  storm")
            .replacing("windows: [storm]\n    when: { above: 0 }", with: "windows: [1h, storm]")
        let h = try hub(theme: both)
        h.feed(0, rain(0, 30))
        h.feed(0, rain(10))
        #expect(h.members[0].ledger.accepted == 3 && h.members[0].ledger.late == 0)
        h.commit()
        #expect(h.row(Self.street, "storm", "1h", eight)?.count == 3)
        #expect(h.view.values.filter { $0.window == "storm" }.map(\.count) == [1, 1])
    }

    @Test func `where all are idle the last session closes`() throws {
        let h = try hub()
        h.feed(0, rain(0.9))
        h.commit()
        h.commit(idle: [0], silentMs: 10 * minute)
        #expect(row(h, 0.9)?.status == .complete)
    }

    @Test func `sessions leave memory and store when nothing can reach them, and not before`() throws {
        let h = try hub(2)
        h.feed(0, rain(0, 2) + rain(60))
        h.feed(1, rain(40))
        // Partition 1 still reaches back to 08:40 - 65 s - 40 min, which is before the first session's end.
        h.commit()
        h.retire(keptMs: 0)
        #expect(h.storedSessions[0].count == 2)
        for m in stride(from: 38.0, through: 4, by: -2) { h.feed(1, rain(m)) }
        #expect(text(h.commit()) == ["0.0-43.0 revised 1 21", "40.0-43.0 provisional 0 0"])
        h.feed(0, rain(90))
        h.feed(1, rain(90))
        h.commit()
        h.retire(keptMs: 0)
        #expect(h.storedSessions[0].keys.map(\.start).sorted() == [eight + 60 * minute, eight + 90 * minute])
        #expect(h.members[1].sessions[0].keys.flatMap { h.members[1].sessions[0].sessions($0).map(\.start) }
            == [eight + 90 * minute])
        h.restart()
        #expect(h.commit() == [])
    }

    @Test func `a partition without data does not keep sessions for ever`() throws {
        let h = try hub(2)
        for hour in 0...30 { h.feed(0, rain(Double(hour * 60))) }
        h.commit(idle: [1])
        h.retire(keptMs: 0)
        // 24 h for a partition that lags, and the reach.
        #expect(h.storedSessions[0].count == 25)
    }
}
