import CityModel
import HubAPI
import Pipeline
import Store
import Windowing

/// A theme's session windows: each row against what the stored sessions of all partitions give. There are no sums: a
/// session belongs to its street.
extension ThemeVerifier {
    mutating func sessions(_ plan: ThemePlan, _ stored: Commit.Theme) throws {
        guard !plan.streams.isEmpty else { return }
        let rows = SessionRows(plan)
        var made: [String: Summary] = [:]
        for s in rows.all(try sessionTable(plan)) { made[key(s)] = s }
        for window in plan.def.sessions {
            let all = try store.summaries(SummaryQuery(theme: name, window: window.name, limit: .max))
            counts.rows += all.count
            for s in all {
                let m = made.removeValue(forKey: key(s))
                if let w = Self.status(s) { report.add(w) } else { check(s, m, rows, window.reachMs, stored) }
            }
        }
        let reach = Dictionary(plan.def.sessions.map { ($0.name, $0.reachMs) }, uniquingKeysWith: { a, _ in a })
        for s in made.values.sorted(by: { key($0) < key($1) })
        where s.start.ms >= max(since, StoreSnapshot.summariesKept(stored))
            && s.end.ms > Self.reachable(stored.clock, reach[s.window] ?? 0)
        {
            report.add(WrongRow(.content, s, field: "row", stored: nil, computed: "count \(s.count)"))
        }
    }

    private func key(_ s: Summary) -> String { "\(s.window)/\(s.start.ms)/\(s.place)/\(s.measure)" }

    private mutating func check(
        _ s: Summary, _ made: Summary?, _ rows: SessionRows, _ reachMs: Int64, _ stored: Commit.Theme
    ) {
        guard s.start.ms >= since else { return note(.earlierConfiguration) }
        guard s.status != .provisional else { return note(.provisional) }
        // Of older ones a part may have left the store, and one of a partition that moved away stayed.
        guard s.end.ms > Self.reachable(stored.clock, reachMs) else { return note(.partialsGone) }
        var m: Summary
        if let made {
            m = made
        } else if s.count == 0, s.late == 0, let gone = rows.withdrawn(s) {
            m = gone
        } else {
            return report.add(WrongRow(.content, s, field: "row", stored: "count \(s.count)", computed: nil))
        }
        counts.recomputed += 1
        (m.status, m.revision) = (s.status, s.revision)
        m.values = m.values.filter(\.value.isFinite)
        if s != m { report.add(Self.difference(s, m)) }
    }

    /// Sessions that end after this cannot have left the store: an event could still change them.
    private static func reachable(_ clock: Int64, _ reachMs: Int64) -> Int64 {
        let (t, overflow) = clock.subtractingReportingOverflow(reachMs)
        return overflow ? .min : t
    }

    private mutating func sessionTable(_ plan: ThemePlan) throws -> SessionTable {
        var table = plan.sessionTable(latenessMs: 0)
        var unreadable: [WrongRow] = []
        for p in try store.partitions() {
            try store.sessions(theme: name, topic: p.topic, partition: p.partition) { s in
                guard let a = s.aggregate else {
                    var w = WrongRow(.partial, field: "bytes", stored: "unreadable", computed: nil)
                    (w.topic, w.partition, w.theme, w.input) = (p.topic, p.partition, name, s.key.input)
                    (w.start, w.place, w.window) = (EventTime(ms: s.key.start), String(s.key.place), s.key.window)
                    return unreadable.append(w)
                }
                guard
                    let cell = plan.session(
                        place: s.key.place, window: s.key.window, input: s.key.input, start: s.key.start)
                else { return }
                table.restore(cell, a)
            }
        }
        for w in unreadable { report.add(w) }
        return table
    }
}
