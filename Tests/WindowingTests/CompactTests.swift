import TestSupport
import Testing

@testable import Windowing

/// What goes from an edge to the centre, and how states of one cell take each other's place.
@Suite struct CompactTests {
    static let start: Int64 = 1_795_507_200_000

    /// Aggregates as panes have them: few readings or many, round values or not, of either sign.
    func random(_ rng: inout SplitMix64) -> Aggregate {
        var a = Aggregate()
        let needs: AggregateNeeds = [[], .quantiles, .distinct, [.quantiles, .distinct]].randomElement(using: &rng) ?? []
        let unit: Int64 = [1, 100, 100_000, 1_000_000].randomElement(using: &rng) ?? 1
        let spread: Int64 = [0, 3, 4_000, 1 << 45].randomElement(using: &rng) ?? 0
        let base = Int64.random(in: -40...4_000, using: &rng)
        for _ in 0..<([0, 1, 2, 7, 400].randomElement(using: &rng) ?? 0) {
            a.add(
                (base + Int64.random(in: 0...spread, using: &rng)) &* unit,
                time: Self.start + Int64.random(in: 0..<60_000, using: &rng),
                ordinal: Int.random(in: 0..<(Bool.random(using: &rng) ? 3 : 200), using: &rng),
                identity: rng.next(), needs: needs)
        }
        for _ in 0..<Int.random(in: 0...2, using: &rng) where Bool.random(using: &rng) { a.addLate() }
        if needs.contains(.distinct), Bool.random(using: &rng) { a.addDistinct(rng.next()) }
        return a
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `compact bytes give the same aggregate, to the bit`(seed: UInt64) {
        var rng = SplitMix64(state: seed)
        for _ in 0..<100 {
            let a = random(&rng)
            var bytes: [UInt8] = []
            a.appendCompact(to: &bytes, start: Self.start)
            var reader = ByteReader(bytes)
            let back = Aggregate(compact: &reader, start: Self.start)
            #expect(back == a && reader.atEnd)
            var (canonical, again): ([UInt8], [UInt8]) = ([], [])
            a.append(to: &canonical)
            back?.append(to: &again)
            #expect(canonical == again)
        }
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `no bytes end the program, and what is read is sound`(seed: UInt64) {
        var rng = SplitMix64(state: seed)
        for _ in 0..<300 {
            var bytes: [UInt8] = []
            random(&rng).appendCompact(to: &bytes, start: Self.start)
            for _ in 0..<Int.random(in: 1...4, using: &rng) {
                let i = Int.random(in: 0..<bytes.count, using: &rng)
                bytes[i] = UInt8.random(in: 0...255, using: &rng)
            }
            if Bool.random(using: &rng) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &rng)) }
            var reader = ByteReader(bytes)
            guard let a = Aggregate(compact: &reader, start: Self.start) else { continue }
            var canonical: [UInt8] = []
            a.append(to: &canonical)
            #expect(Aggregate(canonical) == a)
        }
    }

    @Test func `a pane of one reading takes a tenth of its canonical bytes`() {
        var a = Aggregate()
        a.add(37_500_000, time: Self.start + 12_000, ordinal: 1, identity: 0, needs: .quantiles)
        var (compact, canonical): ([UInt8], [UInt8]) = ([], [])
        a.appendCompact(to: &compact, start: Self.start)
        a.append(to: &canonical)
        #expect(compact.count * 10 <= canonical.count, "\(compact.count) of \(canonical.count)")
    }

    @Test(arguments: 0..<20 as Range<UInt64>)
    func `states of a cell may come in any order and again: the newest stays`(seed: UInt64) {
        var rng = SplitMix64(state: seed)
        var table = PaneTable(
            paneMs: 60_000, windows: [WindowAssigner(name: "1m", sizeMs: 60_000, everyMs: 60_000)], latenessMs: 0,
            streets: 2, inputs: 3)
        let cells = [
            PaneCell(start: Self.start, street: 1, input: 2), PaneCell(scope: 1, start: Self.start, street: 0, input: 1),
        ]
        for cell in cells {
            var states = [Aggregate()]
            for i in 0..<40 {
                var a = states[states.count - 1]
                switch i % 4 {
                case 3: a.addLate()
                case 2: a.addDistinct(rng.next())
                default: a.add(Int64(i), time: Self.start + Int64(i), ordinal: i, identity: 0, needs: .quantiles)
                }
                states.append(a)
            }
            for a in (states + states).shuffled(using: &rng) { table.put(cell, a) }
            #expect(table.aggregate(cell) == states.last)
        }
        let changed = table.drainTouched()
        #expect(changed == [cells[0], cells[1]])
        for cell in cells {
            let isNews = table.put(cell, table.aggregate(cell) ?? Aggregate())
            #expect(!isNews)
        }
        let touched = table.drainTouched()
        #expect(touched.isEmpty)
        // Nor from where no cell is.
        for cell in [
            PaneCell(scope: 2, start: Self.start, street: 0, input: 0), PaneCell(start: Self.start, street: 2, input: 0),
        ] {
            let isTaken = table.put(cell, Aggregate())
            #expect(!isTaken)
        }
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `states of sessions may come in any order and again: a copy ends with the same sessions`(seed: UInt64) {
        var rng = SplitMix64(state: seed)
        func table() -> SessionTable {
            SessionTable(streams: [.init(gapMs: 1000, reachMs: 1 << 40)], latenessMs: 1 << 40, streets: 1)
        }
        var (edge, copy) = (table(), table())
        var states: [(SessionCell, Aggregate)] = []
        for _ in 0..<60 {
            for _ in 0..<Int.random(in: 1...3, using: &rng) {
                _ = edge.add(
                    Int64.random(in: 0...9, using: &rng), time: Int64.random(in: 0...40_000, using: &rng), stream: 0,
                    street: 0, ordinal: 0, needs: [], watermark: .min)
            }
            if Bool.random(using: &rng) { edge.addLate(time: Int64.random(in: 0...40_000, using: &rng), stream: 0, street: 0) }
            for c in edge.drain().changed { if let a = edge.aggregate(c) { states.append((c, a)) } }
        }
        // Messages overtake each other a little, or wholly.
        var left = states + states
        if seed % 2 == 0 { left.shuffle(using: &rng) }
        while !left.isEmpty {
            let (c, a) = left.remove(at: Int.random(in: 0..<min(8, left.count), using: &rng))
            copy.put(c, a)
        }
        let key = SessionKey(stream: 0, street: 0)
        #expect(copy.sessions(key).map(\.start) == edge.sessions(key).map(\.start))
        #expect(copy.sessions(key).map(\.aggregate) == edge.sessions(key).map(\.aggregate))
        #expect(edge.sessions(key).count > 1)
    }
}
