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
        var f = DuplicateFilter(horizon: 100, recording: true)
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

    @Test func `a restored duplicate filter knows the ids that were drained`() {
        var f = DuplicateFilter(horizon: 10, recording: true)
        var stored: [Int: [UInt64]] = [:]
        for i in 1...37 as ClosedRange<UInt64> {
            _ = f.insert(i)
            if i % 6 == 0 { for d in f.drain() { stored[d.generation, default: []] += d.ids } }
        }
        for d in f.drain() { stored[d.generation, default: []] += d.ids }
        var g = DuplicateFilter(horizon: 10, recording: true)
        g.restore(generation: 3, previous: stored[2] ?? [], current: stored[3] ?? [])
        #expect(g.generation == f.generation && g.inCurrent == f.inCurrent)
        for i in 1...60 as ClosedRange<UInt64> {
            let (a, b) = (f.insert(i), g.insert(i))
            #expect(a == b, "id \(i)")
        }
    }

    static let minute = WindowAssigner(name: "1m", sizeMs: 60, everyMs: 60)
    static let five = WindowAssigner(name: "5m", sizeMs: 300, everyMs: 60)

    func table(_ windows: [WindowAssigner], lateness: Int64 = 0, streets: Int = 3, inputs: Int = 2) -> PaneTable {
        PaneTable(paneMs: 60, windows: windows, latenessMs: lateness, streets: streets, inputs: inputs)
    }

    @Test func `an event is counted once into its pane and windows merge panes`() {
        var t = table([Self.five])
        for time in stride(from: Int64(0), to: 300, by: 10) {
            let taken = t.add(
                1_000_000, time: time, street: 2, input: 1, ordinal: 0, identity: 0, needs: [], watermark: time - 5)
            #expect(taken)
        }
        var out = [Aggregate?](repeating: nil, count: 6)
        t.merge(window: 0, start: -120, wanted: [true, true], into: &out)
        #expect(out[5]?.count == 18)
        #expect(out[0] == nil)
        #expect(t.drainTouched().map(\.start) == [0, 60, 120, 180, 240])
        #expect(t.drainTouched().isEmpty)
        t.removePanes(before: 120)
        #expect(t.starts == [120, 180, 240])
    }

    @Test func `a late event changes only the windows that are still open for it`() {
        var t = table([Self.minute, Self.five], lateness: 30)
        func add(_ time: Int64, watermark: Int64) -> Bool {
            t.add(1, time: time, street: 0, input: 0, ordinal: 0, identity: 0, needs: [], watermark: watermark)
        }
        func count(_ window: Int, _ start: Int64) -> Int64 {
            var out = [Aggregate?](repeating: nil, count: 6)
            t.merge(window: window, start: start, wanted: [true, true], into: &out)
            return out[0]?.count ?? 0
        }
        let inTime = add(10, watermark: 0)
        let within = add(20, watermark: 89)
        let partly = add(30, watermark: 90)  // [0, 60) closed at 60 + 30; hopping windows that end later are open
        #expect(inTime && within && partly)
        #expect(count(0, 0) == 2)
        #expect(count(1, -240) == 2)  // ended at 60 too
        #expect(count(1, -180) == 3 && count(1, 0) == 3)
        let late = add(40, watermark: 330)  // the last window that holds it, [0, 300), closed at 330
        #expect(!late)
        #expect(count(1, 0) == 3)
        let last = add(40, watermark: 329)
        #expect(last && count(1, 0) == 4 && count(1, -60) == 3)
    }

    @Test func `a late drop is counted without touching the values`() {
        var t = table([Self.minute])
        t.addLate(time: 30, street: 0, input: 0)
        let a = t.aggregate(PaneCell(start: 0, street: 0, input: 0))
        #expect(a?.late == 1 && a?.count == 0)
    }

    @Test func `panes and patches leave memory by their start, as a store gives them back`() {
        var t = table([Self.five])
        func add(_ time: Int64, watermark: Int64) {
            _ = t.add(1, time: time, street: 0, input: 0, ordinal: 0, identity: 0, needs: [], watermark: watermark)
        }
        add(400, watermark: 0)
        add(130, watermark: 395)  // late for windows that end up to 360, patches of [120, 420)
        #expect(t.cells.map { [Int64($0.scope), $0.start] } == [[0, 360], [1, 120]])
        t.removePanes(before: 120)
        #expect(t.cells.count == 2)
        t.removePanes(before: 121)
        #expect(t.cells.map(\.scope) == [0])
    }

    @Test func `stored cells merge back and count as changed only where they meet newer ones`() {
        var a = Aggregate()
        a.add(5, time: 1, ordinal: 0, identity: 0, needs: [])
        var t = table([Self.minute])
        t.restore(PaneCell(start: 0, street: 1, input: 0), a)
        #expect(t.drainTouched().isEmpty)
        t.restore(PaneCell(start: 0, street: 1, input: 0), a)
        #expect(t.drainTouched() == [PaneCell(start: 0, street: 1, input: 0)])
        #expect(t.aggregate(PaneCell(start: 0, street: 1, input: 0))?.count == 2)
    }
}
