import CityModel
import Hub
import HubAPI
import Store
import TestSupport
import Testing
import Windowing
import Wire

/// Session windows through the hub's core and its database.
@Suite struct SessionRestartTests {
    static let start: Int64 = 1_795_507_200_000  // 2026-11-24T08:00:00Z

    struct Event: Sendable {
        var time: Int64
        var text: String
    }

    func events(_ n: Int, _ rng: inout SplitMix64) -> [Event] {
        var time = Self.start
        return (0..<n).map { _ in
            time += Int64.random(in: 0...60_000, using: &rng)
            if Int.random(in: 0..<12, using: &rng) == 0 { time += Int64.random(in: 0...900_000, using: &rng) }
            let at = Int.random(in: 0..<4, using: &rng) > 0 ? time : time - Int64.random(in: 0...1_500_000, using: &rng)
            let sensor = ["rain-1", "rain-2", "rain-3"][Int.random(in: 0..<3, using: &rng)]
            let value = Int.random(in: 0...5, using: &rng)
            return Event(
                time: time, text: #"{"sensor":"\#(sensor)","kind":"rainfall","value":\#(value),"ts":\#(at)}"#)
        }
    }

    /// The summaries of each commit, what the database holds of sessions in the end, and the rows of the store.
    struct Outcome: Equatable {
        var commits: [[Summary]] = []
        var parts: [[String]] = [[], []]
        var rows: [Summary] = []
    }

    /// Feeds two partitions with the same batches and commits for the same seed; `restarts`: a new core now and then,
    /// after records that no commit had yet.
    func outcome(_ streams: [[Event]], seed: UInt64, restarts: Bool) throws -> Outcome {
        let city = try TinyCity(["themes/city.yaml": TinyCity.sessionTheme])
        let folder = try TempFolder("kapok-sessions")
        let store = try HubStore(path: folder.file("hub.db").path)
        defer { try? store.close() }
        func core() throws -> (HubCore, [Int]) {
            let c = try HubCore(
                catalogue: city.catalogue, store: store, pseudonym: nil, publishSummaries: true, threads: 1)
            let next = try (0...1).map {
                Int(try c.assign(slot: $0, topic: "t.sensors", partition: Int32($0), now: 0) ?? 0)
            }
            return (c, next)
        }
        func feed(_ core: HubCore, _ slot: Int, _ range: Range<Int>) {
            core.process([.init(slot: slot, run: 0, records: range)], now: 0) { piece, batch in
                for i in piece.records {
                    Array(streams[slot][i].text.utf8).withUnsafeBytes { b in
                        _ = batch.append(
                            b.baseAddress, b.count, .init(offset: Int64(i), recordTime: streams[slot][i].time))
                    }
                }
            } extra: { _, _ in (nil, []) }
        }
        var out = Outcome()
        var (hub, at) = try core()
        var rng = SplitMix64(state: seed)
        var dice = SplitMix64(state: seed &+ 1)
        while at.indices.contains(where: { at[$0] < streams[$0].count }) {
            let to = streams.indices.map { min(streams[$0].count, at[$0] + Int.random(in: 0...15, using: &rng)) }
            if restarts, Int.random(in: 0..<3, using: &dice) == 0 {
                // Dies with records that no commit had.
                for slot in streams.indices where Bool.random(using: &dice) { feed(hub, slot, at[slot]..<to[slot]) }
                (hub, at) = try core()
            }
            for slot in streams.indices { feed(hub, slot, at[slot]..<to[slot]) }
            at = to
            out.commits.append(try hub.commit(now: 0, brokerUp: true) { _ in .init(caughtUp: false) })
        }
        // What left memory after the last commit leaves the store with the next.
        out.commits.append(try hub.commit(now: 0, brokerUp: true) { _ in .init(caughtUp: false) })
        for p in 0...1 {
            try store.sessions(theme: "city", topic: "t.sensors", partition: Int32(p)) {
                out.parts[p].append("\($0.key) \($0.end) \($0.bytes)")
            }
        }
        out.rows = try store.summaries(.init(theme: "city", window: "storm"))
        return out
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func `a hub that is restarted at any commit goes on as if it had not been`(seed: UInt64) throws {
        var rng = SplitMix64(state: seed)
        let streams = (0...1).map { _ in events(600, &rng) }
        let steady = try outcome(streams, seed: seed, restarts: false)
        let restarted = try outcome(streams, seed: seed, restarts: true)
        for (a, b) in zip(steady.commits, restarted.commits) {
            // Fixed windows that are not complete are shown again after a restart; sessions are not.
            #expect(a.filter { $0.window == "storm" } == b.filter { $0.window == "storm" })
        }
        #expect(steady.commits.count == restarted.commits.count && steady.rows == restarted.rows)
        #expect(steady.parts == restarted.parts)
        // The comparison is of something.
        #expect(steady.rows.contains { $0.status == .revised && $0.count > 0 })
        #expect(steady.rows.contains { $0.count == 0 } && steady.rows.contains { $0.measure == "any" })
        let parts = steady.parts.joined().count
        #expect(parts > 0 && parts < steady.rows.filter { $0.count > 0 }.count)
        // No reading is in two rows.
        for measure in ["storm", "any"] {
            for street in TinyCity.streets {
                let rows = steady.rows.filter { $0.place == street && $0.measure == measure && $0.count > 0 }
                for (a, b) in zip(rows, rows.dropFirst()) { #expect(a.end <= b.start) }
            }
        }
    }

    @Test func `a stored session that cannot be read is damage, and is not left out without a word`() throws {
        var rng = SplitMix64(state: 1)
        let all = events(600, &rng)
        let city = try TinyCity(["themes/city.yaml": TinyCity.sessionTheme])
        func at(_ lastTime: Int64) -> [UInt8] {
            var a = Aggregate()
            a.add(1, time: lastTime, ordinal: 0, identity: 0, needs: [])
            var bytes: [UInt8] = []
            a.append(to: &bytes)
            return bytes
        }
        for bytes in [[], [1, 2, 3], at(.max), at(0)] as [[UInt8]] {
            let folder = try TempFolder("kapok-sessions")
            let store = try HubStore(path: folder.file("hub.db").path)
            defer { try? store.close() }
            func core() throws -> HubCore {
                try HubCore(catalogue: city.catalogue, store: store, pseudonym: nil, publishSummaries: true, threads: 1)
            }
            let hub = try core()
            _ = try hub.assign(slot: 0, topic: "t.sensors", partition: 0, now: 0)
            hub.process([.init(slot: 0, run: 0, records: 0..<50)], now: 0) { piece, batch in
                for i in piece.records {
                    Array(all[i].text.utf8).withUnsafeBytes { b in
                        _ = batch.append(b.baseAddress, b.count, .init(offset: Int64(i), recordTime: all[i].time))
                    }
                }
            } extra: { _, _ in (nil, []) }
            _ = try hub.commit(now: 0, brokerUp: true) { _ in .init(caughtUp: false) }
            var sessions: [Commit.Session] = []
            try store.sessions(theme: "city", topic: "t.sensors", partition: 0) { sessions.append($0) }
            var spoiled = try #require(sessions.first)
            spoiled.bytes = bytes
            var commit = Commit()
            let state = try #require(try store.partition("t.sensors", 0))
            var p = Commit.Partition(topic: "t.sensors", partition: 0, state: state, ids: [], cells: [])
            p.sessions = [spoiled]
            commit.partitions = [p]
            try store.commit(commit)
            let error = #expect(throws: KapokError.self) { _ = try core() }
            #expect(error?.code == "database-corrupt")
        }
    }
}
