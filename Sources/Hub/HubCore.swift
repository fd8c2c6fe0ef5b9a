import Alerting
import CityModel
import Contracts
import HubAPI
import Pipeline
import Store
import Windowing
import Wire

/// The hub's state between Kafka and the store: one processor a partition, one roll-up and clock a theme. It reads and
/// writes the store, knows no Kafka client, and takes the time from its caller. Used from one thread, which it may have
/// helped by others while records are decoded.
public final class HubCore {
    /// How long, in event time, a closed window stays in memory for partitions that lag behind.
    static let keptMs: Int64 = 10 * 60_000

    /// Windows of each definition completed, and shown otherwise, in one commit: bounds its time while catching up.
    static let windowsPerCommit = 32

    struct Member {
        var contract: Int
        /// The caller's; of an edge's partition that of the carrier by which it comes.
        var slot: Int
        /// What has come of an edge's partition.
        var log: BundleLog?
        var processor: PartitionProcessor
        /// When its newest record came, it was assigned, or its broker was last away, ms.
        var lastRecord: Int64
        /// Sessions that have left memory since the last commit.
        var goneSessions: [Commit.Session.Key] = []
        /// Its ledger has moved since the last commit.
        var changed = false
    }
    struct ThemeState {
        var plan: ThemePlan
        var rollUp: RollUp
        var sessions: SessionRollUp
        var clock: ThemeClock
        /// What the run before has not shown, until its partitions are here.
        var owed: [OwedWindow]
        /// Nil where nothing is forecast and scored.
        var outlook: Outlook?
    }
    struct Source {
        var plan: ContractPlan
        /// By decoding thread.
        var decoders: [RecordDecoder]
        /// `plan.themes[i]` is `themes[themeIndex[i]]`.
        var themeIndex: [Int]
    }

    public let catalogue: Catalogue
    let store: HubStore
    let publishSummaries: Bool
    let summariesTopic: String
    /// By source.
    let deadLetterTopic: [String]
    var sources: [Source]
    var themes: [ThemeState]
    /// What is read here: by slots, and by edges. nil where revoked.
    var members: [Member?] = []
    /// Caller's slot -> index into `members`; -1 where it has none.
    var placeOfSlot: [Int] = []
    /// The source of the partials topic; nil where it is not read.
    let carrier: Int?
    /// By source; nil for the partials topic.
    let configurations: [EdgeConfiguration?]
    /// Why partials could not be put; thrown by the next commit.
    var partialsFailure: (any Error)?
    /// An edge: what a commit changes is marked and handed on.
    public var publisher: EdgePublisher?
    /// Partitions that the store knows and that are not ours now: another member reads on. What was counted of them
    /// here stays part of every window that is shown.
    var away: [Member] = []
    var messages: [Commit.Message] = []
    /// Bytes of dead letters that wait for the next commit.
    public internal(set) var pendingBytes = 0
    public internal(set) var commits: Int64 = 0
    public internal(set) var lastCommitMs = 0.0
    /// Windows that wait for the next commits to be shown.
    public var backlog: Int { themes.reduce(0) { $0 + $1.rollUp.backlog } }
    /// Messages committed to the outbox in this run.
    public internal(set) var queued: Int64 = 0

    /// Grows when an outlook has taken something in, once that is on disk.
    public internal(set) var outlookTurn = 0

    /// The clocks as last committed, by theme.
    var committedClocks: [String: Int64] = [:]

    var alerts: AlertEngine
    let inbox: AlertInbox
    /// By theme.
    let alertTopic: [String: String]
    /// Of the step that the next commit holds: who is answered what, and what people are told, once it is on disk.
    var alertAnswers: [(AlertInbox.Item, AlertActionAnswer)] = []
    var notices: [AlertNotice] = []

    var crew: DecodeCrew
    var dead: [DeadLetterEffect] = []

    /// - Parameters:
    ///   - threads: how many decode where there is much to do; the result is the same.
    ///   - partials: read the partials of edges too.
    ///   - inbox: what people ask of alerts.
    /// - Throws: `database-*` where the store cannot be read.
    public init(
        catalogue: Catalogue, store: HubStore, pseudonym: Pseudonym?, publishSummaries: Bool, threads: Int = 2,
        partials: Bool = false, inbox: AlertInbox = AlertInbox()
    ) throws {
        self.inbox = inbox
        alerts = AlertEngine(catalogue, book: try store.alertBook())
        let output = catalogue.output("alerts")
        alertTopic = Dictionary(
            catalogue.themes.map { ($0.name, output?.topic(for: $0.name) ?? "kapok.alerts.\($0.name)") },
            uniquingKeysWith: { a, _ in a })
        crew = DecodeCrew(threads: threads)
        self.catalogue = catalogue
        self.store = store
        self.publishSummaries = publishSummaries
        themes = try catalogue.themes.map { def in
            let plan = ThemePlan(def, catalogue)
            let stored = try store.theme(def.name)
            let completed = plan.windows.map { stored?.completed[$0.name] ?? Int64.min }
            return ThemeState(
                plan: plan,
                rollUp: RollUp(plan, completedThrough: completed, retiredThrough: stored?.retired ?? .min),
                sessions: SessionRollUp(plan), clock: ThemeClock(stored?.clock ?? .min), owed: stored?.owed ?? [],
                outlook: try HubCore.outlook(plan, catalogue, store))
        }
        let plans = themes.map(\.plan)
        try store.configure(plans.map { ($0.def.name, $0.fingerprint) })
        summariesTopic = catalogue.output("summaries")?.topic ?? "kapok.summaries"
        let dlq = catalogue.output("dead-letters")
        let carried = partials ? [TopicContract.partials(catalogue.partialsTopic)] : []
        deadLetterTopic = (catalogue.contracts + carried).map { dlq?.topic(for: $0.topic) ?? $0.topic + ".dlq" }
        carrier = partials ? catalogue.contracts.count : nil
        sources = (catalogue.contracts + carried).map { c in
            let plan = ContractPlan(c, catalogue, themes: plans)
            return Source(
                plan: plan,
                decoders: (0..<max(1, threads)).map { _ in RecordDecoder(c, plan.sources, pseudonym: pseudonym) },
                themeIndex: plan.themes.compactMap { t in plans.firstIndex { $0.def.name == t.def.name } })
        }
        let known = sources.prefix(catalogue.contracts.count)
        configurations = partials ? known.map { EdgeConfiguration($0.plan, catalogue) } + [nil] : []
        let mirrors = try store.mirrors()
        for (topic, partition) in try store.partitions() {
            guard let c = source(of: EdgeTopic.base(topic)) else { continue }
            let mirror = mirrors.first { $0.topic == topic && $0.partition == partition }
            away.append(
                Member(
                    contract: c, slot: -1, log: mirror?.log, processor: try restored(c, topic, partition),
                    lastRecord: 0))
        }
    }

