import CityModel
import Contracts
import Logging
import Pipeline
import Store
import Windowing

/// How an edge hands its partials on.
public struct EdgeOptions: Sendable {
    /// What the centre calls it; see `EdgeTopic.isEdgeName`. No two edges share one.
    public var name: String
    /// ms between what is told of one partition; at most a third of its contract's `idle_after`.
    public var intervalMs: Int64
    /// Tell open panes too, not only what the watermark has passed.
    public var live: Bool
    /// Tell all that is kept once more.
    public var resend: Bool
    public init(name: String, intervalMs: Int64 = 10_000, live: Bool = false, resend: Bool = false) {
        self.name = name
        self.intervalMs = intervalMs
        self.live = live
        self.resend = resend
    }
}

/// Turns what commits have changed into bundles of partials in the centre's outbox. It reads committed state alone, so
/// that a bundle holds all that its progress says, whenever the edge dies.
///
/// While the centre takes nothing, changed cells wait as names, however often they change.
public struct EdgePublisher {
    /// Unconfirmed bundles beyond which no more are made.
    public static let mostWaiting = 32
    /// Cells looked up at once, and bytes of a bundle before it is packed: brokers take 1 MB by default.
    static let cellsAtOnce = 4000
    static let bundleBytes = 400_000
    /// Reading pauses where more waits: cells, or ms of event time that the oldest lies behind the newest. The centre
    /// keeps partials for 24 h.
    static let mostUnsent = 1_000_000
    static let longestMs: Int64 = 20 * 3_600_000

    private struct Source {
        var topic: String
        var partition: Int32
        var plan: ContractPlan
        var configuration: EdgeConfiguration
        var sequence: Int64 = 0
        var told = Int64.min
        var progress: PartialBundle.Progress?
        /// By registry row: heard since the last bundle.
        var seen: [Int: Int64] = [:]
    }

    private let store: HubStore
    private let options: EdgeOptions
    private let topic: String
    private let plans: [ContractPlan]
    private let configurations: [EdgeConfiguration]
    private let run: Int64
    /// In the order in which they were met.
    private var sources: [Source] = []
    /// What waits: cells and sessions; start of the oldest pane, ms. As of the last look.
    public private(set) var unsent = 0
    public private(set) var oldest: Int64?
    /// Bytes of bundles made in this run, and how many.
    public private(set) var bytes: Int64 = 0
    public private(set) var bundles: Int64 = 0
    /// Unsent cells that were no longer kept, or that the configuration no longer knows: not told.
    public private(set) var gone: Int64 = 0
    private var newest = Int64.min
    private var looked = Int64.min

    /// - Parameters:
    ///   - now: wall clock, ms.
    /// - Throws: `database-*`.
    public init(_ store: HubStore, _ catalogue: Catalogue, _ options: EdgeOptions, now: Int64) throws {
        self.store = store
        self.options = options
        topic = catalogue.partialsTopic
        let themes = catalogue.themes.map { ThemePlan($0, catalogue) }
        let plans = catalogue.contracts.map { ContractPlan($0, catalogue, themes: themes) }
        self.plans = plans
        configurations = plans.map { EdgeConfiguration($0, catalogue) }
        var made: [String: String] = [:]
        for t in themes {
            let contracts = zip(plans, configurations).filter { t.def.topics.contains($0.0.contract.name) }
            made[t.def.name] = ([t.fingerprint] + contracts.map(\.1.contract.text)).joined(separator: " ")
        }
        run = try store.beginEdgeRun(now: now, configurations: made, resend: options.resend)
        for (topic, partition) in try store.partitions() {
            guard let i = source(topic, partition), let state = try store.partition(topic, partition) else { continue }
            for t in state.tracks { note(i, t) }
        }
        try look()
    }

    private mutating func source(_ topic: String, _ partition: Int32) -> Int? {
        if let i = sources.firstIndex(where: { $0.topic == topic && $0.partition == partition }) { return i }
        guard let c = plans.firstIndex(where: { $0.contract.topic == topic }) else { return nil }
        sources.append(
            Source(topic: topic, partition: partition, plan: plans[c], configuration: configurations[c]))
        return sources.count - 1
    }

    private mutating func note(_ i: Int, _ t: PartitionState.Track) {
        guard t.track.time > .min, let row = sources[i].plan.registryRow(of: t.sensor, t.kind) else { return }
        sources[i].seen[row] = t.track.time
    }

    /// Notes what a commit has written.
    mutating func note(_ partitions: [Commit.Partition]) {
        for p in partitions {
            guard let i = source(p.topic, p.partition) else { continue }
            for t in p.tracks { note(i, t) }
            newest = max(newest, p.state.maxEventTime)
        }
    }

    /// More waits than is good: reading should pause.
    public var isFull: Bool {
        unsent > Self.mostUnsent || (oldest.map { newest > .min && newest - $0 > Self.longestMs } ?? false)
    }

