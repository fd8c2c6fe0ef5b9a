import CityModel
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

    /// Of our partitions and of those that are away: `place` is a slot, or behind all slots an index of `away`.
    private func sessionTables(_ theme: Int) -> [(place: Int, index: Int, table: SessionTable, closed: Int64)] {
        guard !themes[theme].sessions.isEmpty else { return [] }
        return (members + away.map { Optional($0) }).enumerated().compactMap { place, m in
            guard let m, let i = sources[m.contract].themeIndex.firstIndex(of: theme) else { return nil }
            let watermark = m.processor.watermark.value
            return (
                place, i, m.processor.sessions[i],
                watermark == .min ? .min : watermark - sources[m.contract].plan.contract.allowedLatenessMs
            )
        }
    }

    /// Forgets sessions that no partition can change any more; the next commit takes them out of the store.
    func retireSessions() {
        for t in themes.indices {
            let tables = sessionTables(t)
            let gone = themes[t].sessions.retire(
                tables.map(\.table), clock: themes[t].clock.value, closed: tables.map(\.closed))
            for (member, cells) in zip(tables, gone) {
                for c in cells {
                    let key = key(c, t)
                    if member.place < members.count {
                        members[member.place]?.processor.removeSession(theme: member.index, c)
                        members[member.place]?.goneSessions.append(key)
                    } else {
                        // The store forgets it when the partition is ours again.
                        away[member.place - members.count].processor.removeSession(theme: member.index, c)
                        away[member.place - members.count].goneSessions.append(key)
                    }
                }
            }
        }
    }

    func restoreSessions(_ p: inout PartitionProcessor, theme: Int, global: Int) throws {
        let plan = themes[global].plan
        guard !plan.streams.isEmpty else { return }
        var unreadable: Commit.Session?
        try store.sessions(theme: plan.def.name, topic: p.topic, partition: p.partition) { s in
            // What a changed configuration no longer knows is left out; the store forgets it in time.
            guard
                let cell = plan.session(
                    place: s.key.place, window: s.key.window, input: s.key.input, start: s.key.start)
            else { return }
            guard let a = s.aggregate else { return unreadable = s }
            p.restoreSession(theme: theme, cell, a)
        }
        if let s = unreadable {
            throw store.damaged(
                "a session of \(p.topic)/\(p.partition) at \(EventTime(ms: s.key.start).rfc3339) cannot be read")
        }
        themes[global].sessions.noteRestored(p.sessions[theme])
    }
}
