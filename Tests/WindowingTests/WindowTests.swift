import Testing

@testable import Windowing

@Suite struct WindowTests {
    @Test func `a watermark never goes back`() {
        var w = Watermark(outOfOrdernessMs: 5)
        #expect(w.value == .min)
        w.advance(to: 100)
        w.advance(to: 40)
        #expect(w.value == 95)
    }

    @Test func `hopping windows that hold a moment are aligned to the epoch, also before it`() {
        let h = WindowAssigner(name: "5m", sizeMs: 300, everyMs: 60)
        #expect(h.starts(containing: 299) == [0, 60, 120, 180, 240])
        #expect(h.starts(containing: -1) == [-300, -240, -180, -120, -60])
        #expect(WindowAssigner(name: "1m", sizeMs: 60, everyMs: 60).starts(containing: 60) == [60])
    }

    @Test func `an id is found again within the horizon and forgotten after two`() {
        var f = DuplicateFilter(horizon: 100)
        let new = f.insert(7)
        let again = f.insert(7)
        #expect(new && !again)
        for i in 1000..<1100 as Range<UInt64> { _ = f.insert(i) }
        let still = f.insert(7)
        #expect(!still)
        for i in 2000..<2200 as Range<UInt64> { _ = f.insert(i) }
        let forgotten = f.insert(7)
        #expect(forgotten)
    }

    @Test func `an event is counted once into its pane and windows merge panes`() {
        var t = PaneTable(paneMs: 60, streets: 3, inputs: 2)
        for time in stride(from: Int64(0), to: 300, by: 10) {
            t.add(1_000_000, time: time, street: 2, input: 1, ordinal: 0, identity: 0, needs: [])
        }
        var out = [Aggregate?](repeating: nil, count: 6)
        t.merge(from: 60, to: 240, into: &out)
        #expect(out[5]?.count == 18)
        #expect(out[0] == nil)
        #expect(t.drainTouched().map(\.start) == [0, 60, 120, 180, 240])
        #expect(t.drainTouched().isEmpty)
        #expect(t.removePanes(before: 120) == [0, 60])
        #expect(t.starts == [120, 180, 240])
    }

    @Test func `a late drop is counted without touching the values`() {
        var t = PaneTable(paneMs: 60, streets: 1, inputs: 1)
        t.addLate(time: 30, street: 0, input: 0)
        let a = t.aggregate(PaneCell(start: 0, street: 0, input: 0))
        #expect(a?.late == 1 && a?.count == 0)
    }
}
