import CityModel
import Contracts
import HubAPI
import Pipeline
import Testing
import TestSupport
import Windowing
import Wire

/// One record for a partition.
struct Record: Sendable {
    var offset: Int64
    var text: String
    var recordTime: Int64 = .max
}

extension [Record] {
    /// As one batch.
    var batch: RecordBatch {
        let batch = RecordBatch(limit: Swift.max(1, count), capacity: reduce(1) { $0 + $1.text.utf8.count + 1 })
        for r in self {
            [UInt8](r.text.utf8).withUnsafeBytes {
                _ = batch.append($0.baseAddress, $0.count, .init(offset: r.offset, recordTime: r.recordTime))
            }
        }
        return batch
    }
}

extension PartitionProcessor {
    /// Processes records that follow those already read.
    mutating func feed(_ texts: [String]) {
        let first = max(0, ledger.next)
        let batch = texts.enumerated().map { Record(offset: first + Int64($0), text: $1) }.batch
        var decoded = DecodedBatch()
        RecordDecoder(plan.contract, plan.sources, pseudonym: nil).decode(batch, into: &decoded)
        var dead: [DeadLetterEffect] = []
        process(batch, decoded, dead: &dead)
    }
}

/// Processors, roll-up and clock around a store of dictionaries: what the hub does, without Kafka and SQLite.
final class MiniHub {
    struct Key: Hashable, Comparable {
        var place: String
        var measure: String
        var window: String
        var start: Int64
        static func < (a: Key, b: Key) -> Bool {
            (a.window, a.start, a.place, a.measure) < (b.window, b.start, b.place, b.measure)
        }
    }

    let city: TinyCity
    let theme: ThemePlan
    private(set) var plans: [ContractPlan] = []
    private var decoders: [RecordDecoder] = []
    private(set) var members: [PartitionProcessor] = []
    private(set) var rollUp: RollUp
    private(set) var sessions: SessionRollUp
    private(set) var clock = ThemeClock()
    /// Partials by member, as a store would hold them.
    private var store: [[PaneCell: Aggregate]] = []
    private var changed: [Set<PaneCell>] = []
    private(set) var storedSessions: [[SessionCell: Aggregate]] = []
    private var states: [(state: PartitionState, ids: [Int: [UInt64]])?] = []
    private var tracks: [[String: PartitionState.Track]] = []
    private var detectors: [[String: PartitionState.DetectorState]] = []
    /// Incidents by member, as a store would hold them.
    private(set) var incidents: [[String: SeenIncident]] = []
    private(set) var dead: [DeadLetterReason: Int] = [:]
    /// The newest summary of each row, and all in the order in which they came.
    private(set) var view: [Key: Summary] = [:]
    private(set) var history: [Summary] = []
    /// How often panes had to be brought back.
    private(set) var reloads = 0
    private var decoded = DecodedBatch()

    /// - Parameter partitions: the contract of each partition.
    init(_ city: TinyCity? = nil, partitions: [String], pseudonym: Pseudonym? = nil) throws {
        self.city = try city ?? TinyCity()
        let c = self.city.catalogue
        theme = ThemePlan(c.themes[0], c)
        rollUp = RollUp(theme)
        sessions = SessionRollUp(theme)
        for name in partitions {
            let plan = ContractPlan(try self.city.contract(name), c, themes: [theme])
            plans.append(plan)
            decoders.append(RecordDecoder(plan.contract, plan.sources, pseudonym: pseudonym))
            members.append(PartitionProcessor(plan, topic: name, partition: Int32(plans.count - 1), recording: true))
            store.append([:])
            changed.append([])
            storedSessions.append([:])
            states.append(nil)
            tracks.append([:])
            detectors.append([:])
            incidents.append([:])
        }
    }

    /// Processes records in one batch.
    func feed(_ member: Int, _ records: [Record]) {
        let batch = records.batch
        decoders[member].decode(batch, into: &decoded)
        var effects: [DeadLetterEffect] = []
        members[member].process(batch, decoded, dead: &effects)
        for e in effects { dead[e.reason, default: 0] += 1 }
    }

    func feed(_ member: Int, _ texts: [String]) {
        let first = max(0, members[member].ledger.next)
        feed(member, texts.enumerated().map { Record(offset: first + Int64($0), text: $1) })
    }

    private func drain() {
        for m in members.indices {
            let cells = members[m].drainCells(theme: 0)
            rollUp.note(cells)
            changed[m].formUnion(cells)
        }
    }

