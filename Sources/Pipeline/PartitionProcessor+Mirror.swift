import Windowing
import Wire

/// The centre's side of an edge: a partition whose records are counted elsewhere (a mirror), and the partition by which
/// its partials come (a carrier).
extension PartitionProcessor {
    /// A partition of an edge, under the centre's name for it.
    public init(mirror plan: ContractPlan, topic: String, partition: Int32) {
        self.init(plan, topic: topic, partition: partition, recording: false)
        isMirror = true
        filter = DuplicateFilter(horizon: 0, recording: false)
    }

    /// Takes a bundle in whose configuration is this one's (`ContractPlan.mismatch`).
    /// - Parameter isNewest: no bundle of it has come that is newer.
    /// - Returns: whether it said anything new; nil where it names what the configuration has not.
    public mutating func apply(_ b: PartialBundle, isNewest: Bool) -> Bool? {
        guard b.themes.allSatisfy(isSound), b.seen.allSatisfy({ $0.row < plan.limits.count }) else { return nil }
        var isNews = false
        for t in b.themes {
            guard let i = plan.themes.firstIndex(where: { $0.def.name == t.name }) else { return nil }
            for (c, a) in t.cells where tables[i].put(c, a) { isNews = true }
            for (c, a) in t.sessions where sessions[i].put(c, a) { isNews = true }
        }
        for s in b.seen { tracks.note(s.row, at: s.time) }
        guard isNewest, let p = b.progress else { return isNews }
        if p.ledger != ledger { isNews = true }
        ledger = p.ledger
        if p.maxEventTime > .min { watermark.advance(to: p.maxEventTime) }
        return isNews
    }

    private func isSound(_ t: PartialBundle.Theme) -> Bool {
        guard let theme = plan.themes.first(where: { $0.def.name == t.name }) else { return false }
        let streets = theme.places.streets.count
        return t.cells.allSatisfy { c, _ in
            let isPlace = c.street < streets && c.input < theme.inputs.count && c.scope <= theme.windows.count
            let step = c.scope > 0 && isPlace ? theme.windows[Int(c.scope) - 1].everyMs : theme.def.paneMs
            return isPlace && c.start % step == 0
        } && t.sessions.allSatisfy { c, _ in c.street < streets && c.stream < theme.streams.count }
    }

    /// Counts a record of a carrier. False where it was counted before.
    /// - Parameter outcome: what became of it; asked only where it is new.
    public mutating func carry(_ offset: Int64, _ outcome: () -> CarriedOutcome) -> Bool {
        guard ledger.open(offset) else { return false }
        switch outcome() {
        case .taken: ledger.accepted += 1
        case .known: ledger.duplicate += 1
        case .refused(let reason): ledger.dead[Int(reason.rawValue)] += 1
        }
        return true
    }
}

/// What became of a record of partials.
public enum CarriedOutcome: Sendable, Equatable {
    case taken
    /// It had come before.
    case known
    case refused(DeadLetterReason)
}

/// Which bundles of a mirror have come: of each run of the edge the largest number, and those missing below it.
public struct BundleLog: Sendable, Codable, Equatable {
    struct Run: Sendable, Codable, Equatable {
        var run: Int64
        var last: Int64
        /// Numbers below `last` that have not come: first and last, in order.
        var missing: [[Int64]]
    }
    /// In order. Older ones than these are long over: what they still send is taken by what it says.
    private(set) var runs: [Run] = []
    static let longest = 8
    static let mostGaps = 64

    public init() {}

    /// Notes a bundle.
    /// - Returns: whether it had come before, and whether none newer has.
    public mutating func note(run: Int64, sequence n: Int64) -> (isKnown: Bool, isNewest: Bool) {
        guard let i = runs.firstIndex(where: { $0.run == run }) else {
            let isNewest = (runs.last?.run ?? .min) < run
            runs.append(Run(run: run, last: n, missing: n > 1 ? [[1, n - 1]] : []))
            runs.sort { $0.run < $1.run }
            if runs.count > Self.longest { runs.removeFirst() }
            return (false, isNewest)
        }
        if n > runs[i].last {
            if n > runs[i].last + 1 { runs[i].missing.append([runs[i].last + 1, n - 1]) }
            // Given up: the state's own order keeps what comes late right, only the count of repeats may be off.
            if runs[i].missing.count > Self.mostGaps { runs[i].missing.removeFirst() }
            runs[i].last = n
            return (false, i == runs.count - 1)
        }
        guard let g = runs[i].missing.firstIndex(where: { $0.count == 2 && $0[0] <= n && n <= $0[1] }) else {
            return (true, false)
        }
        let (low, high) = (runs[i].missing[g][0], runs[i].missing[g][1])
        runs[i].missing.replaceSubrange(
            g...g, with: [[low, n - 1], [n + 1, high]].filter { $0[0] <= $0[1] })
        return (false, false)
    }
}
