import Analytics
import CityModel
import Contracts
import HubAPI
import Windowing

/// Merges the partitions' partials of one theme into summaries of streets, districts and the city, and knows which
/// windows must be shown again: provisional, complete, revised.
///
/// Content comes from the partitions' tables alone; the theme's clock only sets the status.
public struct RollUp: Sendable {
    struct Key: Hashable, Comparable, Sendable {
        var window: Int
        var start: Int64
        static func < (a: Key, b: Key) -> Bool { (a.window, a.start) < (b.window, b.start) }
    }
    /// A row of one instance: what a revision number belongs to.
    public struct Row: Hashable, Sendable {
        public var place: UInt64
        public var measure: String
        public var window: String
        public var start: Int64
    }

    /// A hole in event time is filled with at most this many empty windows before its end. (An hour of minutes.)
    static let longestGap: Int64 = 60

    public let plan: ThemePlan
    /// Streets changed since the instance was last emitted.
    private var dirty: [Key: StreetSet] = [:]
    /// Instances that hold something and are not complete, shown or not.
    private var pending: Set<Key> = []
    /// Revision numbers given in this run, for rows of complete windows.
    private var revisions: [Row: Int] = [:]
    /// End of the newest complete instance of each window; `.min` before the first.
    public private(set) var completedThrough: [Int64]
    /// Windows that end at or before this have left memory.
    public private(set) var retiredThrough: Int64
    private var newest = Int64.min
    private let rows: WindowRows

    public init(_ plan: ThemePlan, completedThrough: [Int64]? = nil, retiredThrough: Int64 = .min) {
        self.plan = plan
        self.completedThrough = completedThrough ?? Array(repeating: .min, count: plan.windows.count)
        self.retiredThrough = retiredThrough
        rows = WindowRows(plan)
    }

    public var longestWindowMs: Int64 { plan.windows.map(\.sizeMs).max() ?? plan.def.paneMs }

    /// End of the first instance that holds something and is not complete.
    var firstEnd: Int64? { pending.map { $0.start + plan.windows[$0.window].sizeMs }.min() }

    /// Notes which cells of a partition's table changed.
    public mutating func note(_ cells: [PaneCell]) {
        var pane: Int64?
        var keys: [(Key, Int)] = []
        for c in cells {
            if c.scope > 0 {
                touch(Key(window: Int(c.scope) - 1, start: c.start), Int(c.street))
                continue
            }
            if pane != c.start {
                pane = c.start
                newest = max(newest, c.start)
                keys = plan.windows.enumerated().flatMap { w, def in
                    def.starts(containing: c.start).map { (Key(window: w, start: $0), w) }
                }
            }
            for (key, w) in keys where rows.wanted[w][Int(c.input)] { touch(key, Int(c.street)) }
        }
    }

    private mutating func touch(_ key: Key, _ street: Int) {
        if dirty[key]?.insert(street) != nil { return }
        var streets = StreetSet(plan.places.streets.count)
        streets.insert(street)
        dirty[key] = streets
        if key.start + plan.windows[key.window].sizeMs > completedThrough[key.window] { pending.insert(key) }
    }

    /// The panes (start of the first, start behind the last) that must be brought back from the store before `emit`,
    /// because an event was accepted for a window that has left memory; nil where there are none.
    public var missing: Range<Int64>? {
        let old = dirty.keys.filter { $0.start + plan.windows[$0.window].sizeMs <= retiredThrough }
        guard let first = old.map(\.start).min(),
            let last = old.map({ $0.start + plan.windows[$0.window].sizeMs }).max()
        else { return nil }
        // Short windows retire before the panes that a longer one still holds: then nothing is missing.
        let end = min(last, paneHorizon)
        return first < end ? first..<end : nil
    }

    /// Panes that start before this are not in memory.
    public var paneHorizon: Int64 { retiredThrough == .min ? .min : retiredThrough - longestWindowMs + 1 }

    /// Windows that were left for the next `emit` by its limit.
    public private(set) var backlog = 0
    /// All windows that end at or before this and hold data have been shown as complete; `.max` without a backlog.
    public private(set) var shownThrough = Int64.max

    /// Summaries of what changed, in the order of window, start, place and measure.
    /// - Parameters:
    ///   - tables: this theme's table of every partition.
    ///   - clock: the theme's clock, ms.
    ///   - provisional: false leaves out windows that are not complete (files).
    ///   - limit: at most so many windows of each kind of status and definition, so that a hub which catches up on days
    ///     stays responsive. Windows are completed oldest first, others shown newest first; the rest is `backlog`.
    ///   - storedRevision: the revision of a row as the store has it; asked only for rows of windows that were complete
    ///     before this run or have left memory.
    public mutating func emit(
        _ tables: [PaneTable], clock: Int64, provisional: Bool, limit: Int = .max, storedRevision: (Row) throws -> Int
    ) rethrows -> [Summary] {
        var out: [Summary] = []
        backlog = 0
        shownThrough = .max
        for w in plan.windows.indices {
            let def = plan.windows[w]
            let before = completedThrough[w]
            let ready = completions(w, clock)
            let completed = ready.prefix(limit)
            for start in completed { try show(w, start, tables, .complete, nil, storedRevision, &out) }
            completedThrough[w] = max(before, completed.last.map { $0 + def.sizeMs } ?? before)
            for start in completed {
                dirty[Key(window: w, start: start)] = nil
                pending.remove(Key(window: w, start: start))
            }
            if ready.count > completed.count {
                backlog += ready.count - completed.count
                shownThrough = min(shownThrough, completedThrough[w])
            }
            // The newest window that has begun to be current: later hopping ones hold little yet. What the clock has
            // passed is about to be completed.
            let horizon = newest == .min ? Int64.min : def.floor(newest) + def.everyMs
            let changed = dirty.keys.filter { key in
                let end = key.start + def.sizeMs
                return key.window == w && (end <= before || (provisional && end <= horizon && end > clock))
            }.sorted()
            for key in changed.suffix(limit) {
                let revised = key.start + def.sizeMs <= before
                try show(w, key.start, tables, revised ? .revised : .provisional, dirty[key], storedRevision, &out)
                dirty[key] = nil
            }
            backlog += max(0, changed.count - limit)
        }
        return out
    }

