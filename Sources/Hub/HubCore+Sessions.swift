import HubAPI
import Pipeline
import Store
import Windowing

/// Session windows. Where no theme has any, these do nothing.
extension HubCore {
    /// What a partition's sessions give a commit.
    struct SessionChanges {
        var changed: [Commit.Session] = []
        var removed: [Commit.Session.Key] = []
        var isEmpty: Bool { changed.isEmpty && removed.isEmpty }
    }

    /// Takes what changed since the last commit, by slot.
    func drainSessions() -> [SessionChanges] {
        members.indices.map { slot in
            var out = SessionChanges()
            guard let c = members[slot]?.contract else { return out }
            swap(&out.removed, &members[slot]!.goneSessions)
            for (i, t) in sources[c].themeIndex.enumerated() where !themes[t].sessions.isEmpty {
                let (changed, removed) = members[slot]!.processor.drainSessions(theme: i)
                themes[t].sessions.note(changed)
                out.removed += removed.map { key($0, t) }
                for cell in changed {
                    guard let a = members[slot]!.processor.sessions[i].aggregate(cell) else { continue }
                    var bytes: [UInt8] = []
                    a.append(to: &bytes)
                    let gap = themes[t].plan.streams[Int(cell.stream)].window.gapMs
                    out.changed.append(.init(key: key(cell, t), end: a.lastTime + gap, bytes: bytes))
                }
            }
            return out
        }
    }

    private func key(_ c: SessionCell, _ theme: Int) -> Commit.Session.Key {
        let plan = themes[theme].plan
        let stream = plan.streams[Int(c.stream)]
        return .init(
            theme: plan.def.name, window: stream.window.name, input: stream.input,
            place: plan.places.places[plan.places.streets.lowerBound + Int(c.street)].code, start: c.start)
    }

    func emitSessions(_ theme: Int) throws -> [Summary] {
        let name = themes[theme].plan.def.name
        return try themes[theme].sessions.emit(
            sessionTables(theme).map(\.table), clock: themes[theme].clock.value
        ) { place, window, measure, after in
            try store.shownSessions(theme: name, place: place, window: window, measure: measure, after: after)
        }
    }

    /// Where a table's partition is: in `members`, or in `away`.
    private enum Holder {
        case member(Int)
        case away(Int)
    }

    private func sessionTables(_ theme: Int) -> [(holder: Holder, index: Int, table: SessionTable)] {
        guard !themes[theme].sessions.isEmpty else { return [] }
        let all =
            members.indices.compactMap { slot in members[slot].map { (Holder.member(slot), $0) } }
            + away.indices.map { (Holder.away($0), away[$0]) }
        return all.compactMap { holder, m in
            sources[m.contract].themeIndex.firstIndex(of: theme).map { (holder, $0, m.processor.sessions[$0]) }
        }
    }

    private func member(_ holder: Holder) -> Member? {
        switch holder {
        case .member(let slot): members[slot]
        case .away(let i): away[i]
        }
    }

    /// Forgets sessions that no partition can change any more; the next commit takes them out of the store.
    func retireSessions() {
        for t in themes.indices {
            let tables = sessionTables(t)
            let closed = tables.map { t -> Int64 in
                guard let m = member(t.holder), m.processor.watermark.value > .min else { return .min }
                return m.processor.watermark.value - sources[m.contract].plan.contract.allowedLatenessMs
            }
            let gone = themes[t].sessions.retire(
                tables.map(\.table), clock: themes[t].clock.value, closed: closed)
            for (from, cells) in zip(tables, gone) {
                for c in cells { forget(c, theme: t, index: from.index, from.holder) }
            }
        }
    }

    private func forget(_ c: SessionCell, theme: Int, index: Int, _ holder: Holder) {
        switch holder {
        case .member(let slot):
            members[slot]?.processor.removeSession(theme: index, c)
            members[slot]?.goneSessions.append(key(c, theme))
        // Its part of the store is not ours to change now.
        case .away(let i): away[i].processor.removeSession(theme: index, c)
        }
    }

    func restoreSessions(_ p: inout PartitionProcessor, theme: Int, global: Int) throws {
        let plan = themes[global].plan
        guard !plan.streams.isEmpty else { return }
        let firstStreet = plan.places.streets.lowerBound
        try store.sessions(theme: plan.def.name, topic: p.topic, partition: p.partition) { s in
            // What a changed configuration no longer knows is left out; the store forgets it in time.
            guard let place = plan.places.index(of: s.key.place), plan.places.streets.contains(place),
                let stream = plan.streams.firstIndex(where: {
                    $0.window.name == s.key.window && $0.input == s.key.input
                }), let a = Aggregate(s.bytes)
            else { return }
            p.restoreSession(
                theme: theme,
                SessionCell(stream: Int32(stream), street: Int32(place - firstStreet), start: s.key.start), a)
        }
        themes[global].sessions.noteRestored(p.sessions[theme])
    }
}