    /// Moves the clock and shows what changed.
    /// - Parameter to: a clock to force; nil: what the watermarks say.
    @discardableResult
    func commit(idle: Set<Int> = [], silentMs: Int64 = 0, to: Int64? = nil) -> [Summary] {
        drain()
        if let range = rollUp.missing {
            reloads += 1
            for m in members.indices {
                for (cell, a) in store[m].sorted(by: { $0.key < $1.key }) where range.contains(cell.start) {
                    members[m].restoreCell(theme: 0, cell, a)
                }
            }
            drain()
        }
        clock.advance(
            members.indices.map {
                .init(watermark: members[$0].watermark, idle: idle.contains($0), silentMs: silentMs)
            }, paneMs: theme.def.paneMs, longestWindowMs: theme.longestEndMs)
        var out = rollUp.emit(
            members.map { $0.tables[0] }, clock: to ?? clock.value, provisional: true,
            storedRevision: { self.view[Self.key($0)]?.revision ?? 0 })
        out += commitSessions(clock: to ?? clock.value)
        for s in out { view[Self.key(s)] = s }
        history += out
        for m in members.indices {
            var ids = states[m]?.ids ?? [:]
            for d in members[m].drainIDs() { ids[d.generation, default: []] += d.ids }
            states[m] = (members[m].state, ids)
            for t in members[m].drainTracks() { tracks[m][t.sensor + "/" + t.kind] = t }
            for d in members[m].drainDetectors() { detectors[m][d.device] = d }
            for i in members[m].drainIncidents() {
                incidents[m]["\(i.device) \(i.source) \(i.episode.told) \(i.episode.finding)"] = i
            }
            for c in changed[m] { store[m][c] = members[m].tables[0].aggregate(c) }
            changed[m] = []
        }
        removePanes()
        return out
    }

    /// Forgets what is closed, as the hub does: `keptMs` after the clock at the latest.
    func retire(keptMs: Int64) {
        let lateness = plans.map(\.contract.allowedLatenessMs).max() ?? 0
        let safe = members.map { $0.watermark.value == .min ? .min : $0.watermark.value - lateness }.min() ?? .min
        guard clock.value > .min else { return }
        rollUp.retire(through: min(clock.value, max(safe, clock.value - lateness - keptMs)))
        removePanes()
        let gone = sessions.retire(
            members.map { $0.sessions[0] }, clock: clock.value,
            closed: members.indices.map {
                members[$0].watermark.value == .min
                    ? .min : members[$0].watermark.value - plans[$0].contract.allowedLatenessMs
            })
        for (m, cells) in gone.enumerated() {
            for c in cells {
                members[m].removeSession(theme: 0, c)
                storedSessions[m][c] = nil
            }
        }
    }

    private func commitSessions(clock: Int64) -> [Summary] {
        for m in members.indices {
            let (changed, removed) = members[m].drainSessions(theme: 0)
            sessions.note(changed)
            for c in removed { storedSessions[m][c] = nil }
            for c in changed { storedSessions[m][c] = members[m].sessions[0].aggregate(c) }
        }
        return sessions.emit(members.map { $0.sessions[0] }, clock: clock) { place, window, measure, after in
            view.values.filter {
                $0.place == String(place) && $0.window == window && $0.measure == measure && $0.end.ms > after
                    && $0.count > 0
            }.map {
                .init(
                    start: $0.start.ms, end: $0.end.ms, count: $0.count, late: $0.late,
                    complete: $0.status != .provisional, revision: $0.revision)
            }
        }
    }

    /// Also what was only brought back for a commit goes again.
    private func removePanes() {
        for m in members.indices { members[m].removePanes(theme: 0, before: rollUp.paneHorizon) }
    }

    /// Dies and comes back with what was committed.
    func restart() {
        let done = rollUp.completedThrough
        rollUp = RollUp(theme, completedThrough: done, retiredThrough: rollUp.retiredThrough)
        sessions = SessionRollUp(theme)
        for m in members.indices {
            members[m] = PartitionProcessor(plans[m], topic: members[m].topic, partition: Int32(m), recording: true)
            guard let s = states[m] else { continue }
            var state = s.state
            state.previousIDs = s.ids[state.dedupGeneration - 1] ?? []
            state.currentIDs = s.ids[state.dedupGeneration] ?? []
            state.tracks = tracks[m].values.shuffled()
            state.detectors = detectors[m].values.shuffled()
            #expect(members[m].restore(state) == nil)
            for (cell, a) in store[m].sorted(by: { $0.key < $1.key }) where cell.start >= rollUp.paneHorizon {
                members[m].restoreCell(theme: 0, cell, a)
            }
            rollUp.noteRestored(members[m].tables[0])
            for (cell, a) in storedSessions[m].sorted(by: { $0.key < $1.key }) {
                members[m].restoreSession(theme: 0, cell, a)
            }
            sessions.noteRestored(members[m].sessions[0])
        }
    }

    static func key(_ s: Summary) -> Key {
        Key(place: s.place, measure: s.measure, window: s.window, start: s.start.ms)
    }
    static func key(_ r: RollUp.Row) -> Key {
        Key(place: String(r.place), measure: r.measure, window: r.window, start: r.start)
    }
    func row(_ place: String, _ measure: String, _ window: String, _ start: Int64) -> Summary? {
        view[Key(place: place, measure: measure, window: window, start: start)]
    }
}