    /// Starts of the instances of window `w` that the clock completes now.
    private func completions(_ w: Int, _ clock: Int64) -> [Int64] {
        let def = plan.windows[w]
        guard clock > .min else { return [] }
        let pending = pending.filter { $0.window == w }
        let last = def.floor(clock - def.sizeMs)
        var first: Int64
        if completedThrough[w] == .min {
            guard let oldest = pending.map(\.start).min() else { return [] }
            first = oldest
        } else {
            first = completedThrough[w] - def.sizeMs + def.everyMs
        }
        guard first <= last else { return [] }
        var out: [Int64] = []
        if (last - first) / def.everyMs > Self.longestGap {
            let fill = last - Self.longestGap * def.everyMs
            out = pending.map(\.start).filter { $0 < fill }.sorted()
            first = fill
        }
        out += stride(from: first, through: last, by: Int(def.everyMs)).map { $0 }
        return out
    }

    /// Completes every window that holds data, where the stream has ended (files).
    public mutating func emitAll(_ tables: [PaneTable]) -> [Summary] {
        var out: [Summary] = []
        for w in plan.windows.indices {
            let ends = pending.filter { $0.window == w }.map { $0.start + plan.windows[w].sizeMs }
            guard let last = ends.max() else { continue }
            for start in completions(w, last) {
                show(w, start, tables, .complete, nil, { _ in 0 }, &out)
                completedThrough[w] = start + plan.windows[w].sizeMs
            }
        }
        dirty = [:]
        pending = []
        return out
    }

    /// One instance: every place that expects sensors or has data, or only what hangs on the streets in `only`.
    private mutating func show(
        _ w: Int, _ start: Int64, _ tables: [PaneTable], _ status: WindowStatus, _ only: StreetSet?,
        _ storedRevision: (Row) throws -> Int, _ out: inout [Summary]
    ) rethrows {
        let merged = rows.merged(window: w, start: start, tables: tables)
        let layout = rows.layout
        for p in layout.places.indices where only == nil || layout.holds(p, only!) {
            for m in plan.measures where m.windows.contains(w) {
                guard var s = merged.summary(p, m, status) else { continue }
                if status == .revised {
                    let row = Row(
                        place: plan.places.places[p].code, measure: m.def.name, window: s.window, start: start)
                    let revision = try (revisions[row] ?? storedRevision(row)) + 1
                    revisions[row] = revision
                    s.revision = revision
                }
                out.append(s)
            }
        }
    }

    /// Forgets windows that end at or before `time` (the caller removes panes before `paneHorizon`).
    public mutating func retire(through time: Int64) {
        guard time > retiredThrough else { return }
        retiredThrough = time
        let sizes = Dictionary(plan.windows.map { ($0.name, $0.sizeMs) }, uniquingKeysWith: { a, _ in a })
        revisions = revisions.filter { $0.key.start + (sizes[$0.key.window] ?? 0) > time }
    }

    /// Marks what a restored table holds, so that windows not yet complete are shown again.
    public mutating func noteRestored(_ table: PaneTable) {
        for c in table.cells {
            if c.scope == 0 { newest = max(newest, c.start) }
            for (w, start) in rows.windows(holding: c) where start + plan.windows[w].sizeMs > completedThrough[w] {
                touch(Key(window: w, start: start), Int(c.street))
            }
        }
    }

    /// Complete windows whose change has not been shown yet (`emit`'s limit), in the order of window and start. Who
    /// stops here must hand them to `owe` later, or what they show stays behind their partials.
    public var owed: [OwedWindow] {
        dirty.keys.filter { $0.start + plan.windows[$0.window].sizeMs <= completedThrough[$0.window] }.sorted().map {
            OwedWindow(window: plan.windows[$0.window].name, start: $0.start, streets: dirty[$0]?.words ?? [])
        }
    }

    /// Notes changes that an earlier run has not shown.
    public mutating func owe(_ owed: [OwedWindow]) {
        for o in owed {
            guard let w = plan.windows.firstIndex(where: { $0.name == o.window }) else { continue }
            let key = Key(window: w, start: o.start)
            for s in 0..<plan.places.streets.count where StreetSet(words: o.streets).contains(s) { touch(key, s) }
        }
    }
}

/// A complete window that must be shown again.
public struct OwedWindow: Sendable, Hashable, Codable {
    /// The window definition's name.
    public var window: String
    public var start: Int64
    /// The streets that changed: a bit each, in the order of their codes.
    public var streets: [UInt64]
    public init(window: String, start: Int64, streets: [UInt64]) {
        self.window = window
        self.start = start
        self.streets = streets
    }
}

/// A set of street indices.
struct StreetSet: Sendable {
    private(set) var words: [UInt64]
    init(_ count: Int) { words = Array(repeating: 0, count: (count + 63) / 64) }
    init(words: [UInt64]) { self.words = words }
    mutating func insert(_ i: Int) { words[i / 64] |= 1 << UInt64(i % 64) }
    func contains(_ i: Int) -> Bool { i / 64 < words.count && words[i / 64] & (1 << UInt64(i % 64)) != 0 }
}
