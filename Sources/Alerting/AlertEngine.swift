import CityModel
import Contracts
import HubAPI

/// Turns summaries and what people do into alerts. A pure state machine: no clock, no I/O; the same steps give the same
/// effects and the same state, to the byte.
///
/// Two times. Event time decides what is raised and cleared: only the sequence of complete windows counts, not how it is
/// cut into steps. Wall time, which the caller gives, decides what concerns people: deadlines, escalation, silences, and
/// whether data have stopped where the theme's clock stands still.
///
/// How a hub uses it (`HubCore.commit`, between `emit` and the store's transaction):
///
///     var engine = AlertEngine(catalogue, book: try store.alertBook())      // at its start
///     let effects = engine.step(rows: commit.summaries, actions: inbox.take(), marks: partitions, now: wall)
///     commit.alerts = effects            // alerts, transitions, silences, notices, records: the same transaction
///     commit.messages += effects.compactMap(cloudEvent)                     // outbox, topic kapok.alerts.<theme>
///     // after the commit: feed.publish(notices); those who asked are told what was refused
///
/// A crash before the transaction leaves the book of the commit before: the same rows come again and give the same
/// alerts, revisions and sequence numbers.
public struct AlertEngine: Sendable {
    let rules: RuleBook
    var header: AlertHeader
    var records: [AlertKey: AlertRecord]
    /// Keys whose rule or place is gone; ended by the first step.
    private var orphans: [AlertKey]
    /// How long each clock has stood still while the engine ran, wall ms; starts anew with a program.
    private var waited: [String: Int64] = [:]
    private var lastNow: Int64?

    /// One step's stop counts for at most so long, so that a hub which slept does not take that for silence. ms.
    static let longestWait: Int64 = 60_000

    public init(_ catalogue: Catalogue, book: AlertBook = .init()) {
        let topics = Dictionary(
            catalogue.themes.map { t in (t.name, Set(t.topics.compactMap { catalogue.contract($0)?.topic })) },
            uniquingKeysWith: { a, _ in a })
        self.init(themes: catalogue.themes, topics: topics, places: catalogue.places, book: book)
    }

    /// - Parameter topics: the Kafka topics of each theme.
    public init(themes: [ThemeDef], topics: [String: Set<String>], places: PlaceTree, book: AlertBook = .init()) {
        let rules = RuleBook(themes, topics: topics, places: places)
        self.rules = rules
        header = book.header
        records = Dictionary(book.records.map { ($0.key, $0) }, uniquingKeysWith: { a, _ in a })
        orphans = records.keys.filter { rules.rule($0) == nil }.sorted()
    }

    public var book: AlertBook { AlertBook(header: header, records: records.values.sorted { $0.key < $1.key }) }

    /// Alerts that are not over, pending ones too, in the order of keys.
    public var alerts: [Alert] { records.values.sorted { $0.key < $1.key }.compactMap(\.alert) }

    /// - Parameters:
    ///   - rows: in any order; provisional ones are passed over.
    ///   - actions: in the order in which they came.
    ///   - marks: how far the partitions were read; evidence names the offsets.
    ///   - now: wall clock, ms since the epoch. Where it goes back, nothing that waits on it happens sooner.
    public mutating func step(
        rows: [Summary], actions: [AlertAction] = [], marks: [SourceMark] = [], now: Int64
    ) -> [AlertEffect] {
        let before = (records: records, header: header)
        var log = StepLog(now: now)
        var out: [AlertEffect] = []
        if !marks.isEmpty { _ = header.marks.note(marks) }
        endOrphans(&log)
        header.silences.removeAll { $0.ends.ms <= now }
        for (i, a) in actions.enumerated() { perform(a, i, &log, &out) }
        judge(rows, &log)
        wait(rows, &log)
        attend(&log)
        out += log.transitions.map { .transition($0) }
        out += settle(before.records, log)
        if header != before.header { out.append(.header(header)) }
        return out
    }

    private mutating func endOrphans(_ log: inout StepLog) {
        for key in orphans {
            let clock = records[key]?.evidenceEnd ?? log.now
            records[key]?.end(.removed, &log, eventTime: clock)
            records[key] = nil
        }
        orphans = []
    }

    // MARK: windows

    /// Windows in the order of their ends; in each the places from the city down, so that a parent is judged first.
    private mutating func judge(_ rows: [Summary], _ log: inout StepLog) {
        struct Item {
            var end: Int64
            var clock: String
            var rule: Int
            var rank: Int
            var row: Int
        }
        var items: [Item] = []
        for (i, row) in rows.enumerated() where row.status != .provisional {
            let times = EventTime.distantPast...EventTime.distantFuture
            guard times.contains(row.start), times.contains(row.end), let rank = rules.rank(row.place) else { continue }
            for r in rules.rules(for: row) {
                items.append(.init(end: row.end.ms, clock: row.theme + "/" + row.window, rule: r, rank: rank, row: i))
            }
        }
        items.sort { ($0.end, $0.clock, $0.rule, $0.rank, $0.row) < ($1.end, $1.clock, $1.rule, $1.rank, $1.row) }
        var i = 0
        while i < items.count {
            let (end, clock) = (items[i].end, items[i].clock)
            let isNew = end > header.clocks[clock] ?? .min
            var seen: Set<AlertKey> = []
            while i < items.count, items[i].end == end, items[i].clock == clock {
                let (row, rule) = (rows[items[i].row], rules[items[i].rule])
                let key = AlertKey(theme: row.theme, rule: rule.def.name, place: row.place)
                i += 1
                if isNew, seen.insert(key).inserted {
                    var record = records[key] ?? AlertRecord(key)
                    record.judge(row, rule, header.marks, &log)
                    records[key] = record.isEmpty ? nil : record
                } else if row.status == .revised {
                    records[key]?.noteRevised(row, rule)
                }
            }
            if isNew {
                header.clocks[clock] = end
                lapse(clock: clock, at: end, waited: 0, &log)
            }
        }
    }

    private mutating func lapse(clock: String, at end: Int64, waited: Int64, _ log: inout StepLog) {
        let concerned = records.keys.filter { key in
            rules.rule(key).map { key.theme + "/" + $0.def.window == clock } ?? false
        }
        for key in concerned.sorted() {
            guard let rule = rules.rule(key) else { continue }
            records[key]!.lapse(rule, clock: end, waited: waited, &log)
            records[key]!.forgetRaises(rule, clock: end)
            if records[key]!.isEmpty { records[key] = nil }
        }
    }

    /// Counts how long each clock has stood still, and lets alerts lapse that wait on one.
    private mutating func wait(_ rows: [Summary], _ log: inout StepLog) {
        let passed = min(max(0, log.now - (lastNow ?? log.now)), Self.longestWait)
        lastNow = max(log.now, lastNow ?? log.now)
        let moved = Set(rows.lazy.filter { $0.status != .provisional }.map { $0.theme + "/" + $0.window })
        for (clock, end) in header.clocks.sorted(by: { $0.key < $1.key }) {
            if moved.contains(clock) {
                waited[clock] = 0
                continue
            }
            waited[clock, default: 0] += passed
            guard !records.isEmpty, passed > 0 else { continue }
            lapse(clock: clock, at: end, waited: waited[clock]!, &log)
        }
    }
}
