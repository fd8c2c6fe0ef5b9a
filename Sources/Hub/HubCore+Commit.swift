import CityModel
import HubAPI
import Pipeline
import Store
import Windowing

extension HubCore {
    /// What the caller knows of a partition at commit time.
    public struct Presence: Sendable {
        /// Everything in the partition has been read, by the broker's last word.
        public var caughtUp: Bool
        public init(caughtUp: Bool) { self.caughtUp = caughtUp }
    }

    /// Moves the clocks, gives out what changed and writes all of it in one transaction.
    /// - Parameters:
    ///   - now: a clock that does not jump, ms. A partition is idle only where the broker answers and has nothing more
    ///     for us: an outage is not silence.
    ///   - presence: by slot.
    /// - Returns: the summaries that changed; `notices` are what people are to be told of them.
    /// - Throws: `disk-full`, `database-*`; the hub must stop then, and goes on from the last commit when started
    ///   again.
    public func commit(now: Int64, brokerUp: Bool, presence: (Int) -> Presence) throws -> [Summary] {
        let started = ContinuousClock.now
        if let partialsFailure { throw partialsFailure }
        // Nor is what the broker still has to tell once it is back.
        if !brokerUp { for slot in members.indices { members[slot]?.lastRecord = now } }
        var commit = Commit()
        // slot -> theme (local) -> cells
        var changed: [[Int: [PaneCell]]] = Array(repeating: [:], count: members.count)
        func drain() {
            for slot in members.indices {
                guard let c = members[slot]?.contract else { continue }
                for (i, t) in sources[c].themeIndex.enumerated() {
                    let cells = members[slot]!.processor.drainCells(theme: i)
                    guard !cells.isEmpty else { continue }
                    themes[t].rollUp.note(cells)
                    changed[slot][i, default: []] += cells
                }
            }
        }
        drain()
        // Without any of its partitions a theme shows and retires nothing: what it brought back would be brought back
        // again by the next commit, and count twice.
        for t in themes.indices where hasMembers(t) {
            if let range = themes[t].rollUp.missing { try reload(theme: t, range) }
        }
        drain()
        let sessions = drainSessions()
        for t in themes.indices {
            themes[t].clock.advance(
                clockMembers(t, now, brokerUp, presence), paneMs: themes[t].plan.def.paneMs,
                longestWindowMs: themes[t].plan.longestEndMs)
            let name = themes[t].plan.def.name
            // Windows that wait stay waiting until a partition is ours: what is new of them may be with another hub.
            guard hasMembers(t) else { continue }
            themes[t].owed = []
            let rows = try themes[t].rollUp.emit(
                tables(t), clock: themes[t].clock.value, provisional: true, limit: Self.windowsPerCommit,
                storedRevision: { try store.revision($0, theme: name) })
            commit.summaries += rows
            commit.outlooks += themes[t].outlook?.take(rows) ?? []
            commit.summaries += try emitSessions(t)
        }
        for slot in members.indices {
            guard let m = members[slot], m.changed || !changed[slot].isEmpty || !sessions[slot].isEmpty
            else { continue }
            var p = partition(slot, changed[slot])
            p.sessions = sessions[slot].changed
            p.removedSessions = sessions[slot].removed
            commit.partitions.append(p)
        }
        for t in themes where t.clock.value != committedClocks[t.plan.def.name] || !commit.summaries.isEmpty {
            var completed: [String: Int64] = [:]
            for (w, end) in t.rollUp.completedThrough.enumerated() where end > .min {
                completed[t.plan.windows[w].name] = end
            }
            commit.themes.append(
                .init(
                    name: t.plan.def.name, version: t.plan.def.version, clock: t.clock.value,
                    retired: t.rollUp.retiredThrough, completed: completed, owed: t.owed + t.rollUp.owed))
        }
        commit.messages = messages
        commit.marksUnsent = publisher != nil
        if publishSummaries { commit.messages += commit.summaries.compactMap(message) }
        stepAlerts(&commit, now: now)
        guard !commit.isEmpty else {
            retire()
            return []
        }
        try store.commit(commit)
        publisher?.note(commit.partitions)
        if !commit.outlooks.isEmpty { outlookTurn += 1 }
        for t in themes { committedClocks[t.plan.def.name] = t.clock.value }
        for slot in members.indices { members[slot]?.changed = false }
        queued += Int64(commit.messages.count)
        messages = []
        pendingBytes = 0
        retire()
        retireSessions()
        commits += 1
        lastCommitMs = (ContinuousClock.now - started) / .milliseconds(1)
        return commit.summaries
    }

    /// Some partition that the theme reads is ours.
    private func hasMembers(_ theme: Int) -> Bool {
        members.contains { $0.map { sources[$0.contract].themeIndex.contains(theme) } ?? false }
    }

    func tables(_ theme: Int) -> [PaneTable] {
        (members.compactMap { $0 } + away).compactMap { m in
            sources[m.contract].themeIndex.firstIndex(of: theme).map { m.processor.tables[$0] }
        }
    }

