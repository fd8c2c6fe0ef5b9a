import CityModel
import Contracts
import HubAPI
import Pipeline
import Store
import Windowing

/// Walks one theme's rows in time, a stretch of windows with their partials at once.
struct ThemeVerifier {
    /// One window: its definition's index and its start.
    struct Instance: Hashable, Comparable {
        var window: Int
        var start: Int64
        static func < (a: Instance, b: Instance) -> Bool { (a.window, a.start) < (b.window, b.start) }
    }

    let store: StoreSnapshot
    let name: String
    let stored: Commit.Theme?
    /// Nil where the catalogue has no such theme.
    let rows: WindowRows?
    let owed: Set<String>
    var report: VerifyReport
    var counts: VerifyReport.Theme
    /// Why nothing of the theme can be proved; nil where it can.
    var reason: NotProvable?
    /// Windows that start before this were shown under an earlier configuration.
    var since = Int64.min

    init(
        _ store: StoreSnapshot, _ name: String, _ stored: Commit.Theme?, _ catalogue: Catalogue,
        _ report: VerifyReport
    ) {
        self.store = store
        self.name = name
        self.stored = stored
        self.report = report
        rows = catalogue.theme(name).map { WindowRows(ThemePlan($0, catalogue)) }
        owed = Set((stored?.owed ?? []).map { "\($0.window)/\($0.start)" })
        counts = .init(name)
    }

    mutating func verify() throws -> VerifyReport {
        if stored == nil {
            var w = WrongRow(.status, field: "clock", stored: nil, computed: "a row of the theme")
            w.theme = name
            report.add(w)
        }
        let configuration = try store.configuration(of: name)
        since = configuration?.since ?? .min
        reason =
            rows == nil
            ? .unknownTheme
            : configuration == nil
                ? .olderKapok : configuration?.fingerprint != rows?.plan.fingerprint ? .otherConfiguration : nil
        var windows = try store.windows(of: name)
        if let rows, let stored, reason == nil {
            windows.removeAll { w in rows.plan.def.sessions.contains { $0.name == w } }
            try sessions(rows.plan, stored)
        }
        var from = Int64.min
        while let start = try next(windows, from) {
            let end = start + stretch
            try verify(windows, start..<end)
            from = end
        }
        report.themes.append(counts)
        return report
    }

    private var longest: Int64 { rows?.plan.windows.map(\.sizeMs).max() ?? 0 }
    /// Windows that start within so many ms are checked at once.
    private var stretch: Int64 { max(longest, 15 * 60_000) }
    private var kept: Int64 { stored.map(StoreSnapshot.cellsKept) ?? .max }

    /// The first window start at or after `from` that has rows or may have partials.
    private func next(_ windows: [String], _ from: Int64) throws -> Int64? {
        var starts = try windows.compactMap { try store.firstStart(theme: name, window: $0, from: from) }
        if reason == nil, let cell = try store.firstCell(theme: name, from: max(from, kept)) {
            starts.append(max(from, cell - longest + 1))
        }
        return starts.min()
    }

    private mutating func verify(_ windows: [String], _ range: Range<Int64>) throws {
        var instances: [Instance: [Summary]] = [:]
        let known = rows?.plan.windows ?? []
        for window in windows {
            let all = try store.summaries(
                SummaryQuery(
                    theme: name, window: window, from: EventTime(ms: range.lowerBound),
                    to: EventTime(ms: range.upperBound), limit: .max))
            counts.rows += all.count
            guard let w = known.firstIndex(where: { $0.name == window }) else {
                for s in all { loose(s, reason ?? .unknownWindow) }
                continue
            }
            for s in all { instances[Instance(window: w, start: s.start.ms), default: []].append(s) }
        }
        guard let rows, reason == nil, let stored else {
            for i in instances.keys.sorted() { for s in instances[i] ?? [] { loose(s, reason ?? .olderKapok) } }
            return
        }
        let table = try table(rows.plan, range)
        // A complete window that holds data and has no row at all.
        for cell in table?.cells ?? [] {
            for (w, start) in rows.windows(holding: cell) where range.contains(start) {
                guard start + known[w].sizeMs <= stored.completed[known[w].name] ?? .min else { continue }
                instances[Instance(window: w, start: start), default: []] += []
            }
        }
        for i in instances.keys.sorted() { check(i, instances[i] ?? [], rows, stored, table) }
    }

    /// The stored partials of the windows that start in a range, of all partitions: merging is associative, so one table
    /// does for all. Nil where they are gone.
    private mutating func table(_ plan: ThemePlan, _ range: Range<Int64>) throws -> PaneTable? {
        guard range.upperBound > max(kept, since) else { return nil }
        var table = plan.table(latenessMs: 0)
        var unreadable: [WrongRow] = []
        for p in try store.partitions() {
            try store.cells(
                theme: name, topic: p.topic, partition: p.partition,
                range: range.lowerBound..<range.upperBound + longest
            ) { c in
                guard let a = Aggregate(c.bytes) else {
                    var w = WrongRow(.partial, field: "bytes", stored: "unreadable", computed: nil)
                    (w.topic, w.partition, w.theme, w.input) = (p.topic, p.partition, name, c.input)
                    (w.start, w.place) = (EventTime(ms: c.start), String(c.place))
                    // The next stretch begins with the panes that this one ends with.
                    if range.contains(c.start) { unreadable.append(w) }
                    return
                }
                guard let cell = plan.cell(place: c.place, scope: c.scope, start: c.start, input: c.input)
                else { return }
                table.restore(cell, a)
            }
        }
        for w in unreadable { report.add(w) }
        return table
    }

    /// A row whose window cannot be judged: only what every row must fulfil.
    private mutating func loose(_ s: Summary, _ why: NotProvable) {
        if let w = Self.status(s) { report.add(w) }
        note(why)
    }

    mutating func note(_ why: NotProvable, _ n: Int = 1) {
        if n > 0 { counts.notProvable[why.rawValue, default: 0] += n }
    }
}
