import CityModel
import Contracts
import HubAPI
import Windowing

/// Merges the partitions' sessions of one theme into rows of streets, and knows which rows must be shown again, and
/// which withdrawn because their session has become part of another.
///
/// A key's rows are the connected pieces of all its partitions' sessions; the theme's clock only sets the status.
public struct SessionRollUp: Sendable {
    /// A row as it was last given out; also what a store must tell of it after a restart.
    public struct Shown: Sendable, Hashable {
        public var start: Int64
        public var end: Int64
        public var count: Int64
        public var late: Int64
        /// It was given out as complete at some time.
        public var complete: Bool
        public var revision: Int
        public init(start: Int64, end: Int64, count: Int64, late: Int64, complete: Bool, revision: Int) {
            self.start = start
            self.end = end
            self.count = count
            self.late = late
            self.complete = complete
            self.revision = revision
        }
    }
    /// The partitions' sessions that are one, without their content.
    private struct Piece {
        var start: Int64
        var end: Int64
        var count: Int64 = 0
        var late: Int64 = 0
        var parts: [(table: Int, index: Int, end: Int64)] = []
    }
    /// How far behind the theme's clock a partition may lag and still meet the other partitions' sessions, beyond the
    /// reach, ms.
    static let lagMs: Int64 = 24 * 3_600_000

    public let plan: ThemePlan
    private let codes: [String]
    /// Keys to look at: changed, or restored.
    private var changed: Set<SessionKey> = []
    /// What was given out, by key; absent: not yet asked of the store.
    private var shown: [SessionKey: [Shown]] = [:]
    /// Ends of rows that are not complete, at the latest; so that most clocks pass without a look at them.
    private var nextEnd = Int64.max
    private var retiredThrough = Int64.min

    public init(_ plan: ThemePlan) {
        self.plan = plan
        codes = plan.places.places[plan.places.streets].map(\.codeText)
    }

    public var isEmpty: Bool { plan.streams.isEmpty }

    /// Notes which sessions of a partition changed.
    public mutating func note(_ cells: [SessionCell]) { for c in cells { changed.insert(c.key) } }

    /// Notes what a restored table holds: rows that are not complete, or that other partitions' share now, are shown.
    public mutating func noteRestored(_ table: SessionTable) {
        for key in table.keys {
            changed.insert(key)
            shown[key] = nil
        }
    }

    /// Rows that changed, in the order of window, start, place and measure.
    /// - Parameters:
    ///   - tables: this theme's table of every partition.
    ///   - clock: the theme's clock, ms.
    ///   - settled: only rows that nothing can change any more, if `clock` is where lateness ends (files).
    ///   - stored: the rows of a key and measure that the store has and that are not withdrawn, ending after a time;
    ///     asked once a key and run.
    public mutating func emit(
        _ tables: [SessionTable], clock: Int64, settled: Bool = false,
        stored: (_ place: UInt64, _ window: String, _ measure: String, _ after: Int64) throws -> [Shown]
    ) rethrows -> [Summary] {
        guard !isEmpty, !changed.isEmpty || clock >= nextEnd else { return [] }
        var out: [Summary] = []
        var due = changed
        if clock >= nextEnd {
            for (key, rows) in shown where rows.contains(where: { !$0.complete && $0.end <= clock }) { due.insert(key) }
        }
        var left: Set<SessionKey> = []
        for key in due.sorted() {
            let stream = plan.streams[Int(key.stream)]
            if shown[key] == nil, let first = stream.measures.first {
                let place = plan.places.places[plan.places.streets.lowerBound + Int(key.street)].code
                shown[key] = try stored(place, stream.window.name, first.name, horizon(key.stream))
            }
            let passed = settled && clock < .max ? clock - stream.window.reachMs : clock
            if !show(key, tables, passed, settled, &out) { left.insert(key) }
        }
        changed = left
        nextEnd = .max
        for rows in shown.values { for r in rows where !r.complete { nextEnd = min(nextEnd, r.end) } }
        return sorted(out)
    }

    private func sorted(_ rows: [Summary]) -> [Summary] {
        let order = Dictionary(plan.def.sessions.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { a, _ in a })
        return rows.sorted {
            (order[$0.window] ?? 0, $0.start, $0.place, $0.measure)
                < (order[$1.window] ?? 0, $1.start, $1.place, $1.measure)
        }
    }