    private func clockMembers(
        _ theme: Int, _ now: Int64, _ brokerUp: Bool, _ presence: (Int) -> Presence
    ) -> [ThemeClock.Member] {
        members.indices.compactMap { slot in
            guard let m = members[slot], sources[m.contract].themeIndex.contains(theme) else { return nil }
            let silent = now - m.lastRecord
            return .init(
                watermark: m.processor.watermark, idle: isIdle(m, now, brokerUp, presence(m.slot)), silentMs: silent)
        }
    }

    func isIdle(_ m: Member, _ now: Int64, _ brokerUp: Bool, _ p: Presence) -> Bool {
        brokerUp && p.caughtUp && now - m.lastRecord >= sources[m.contract].plan.contract.idleAfterMs
    }

    /// Brings panes of windows that have left memory back, for every partition, merged with what is new there.
    private func reload(theme: Int, _ range: Range<Int64>) throws {
        for slot in members.indices {
            guard let c = members[slot]?.contract, let i = sources[c].themeIndex.firstIndex(of: theme) else { continue }
            try restore(&members[slot]!.processor, theme: i, global: theme, range: range)
        }
        for a in away.indices {
            guard let i = sources[away[a].contract].themeIndex.firstIndex(of: theme) else { continue }
            try restore(&away[a].processor, theme: i, global: theme, range: range)
        }
    }

    private func partition(_ slot: Int, _ changed: [Int: [PaneCell]]) -> Commit.Partition {
        let c = members[slot]!.contract
        let ids = members[slot]!.processor.drainIDs()
        let tracks = members[slot]!.processor.drainTracks()
        let detectors = members[slot]!.processor.drainDetectors()
        let incidents = members[slot]!.processor.drainIncidents()
        let p = members[slot]!.processor
        var rows: [Commit.Cell] = []
        for (i, t) in sources[c].themeIndex.enumerated() {
            let plan = themes[t].plan
            let first = plan.places.streets.lowerBound
            for cell in Set(changed[i] ?? []).sorted() {
                guard let a = p.tables[i].aggregate(cell) else { continue }
                var bytes: [UInt8] = []
                bytes.reserveCapacity(256)
                a.append(to: &bytes)
                rows.append(
                    .init(
                        theme: plan.def.name, scope: cell.scope == 0 ? "" : plan.windows[Int(cell.scope) - 1].name,
                        start: cell.start, place: plan.places.places[first + Int(cell.street)].code,
                        input: plan.cellName(street: Int(cell.street), input: Int(cell.input)), bytes: bytes))
            }
        }
        var out = Commit.Partition(
            topic: p.topic, partition: p.partition, state: p.state, ids: ids, cells: rows, tracks: tracks)
        out.mirror = mirror(slot)
        out.detectors = detectors
        out.incidents = incidents
        return out
    }

    /// Forgets windows that no partition can change any more, or that have been closed for `keptMs`; the store still
    /// has their partials.
    private func retire() {
        for t in themes.indices {
            let clock = themes[t].clock.value
            guard clock > .min else { continue }
            let mine = members.compactMap { $0 }.filter { sources[$0.contract].themeIndex.contains(t) }
            guard !mine.isEmpty else { continue }
            let lateness = mine.map { sources[$0.contract].plan.contract.allowedLatenessMs }.max() ?? 0
            let safe = mine.map { m in
                m.processor.watermark.value == .min
                    ? .min : m.processor.watermark.value - sources[m.contract].plan.contract.allowedLatenessMs
            }.min() ?? .min
            let time = min(clock, themes[t].rollUp.shownThrough, max(safe, clock - lateness - Self.keptMs))
            themes[t].rollUp.retire(through: time)
            let horizon = themes[t].rollUp.paneHorizon
            for slot in members.indices {
                guard let c = members[slot]?.contract, let i = sources[c].themeIndex.firstIndex(of: t) else { continue }
                members[slot]!.processor.removePanes(theme: i, before: horizon)
            }
            for a in away.indices {
                guard let i = sources[away[a].contract].themeIndex.firstIndex(of: t) else { continue }
                away[a].processor.removePanes(theme: i, before: horizon)
            }
        }
    }

    /// A complete or revised summary for the summaries topic; nil for a provisional one.
    private func message(_ s: Summary) -> Commit.Message? {
        guard s.status != .provisional else { return nil }
        let key = "\(s.place)/\(s.theme)/\(s.measure)/\(s.window)/\(s.start.rfc3339)"
        var value: [UInt8] = []
        value.reserveCapacity(512)
        s.appendJSON(to: &value)
        return Commit.Message(topic: summariesTopic, key: Array(key.utf8), value: value, headers: Self.jsonHeader)
    }

    private static let jsonHeader = [Commit.Message.Header("content-type", Array("application/json".utf8))]
}
