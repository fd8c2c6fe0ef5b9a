/// One street and input of one pane (or of one window's late patch), changed since the last drain.
public struct PaneCell: Hashable, Sendable, Comparable {
    /// 0: a pane. `w + 1`: what only window `w` of the theme accepted (see `PaneTable`).
    public var scope: Int32
    /// Start of the pane, or of the window for a patch, ms.
    public var start: Int64
    public var street: Int32
    public var input: Int32
    public init(scope: Int32 = 0, start: Int64, street: Int32, input: Int32) {
        self.scope = scope
        self.start = start
        self.street = street
        self.input = input
    }
    public static func < (a: PaneCell, b: PaneCell) -> Bool {
        (a.scope, a.start, a.street, a.input) < (b.scope, b.start, b.street, b.input)
    }
}

/// The open panes of one partition and theme: for each pane a dense table of streets x inputs into a list of aggregates.
///
/// An event is counted once, into the pane of its time; windows are merges of panes. Lateness is judged for each window
/// (rule 2 of the semantics): an event that is still in time for some of its windows, but no longer for all, is added
/// to a *patch* of each window that takes it, so that no closed window changes.
public struct PaneTable: Sendable {
    struct Pane: Sendable {
        var start: Int64
        /// From this watermark on, an event of this pane is late for at least one of its windows.
        var closesAt: Int64
        /// Index into `cells` for street * inputs + input; -1 where nothing was seen.
        var index: ContiguousArray<Int32>
        var cells: ContiguousArray<Aggregate> = []
        var keys: ContiguousArray<Int32> = []
        var touched: ContiguousArray<Bool> = []
        var touchedList: ContiguousArray<Int32> = []
    }

    public let paneMs: Int64
    public let windows: [WindowAssigner]
    public let latenessMs: Int64
    public let streets: Int
    public let inputs: Int
    /// In the order of their starts.
    private var panes: ContiguousArray<Pane> = []
    private var current = 0
    private var patches: [PaneCell: Aggregate] = [:]
    private var touchedPatches: Set<PaneCell> = []

    /// `paneMs` must divide every window's size and step.
    public init(paneMs: Int64, windows: [WindowAssigner], latenessMs: Int64, streets: Int, inputs: Int) {
        self.paneMs = paneMs
        self.windows = windows
        self.latenessMs = latenessMs
        self.streets = streets
        self.inputs = inputs
    }

    public var starts: [Int64] { panes.map(\.start) }

    /// The end of the first window to close among those that hold the pane, plus the allowed lateness.
    private func closing(_ start: Int64) -> Int64 {
        var first = Int64.max
        for w in windows {
            // The oldest window that still holds the pane.
            let oldest = w.floor(start) - (w.sizeMs - w.everyMs)
            first = min(first, oldest + w.sizeMs)
        }
        return first == .max ? .max : first + latenessMs
    }

    private func paneStart(_ time: Int64) -> Int64 {
        let r = time % paneMs
        return r >= 0 ? time - r : time - r - paneMs
    }

    @inline(never)
    private mutating func open(_ start: Int64) -> Int {
        var i = panes.count
        while i > 0, panes[i - 1].start > start { i -= 1 }
        if i > 0, panes[i - 1].start == start { return i - 1 }
        panes.insert(
            Pane(
                start: start, closesAt: closing(start),
                index: ContiguousArray(repeating: -1, count: streets * inputs)), at: i)
        return i
    }

    /// Makes the pane of `time` the current one; false where `watermark` has passed its first window.
    @inline(__always)
    private mutating func select(_ time: Int64, _ watermark: Int64) -> Bool {
        let known = current < panes.count && time >= panes[current].start && time - panes[current].start < paneMs
        if !known, !switchPane(time, watermark) { return false }
        return watermark < panes[current].closesAt
    }

    @inline(never)
    private mutating func switchPane(_ time: Int64, _ watermark: Int64) -> Bool {
        let start = paneStart(time)
        guard watermark < closing(start) else { return false }
        current = open(start)
        return true
    }

    @inline(__always)
    private mutating func cell(_ street: Int, _ input: Int) -> Int {
        let key = street &* inputs &+ input
        var at = Int(panes[current].index[key])
        if at < 0 { at = addCell(key) }
        if !panes[current].touched[at] {
            panes[current].touched[at] = true
            panes[current].touchedList.append(Int32(at))
        }
        return at
    }

    @inline(never)
    private mutating func addCell(_ key: Int) -> Int {
        let at = panes[current].cells.count
        panes[current].cells.append(Aggregate())
        panes[current].keys.append(Int32(key))
        panes[current].touched.append(false)
        panes[current].index[key] = Int32(at)
        return at
    }

    /// Counts an observation. False where it is late for every window that holds it; it changes nothing then.
    public mutating func add(
        _ value: Int64, time: Int64, street: Int, input: Int, ordinal: Int, identity: UInt64, needs: AggregateNeeds,
        watermark: Int64
    ) -> Bool {
        guard select(time, watermark) else {
            return patch(time, street, input, watermark) {
                $0.add(value, time: time, ordinal: ordinal, identity: identity, needs: needs)
            }
        }
        let at = cell(street, input)
        panes[current].cells[at].add(value, time: time, ordinal: ordinal, identity: identity, needs: needs)
        return true
    }

    /// Adds an identity to count among distinct ones, with no value of its own. False where late, as in `add`.
    public mutating func addIdentity(
        _ identity: UInt64, time: Int64, street: Int, input: Int, watermark: Int64
    ) -> Bool {
        guard select(time, watermark) else {
            return patch(time, street, input, watermark) { $0.addDistinct(identity) }
        }
        let at = cell(street, input)
        panes[current].cells[at].addDistinct(identity)
        return true
    }