    /// Where a caller's slot is in `members`.
    func place(_ slot: Int) -> Int? {
        placeOfSlot.indices.contains(slot) && placeOfSlot[slot] >= 0 ? placeOfSlot[slot] : nil
    }

    /// Puts a member in.
    func insert(_ m: Member) -> Int {
        if let free = members.firstIndex(where: { $0 == nil }) {
            members[free] = m
            return free
        }
        members.append(m)
        return members.count - 1
    }

    func source(of topic: String) -> Int? { sources.firstIndex { $0.plan.contract.topic == topic } }

    public var inputTopics: [String] { sources.map(\.plan.contract.topic) }

    // MARK: assignment

    /// Takes a partition over, as the store has it. Returns the offset to go on at; nil where it is new.
    public func assign(slot: Int, topic: String, partition: Int32, now: Int64) throws -> Int64? {
        guard let c = source(of: topic) else { return nil }
        var m: Member
        if let i = away.firstIndex(where: { $0.processor.topic == topic && $0.processor.partition == partition }) {
            m = away.remove(at: i)
        } else {
            m = Member(contract: c, slot: slot, processor: try restored(c, topic, partition), lastRecord: now)
        }
        (m.slot, m.lastRecord) = (slot, now)
        while placeOfSlot.count <= slot { placeOfSlot.append(-1) }
        placeOfSlot[slot] = insert(m)
        if c == carrier { try takeMirrors(slot, topic, partition, now) }
        return next(slot: slot)
    }

    /// A partition as the store has it; its windows that are not complete will be shown again.
    func restored(_ c: Int, _ topic: String, _ partition: Int32) throws -> PartitionProcessor {
        var p =
            EdgeTopic.edge(of: topic) == nil
            ? PartitionProcessor(sources[c].plan, topic: topic, partition: partition, recording: true)
            : PartitionProcessor(mirror: sources[c].plan, topic: topic, partition: partition)
        if let stored = try store.partition(topic, partition) {
            guard stored.ledger.isBalanced else {
                throw store.damaged("the ledger of \(topic)/\(partition) does not balance")
            }
            if let device = p.restore(stored) {
                throw store.damaged("what incident detection remembers of \(device) in \(topic)/\(partition) cannot be read")
            }
        }
        for (i, t) in sources[c].themeIndex.enumerated() {
            try restore(&p, theme: i, global: t, range: themes[t].rollUp.paneHorizon..<Int64.max)
            themes[t].rollUp.noteRestored(p.tables[i])
            themes[t].rollUp.owe(themes[t].owed)
            try restoreSessions(&p, theme: i, global: t)
        }
        return p
    }

    func restore(_ p: inout PartitionProcessor, theme: Int, global: Int, range: Range<Int64>) throws {
        let plan = themes[global].plan
        var unreadable: Commit.Cell?
        try store.cells(theme: plan.def.name, topic: p.topic, partition: p.partition, range: range) { c in
            guard let a = Aggregate(c.bytes) else { return unreadable = c }
            // What a changed configuration no longer knows is left out; the store keeps it.
            guard let cell = plan.cell(place: c.place, scope: c.scope, start: c.start, input: c.input)
            else { return }
            p.restoreCell(theme: theme, cell, a)
        }
        if let c = unreadable {
            throw store.damaged("a partial of \(p.topic)/\(p.partition) at \(EventTime(ms: c.start).rfc3339) cannot be read")
        }
    }

    /// Lets a partition go. The caller commits first.
    public func revoke(slot: Int) {
        guard place(slot) != nil else { return }
        placeOfSlot[slot] = -1
        for i in members.indices {
            guard let m = members[i], m.slot == slot else { continue }
            members[i] = nil
            if m.processor.ledger.first >= 0 || m.processor.isMirror { away.append(m) }
        }
    }

    /// Goes on at `offset`, since the topic has nothing before it any more: what was not read is gap.
    public func skip(slot: Int, to offset: Int64) {
        guard let i = place(slot), let next = next(slot: slot), offset > next else { return }
        members[i]?.processor.skip(to: offset)
        members[i]?.changed = true
    }

    /// The offset that comes next in a partition; nil before its first record.
    public func next(slot: Int) -> Int64? {
        guard let i = place(slot), let m = members[i], m.processor.ledger.next >= 0 else { return nil }
        return m.processor.ledger.next
    }
    /// Offsets counted as gap in a partition.
    public func gap(slot: Int) -> Int64 {
        place(slot).flatMap { members[$0]?.processor.ledger.gap } ?? 0
    }
}