    /// Whether some partition's turn has come.
    public func isDue(_ now: Int64) -> Bool { sources.contains { isDue($0, now) } }

    private func isDue(_ s: Source, _ now: Int64) -> Bool {
        s.told == .min || now - s.told >= min(options.intervalMs, s.plan.contract.idleAfterMs / 3)
    }

    /// Makes the bundles that are due.
    /// - Parameters:
    ///   - now: a clock that does not jump, ms.
    ///   - waiting: bundles that the centre's broker has not confirmed.
    ///   - idle: whether a partition is idle: its open panes are told too.
    /// - Returns: how many were put into the outbox.
    /// - Throws: `disk-full`, `database-*`; the edge must stop then.
    public mutating func publish(
        now: Int64, waiting: Int, idle: (_ topic: String, _ partition: Int32) -> Bool
    ) throws -> Int {
        var made = 0
        for i in sources.indices where isDue(sources[i], now) && waiting + made < Self.mostWaiting {
            let all = options.live || idle(sources[i].topic, sources[i].partition)
            guard let progress = try store.progress(sources[i].topic, sources[i].partition) else { continue }
            var isDone = false
            while !isDone, waiting + made < Self.mostWaiting {
                let n: Int
                (n, isDone) = try bundle(i, progress, all)
                made += n
            }
            // What is left has its turn as soon as the centre has room.
            if isDone { sources[i].told = now }
        }
        if made > 0 || looked == .min || now - looked >= options.intervalMs {
            looked = now
            try look()
        }
        return made
    }

    private mutating func look() throws { (unsent, oldest) = try store.unsent() }

    /// One bundle of a source, of as much as it takes.
    private mutating func bundle(
        _ i: Int, _ progress: PartialBundle.Progress, _ all: Bool
    ) throws -> (made: Int, isDone: Bool) {
        let s = sources[i]
        var b = PartialBundle(
            edge: options.name, run: run, sequence: s.sequence + 1, topic: s.topic, partition: s.partition,
            contract: s.configuration.contract)
        var cells: [Commit.Cell] = []
        var sessions: [Commit.Session] = []
        var size = 0
        var isDone = true
        var lost: Int64 = 0
        for theme in s.plan.themes {
            guard var part = s.configuration.part(theme.def.name) else { continue }
            let due = try store.unsentCells(
                theme: theme.def.name, topic: s.topic, partition: s.partition,
                before: horizon(theme, s.plan, progress, all), limit: Self.cellsAtOnce)
            if due.count == Self.cellsAtOnce { isDone = false }
            for c in due {
                guard size < Self.bundleBytes else {
                    isDone = false
                    break
                }
                cells.append(c)
                size += c.bytes.count
                guard let cell = theme.cell(place: c.place, scope: c.scope, start: c.start, input: c.input),
                    let a = Aggregate(c.bytes)
                else {
                    lost += 1
                    continue
                }
                part.cells.append((cell, a))
            }
            part.cells.sort { $0.cell < $1.cell }
            let changed = try store.unsentSessions(
                theme: theme.def.name, topic: s.topic, partition: s.partition, limit: Self.cellsAtOnce)
            if changed.count == Self.cellsAtOnce { isDone = false }
            for c in changed {
                guard size < Self.bundleBytes else {
                    isDone = false
                    break
                }
                sessions.append(c)
                size += c.bytes.count
                guard
                    let cell = theme.session(
                        place: c.key.place, window: c.key.window, input: c.key.input, start: c.key.start),
                    let a = c.aggregate
                else {
                    lost += 1
                    continue
                }
                part.sessions.append((cell, a))
            }
            if !part.cells.isEmpty || !part.sessions.isEmpty { b.themes.append(part) }
        }
        if isDone {
            b.progress = progress
            b.seen = s.seen.sorted { $0.key < $1.key }.map { .init(row: $0.key, time: $0.value) }
        }
        let isNews = !b.themes.isEmpty || (isDone && progress != s.progress)
        let message = isNews ? Commit.Message(topic: topic, key: b.key, value: b.bytes, headers: []) : nil
        if isNews || !cells.isEmpty || !sessions.isEmpty {
            try store.post(message, topic: s.topic, partition: s.partition, cells: cells, sessions: sessions)
        }
        gone += lost
        guard isNews else { return (0, isDone) }
        sources[i].sequence += 1
        if isDone {
            sources[i].progress = progress
            sources[i].seen = [:]
        }
        bytes += Int64(message?.value?.count ?? 0)
        bundles += 1
        return (1, isDone)
    }

    /// Panes that start before this are told: the partition's watermark has passed them.
    private func horizon(
        _ theme: ThemePlan, _ plan: ContractPlan, _ p: PartialBundle.Progress, _ all: Bool
    ) -> Int64 {
        guard !all else { return .max }
        let mark = Watermark(outOfOrdernessMs: plan.contract.outOfOrdernessMs, maxEventTime: p.maxEventTime).value
        return mark == .min ? .min : mark - theme.def.paneMs + 1
    }
}