    @inline(never)
    private mutating func patch(
        _ time: Int64, _ street: Int, _ input: Int, _ watermark: Int64, _ change: (inout Aggregate) -> Void
    ) -> Bool {
        var accepted = false
        for (i, w) in windows.enumerated() {
            for start in w.starts(containing: time) where start + w.sizeMs + latenessMs > watermark {
                let key = PaneCell(scope: Int32(i + 1), start: start, street: Int32(street), input: Int32(input))
                change(&patches[key, default: Aggregate()])
                touchedPatches.insert(key)
                accepted = true
            }
        }
        return accepted
    }

    /// Counts an event dropped as late in the pane of `time`, the newest event time of the partition.
    public mutating func addLate(time: Int64, street: Int, input: Int) {
        current = open(paneStart(time))
        let at = cell(street, input)
        panes[current].cells[at].addLate()
    }

    /// Merges a stored partial back in. It counts as changed only where the cell already held something.
    public mutating func restore(_ key: PaneCell, _ aggregate: Aggregate) {
        guard key.street >= 0, key.street < streets, key.input >= 0, key.input < inputs else { return }
        if key.scope > 0 {
            if patches[key] != nil { touchedPatches.insert(key) }
            patches[key, default: Aggregate()].merge(aggregate)
            return
        }
        current = open(key.start)
        let k = Int(key.street) * inputs + Int(key.input)
        if panes[current].index[k] >= 0 {
            let at = cell(Int(key.street), Int(key.input))
            panes[current].cells[at].merge(aggregate)
        } else {
            let at = addCell(k)
            panes[current].cells[at] = aggregate
        }
    }

    /// Puts a state of a cell that is counted elsewhere, where it is newer than the one here. Any order of a cell's states,
    /// and any repetition, ends with the newest.
    /// - Parameter restoring: it comes from the store, and is no change.
    /// - Returns: whether it is.
    @discardableResult
    public mutating func put(_ key: PaneCell, _ aggregate: Aggregate, restoring: Bool = false) -> Bool {
        guard key.street >= 0, key.street < streets, key.input >= 0, key.input < inputs, key.scope >= 0,
            key.scope <= windows.count
        else { return false }
        if key.scope > 0 {
            guard patches[key].map({ aggregate.isNewer(than: $0) }) ?? true else { return false }
            patches[key] = aggregate
            if !restoring { touchedPatches.insert(key) }
            return true
        }
        current = open(key.start)
        let k = Int(key.street) * inputs + Int(key.input)
        let known = Int(panes[current].index[k])
        if known >= 0, !aggregate.isNewer(than: panes[current].cells[known]) { return false }
        let at = restoring ? (known >= 0 ? known : addCell(k)) : cell(Int(key.street), Int(key.input))
        panes[current].cells[at] = aggregate
        return true
    }

    /// Cells changed since the last call, in the order of scope, start, street and input.
    public mutating func drainTouched() -> [PaneCell] {
        var out: [PaneCell] = []
        for p in panes.indices where !panes[p].touchedList.isEmpty {
            for at in panes[p].touchedList.map({ (panes[p].keys[Int($0)], $0) }).sorted(by: { $0.0 < $1.0 }) {
                panes[p].touched[Int(at.1)] = false
                let (s, i) = Int(at.0).quotientAndRemainder(dividingBy: inputs)
                out.append(PaneCell(start: panes[p].start, street: Int32(s), input: Int32(i)))
            }
            panes[p].touchedList.removeAll(keepingCapacity: true)
        }
        out += touchedPatches.sorted()
        touchedPatches.removeAll()
        return out
    }

    /// Every cell that holds something, in the order of scope, start, street and input.
    public var cells: [PaneCell] {
        var out: [PaneCell] = []
        for p in panes {
            for key in p.keys.sorted() {
                let (s, i) = Int(key).quotientAndRemainder(dividingBy: inputs)
                out.append(PaneCell(start: p.start, street: Int32(s), input: Int32(i)))
            }
        }
        return out + patches.keys.sorted()
    }

    public func aggregate(_ cell: PaneCell) -> Aggregate? {
        if cell.scope > 0 { return patches[cell] }
        guard let p = panes.first(where: { $0.start == cell.start }) else { return nil }
        let at = p.index[Int(cell.street) * inputs + Int(cell.input)]
        return at < 0 ? nil : p.cells[Int(at)]
    }

    /// Merges what belongs to the window `windows[window]` that starts at `start` into `out`, a table of streets x
    /// inputs; only inputs marked in `wanted`.
    public func merge(window: Int, start: Int64, wanted: [Bool], into out: inout [Aggregate?]) {
        func put(_ key: Int, _ a: Aggregate) {
            if out[key] == nil { out[key] = a } else { out[key]!.merge(a) }
        }
        let end = start + windows[window].sizeMs
        for p in panes where p.start >= start && p.start < end {
            for (at, key) in p.keys.enumerated() where wanted[Int(key) % inputs] { put(Int(key), p.cells[at]) }
        }
        guard !patches.isEmpty else { return }
        for (key, a) in patches.sorted(by: { $0.key < $1.key })
        where key.scope == Int32(window + 1) && key.start == start && wanted[Int(key.input)] {
            put(Int(key.street) * inputs + Int(key.input), a)
        }
    }

    /// Forgets panes and patches that start before `time`: the same cells that a store gives back for an earlier range.
    public mutating func removePanes(before time: Int64) {
        let gone = panes.prefix { $0.start < time }.count
        if gone > 0 {
            panes.removeFirst(gone)
            current = 0
        }
        for key in patches.keys where key.start < time { patches[key] = nil }
    }
}
