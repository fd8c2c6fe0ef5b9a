import Testing
import Windowing

@Suite struct SessionTableTests {
    func table(gap: Int64 = 100) -> SessionTable {
        SessionTable(streams: [.init(gapMs: gap, reachMs: 1000)], latenessMs: 10, streets: 2)
    }
    func add(_ t: inout SessionTable, _ time: Int64, street: Int = 0, watermark: Int64 = .min) -> Bool {
        t.add(1_000_000, time: time, stream: 0, street: street, ordinal: 0, needs: [], watermark: watermark)
    }
    func cell(_ start: Int64, street: Int32 = 0) -> SessionCell { SessionCell(stream: 0, street: street, start: start) }
    func starts(_ t: SessionTable, street: Int32 = 0) -> [Int64] {
        t.sessions(SessionKey(stream: 0, street: street)).map(\.start)
    }

    @Test func `what changed and what is gone is drained once, in order`() {
        var t = table()
        for time in [0, 150, 300] as [Int64] { #expect(add(&t, time)) }
        #expect(add(&t, 50, street: 1))
        #expect(t.drain().changed == [cell(0), cell(150), cell(300), cell(50, street: 1)])
        #expect(t.drain() == ([], []))
        #expect(add(&t, 75) && add(&t, -60))
        let (changed, removed) = t.drain()
        #expect(changed == [cell(-60)] && removed == [cell(0), cell(150)])
        #expect(starts(t) == [-60, 300] && t.aggregate(cell(-60))?.count == 4)
    }

    @Test func `an event at exactly the end, or at the start less the gap, is another session`() {
        var t = table()
        for time in [0, 100, -100, 1] as [Int64] { #expect(add(&t, time)) }
        // 1 joins 0 and 100 lies within 1's gap.
        #expect(starts(t) == [-100, 0])
    }

    @Test func `a refused event changes nothing`() {
        var t = table()
        #expect(add(&t, 0))
        _ = t.drain()
        #expect(!add(&t, 20, watermark: 130) && add(&t, 20, watermark: 129))
        #expect(t.drain().changed == [cell(0)] && t.aggregate(cell(0))?.count == 2)
        #expect(!add(&t, 50, street: 1, watermark: 160) && t.drain() == ([], []))
    }

    @Test func `sessions put back count as changed only where they meet`() throws {
        var old = table()
        for time in [0, 150, 400] as [Int64] { #expect(add(&old, time)) }
        // The gap has been lengthened meanwhile.
        var t = table(gap: 200)
        for s in old.sessions(SessionKey(stream: 0, street: 0)).reversed() { t.restore(cell(s.start), s.aggregate) }
        #expect(starts(t) == [0, 400])
        #expect(t.drain() == ([cell(0)], [cell(150)]))
        // What no table writes is left out.
        var empty = table()
        let a = try #require(old.aggregate(cell(0)))
        empty.restore(cell(1), a)
        empty.restore(SessionCell(stream: 3, street: 0, start: 0), a)
        empty.restore(cell(0, street: 2), a)
        #expect(empty.keys.isEmpty)
    }

    @Test func `late events are counted in the session of the newest event, if there is one`() {
        var t = table()
        #expect(add(&t, 0))
        t.addLate(time: 100, stream: 0, street: 0)
        #expect(t.aggregate(cell(0))?.late == 0)
        t.addLate(time: 99, stream: 0, street: 0)
        t.addLate(time: 99, stream: 0, street: 1)
        #expect(t.aggregate(cell(0))?.late == 1 && t.keys.count == 1)
        t.remove(cell(0))
        #expect(t.keys.isEmpty)
    }
}