    /// False where some of the key's sessions wait for a later clock (`settled`).
    private mutating func show(
        _ key: SessionKey, _ tables: [SessionTable], _ passed: Int64, _ settled: Bool, _ out: inout [Summary]
    ) -> Bool {
        let pieces = pieces(key, tables)
        var old = shown[key] ?? []
        var now: [Shown] = []
        var all = true
        for p in pieces {
            let at = old.firstIndex { $0.start == p.start }
            let was = at.map { old.remove(at: $0) }
            if settled, p.end > passed {
                all = false
                continue
            }
            let ended = p.end <= passed
            var row = Shown(
                start: p.start, end: p.end, count: p.count, late: p.late, complete: ended, revision: 0)
            var status: WindowStatus = ended ? .complete : .provisional
            if let was {
                if was.end == p.end, was.count == p.count, was.late == p.late, was.complete || !ended {
                    now.append(was)
                    continue
                }
                if was.complete {
                    (row.complete, row.revision, status) = (true, was.revision + 1, .revised)
                }
            }
            now.append(row)
            append(key, p, tables, status, row.revision, &out)
        }
        // What a session has swallowed is told to be gone. Rows that none covers are another member's by now.
        for o in old where pieces.contains(where: { $0.start < o.start && o.start < $0.end }) {
            let gone = Piece(start: o.start, end: o.end)
            append(key, gone, [], o.complete ? .revised : .provisional, o.complete ? o.revision + 1 : 0, &out)
        }
        shown[key] = now
        return all
    }

    /// The sessions of a key over all partitions, in the order of their starts.
    private func pieces(_ key: SessionKey, _ tables: [SessionTable]) -> [Piece] {
        let gap = plan.streams[Int(key.stream)].window.gapMs
        var found: [Piece] = []
        for (t, table) in tables.enumerated() {
            for (i, s) in table.sessions(key).enumerated() {
                let end = s.aggregate.lastTime + gap
                found.append(
                    Piece(
                        start: s.start, end: end, count: s.aggregate.count, late: s.aggregate.late,
                        parts: [(t, i, end)]))
            }
        }
        var out: [Piece] = []
        for p in found.sorted(by: { $0.start < $1.start }) {
            guard let last = out.indices.last, p.start < out[last].end else {
                out.append(p)
                continue
            }
            out[last].end = max(out[last].end, p.end)
            out[last].count += p.count
            out[last].late += p.late
            out[last].parts += p.parts
        }
        return out
    }

    private func append(
        _ key: SessionKey, _ p: Piece, _ tables: [SessionTable], _ status: WindowStatus, _ revision: Int,
        _ out: inout [Summary]
    ) {
        let stream = plan.streams[Int(key.stream)]
        var merged: Aggregate?
        for part in p.parts {
            let a = tables[part.table].sessions(key)[part.index].aggregate
            if merged == nil { merged = a } else { merged?.merge(a) }
        }
        let row = SessionRow(
            plan: plan, place: codes[Int(key.street)],
            code: plan.places.places[plan.places.streets.lowerBound + Int(key.street)].code, window: stream.window.name,
            start: p.start, end: p.end, aggregate: merged, expected: stream.expected[Int(key.street)])
        for m in stream.measures { out.append(row.summary(m, status, revision)) }
    }

    // MARK: what may be forgotten

    /// End of the first session that is not shown yet, ms; of files.
    func firstEnd(_ tables: [SessionTable]) -> Int64? {
        changed.flatMap { key in
            pieces(key, tables).map { $0.end + plan.streams[Int(key.stream)].window.reachMs }
        }.min()
    }

    /// Sessions of the stream that end at or before this are not in memory.
    private func horizon(_ stream: Int32) -> Int64 {
        retiredThrough == .min ? .min : retiredThrough - plan.streams[Int(stream)].window.reachMs
    }

    /// The sessions that no partition can change any more, by table, and forgets their rows. The caller removes them.
    /// - Parameters:
    ///   - clock: the theme's clock, ms. A partition that lags by more than a day does not hold sessions of others.
    ///   - closed: of each table: its partition's watermark less the allowed lateness; `.min` before its first event.
    public mutating func retire(_ tables: [SessionTable], clock: Int64, closed: [Int64]) -> [[SessionCell]] {
        var gone: [[SessionCell]] = Array(repeating: [], count: tables.count)
        guard !isEmpty, clock > .min, let slowest = closed.min() else { return gone }
        let time = min(clock, max(slowest, clock - Self.lagMs))
        // Once a minute of event time is enough, and spares the others the look.
        guard retiredThrough == .min || time / 60_000 > retiredThrough / 60_000 else { return gone }
        retiredThrough = max(time, retiredThrough)
        for key in Set(tables.flatMap(\.keys)).sorted() {
            let reach = plan.streams[Int(key.stream)].window.reachMs
            for p in pieces(key, tables) where p.end <= retiredThrough - reach {
                guard shown[key]?.contains(where: { $0.start == p.start && $0.complete }) == true,
                    p.parts.allSatisfy({ closed[$0.table] > .min && $0.end <= closed[$0.table] - reach })
                else { continue }
                for part in p.parts {
                    let start = tables[part.table].sessions(key)[part.index].start
                    gone[part.table].append(SessionCell(stream: key.stream, street: key.street, start: start))
                }
                shown[key]?.removeAll { $0.start == p.start }
            }
        }
        return gone
    }
}
