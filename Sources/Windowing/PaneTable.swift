/// One street and input of one pane, changed since the last drain.
public struct PaneCell: Hashable, Sendable {
    public var start: Int64
    public var street: Int32
    public var input: Int32
    public init(start: Int64, street: Int32, input: Int32) {
        self.start = start
        self.street = street
        self.input = input
    }
}

/// The open panes of one partition and theme: for each pane a dense table of streets x inputs into a list of aggregates.
///
/// An event is counted once, into the pane of its time; windows are merges of panes.
public struct PaneTable: Sendable {
    struct Pane: Sendable {
        var start: Int64
        /// Index into `cells` for street * inputs + input; -1 where nothing was seen.
        var index: ContiguousArray<Int32>
        var cells: ContiguousArray<Aggregate> = []
        var keys: ContiguousArray<Int32> = []
        var touched: ContiguousArray<Bool> = []
        var touchedList: ContiguousArray<Int32> = []
    }

    public let paneMs: Int64
    public let streets: Int
    public let inputs: Int
    /// In the order of their starts.
    private var panes: ContiguousArray<Pane> = []
    private var current = 0

    public init(paneMs: Int64, streets: Int, inputs: Int) {
        self.paneMs = paneMs
        self.streets = streets
        self.inputs = inputs
    }

    public var starts: [Int64] { panes.map(\.start) }

    @inline(never)
    private mutating func open(_ start: Int64) -> Int {
        var i = panes.count
        while i > 0, panes[i - 1].start > start { i -= 1 }
        if i > 0, panes[i - 1].start == start { return i - 1 }
        panes.insert(
            Pane(start: start, index: ContiguousArray(repeating: -1, count: streets * inputs)), at: i)
        return i
    }

    @inline(__always)
    private mutating func slot(_ time: Int64, _ street: Int, _ input: Int) -> Int {
        let known = current < panes.count && time >= panes[current].start && time - panes[current].start < paneMs
        if !known {
            let r = time % paneMs
            current = open(r >= 0 ? time - r : time - r - paneMs)
        }
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

    public mutating func add(
        _ value: Int64, time: Int64, street: Int, input: Int, ordinal: Int, identity: UInt64, needs: AggregateNeeds
    ) {
        let at = slot(time, street, input)
        panes[current].cells[at].add(value, time: time, ordinal: ordinal, identity: identity, needs: needs)
    }

    /// Counts an event dropped as late in the pane of `time` (the newest event time of the partition).
    public mutating func addLate(time: Int64, street: Int, input: Int) {
        let at = slot(time, street, input)
        panes[current].cells[at].addLate()
    }

    /// Puts a stored partial back.
    public mutating func restore(_ cell: PaneCell, _ aggregate: Aggregate) {
        let at = slot(cell.start, Int(cell.street), Int(cell.input))
        panes[current].cells[at] = aggregate
        panes[current].touched[at] = false
        panes[current].touchedList.removeAll()
    }

    /// Cells changed since the last call, in the order of pane, street and input.
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
        return out
    }

    public func aggregate(_ cell: PaneCell) -> Aggregate? {
        guard let p = panes.first(where: { $0.start == cell.start }) else { return nil }
        let at = p.index[Int(cell.street) * inputs + Int(cell.input)]
        return at < 0 ? nil : p.cells[Int(at)]
    }

    /// Merges every pane that starts in `[from, to)` into `into`, a table of streets x inputs.
    public func merge(from: Int64, to: Int64, into out: inout [Aggregate?]) {
        for p in panes where p.start >= from && p.start < to {
            for (at, key) in p.keys.enumerated() {
                if out[Int(key)] == nil { out[Int(key)] = p.cells[at] } else { out[Int(key)]!.merge(p.cells[at]) }
            }
        }
    }

    /// Forgets panes that start before `time`; returns their starts.
    public mutating func removePanes(before time: Int64) -> [Int64] {
        let gone = panes.prefix { $0.start < time }.map(\.start)
        panes.removeFirst(gone.count)
        current = 0
        return gone
    }
}
