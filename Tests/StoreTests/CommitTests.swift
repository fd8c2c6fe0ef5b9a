import CityModel
import Foundation
import GRDB
import HubAPI

import Testing

@testable import Pipeline
@testable import Store

@Suite struct CommitTests {
    let folder: TemporaryFolder
    let store: HubStore
    init() throws {
        folder = try TemporaryFolder()
        store = try HubStore(path: folder.db)
    }

    @Test func `a partition is restored as it was committed, also by another store`() throws {
        var state = partition { l in
            l.first = 5
            l.next = 5 + 100 + 3 + 4 + 9
            l.accepted = 80
            l.late = 3
            l.duplicate = 4
            l.gap = 9
            for i in l.dead.indices { l.dead[i] = i == 0 ? 0 : Int64(i) }
            l.accepted += 20 - l.deadLettered
            l.next = 5 + l.accepted + l.late + l.duplicate + l.deadLettered + l.gap
        }
        state.state.frames = [.init(sensor: "摄像头-1", time: 123, value: -5), .init(sensor: "cam", time: 0, value: 1 << 59)]
        #expect(state.state.ledger.isBalanced)
        try store.commit(.of([state, partition("city.sensor", 1), partition("other", 0) { $0.late = 7 }]))
        try store.close()
        let got = try #require(try HubStore(path: folder.db).partition("city.sensor", 0))
        #expect(got.ledger == state.state.ledger)
        #expect(got.maxEventTime == state.state.maxEventTime)
        #expect(got.frames == state.state.frames)
        #expect(got.dedupGeneration == 0 && got.previousIDs.isEmpty && got.currentIDs.isEmpty)
    }

    @Test func `a partition before its first event is restored`() throws {
        var p = partition()
        p.state = PartitionState(ledger: Ledger(), maxEventTime: .min, frames: [], dedupGeneration: 0)
        try store.commit(.of([p]))
        let got = try #require(try store.partition("city.sensor", 0))
        #expect(got.maxEventTime == .min && got.ledger == Ledger())
    }

    @Test func `event ids of this generation and the one before are restored in order, older ones are gone`() throws {
        try store.commit(.of([partition(generation: 0, ids: [(0, [1, 2])])]))
        try store.commit(.of([partition(generation: 1, ids: [(0, [3]), (1, [.max, 5])])]))
        try store.commit(
            .of([partition(generation: 1, ids: [(1, [6])]), partition("city.sensor", 1, ids: [(0, [77])])]))
        var got = try #require(try store.partition("city.sensor", 0))
        #expect(got.dedupGeneration == 1 && got.previousIDs == [1, 2, 3] && got.currentIDs == [.max, 5, 6])
        try store.commit(.of([partition(generation: 2, ids: [(1, [7]), (2, [8])])]))
        got = try #require(try store.partition("city.sensor", 0))
        #expect(got.previousIDs == [.max, 5, 6, 7] && got.currentIDs == [8])
        let kept = try store.pool.read {
            try Int.fetchAll($0, sql: "SELECT DISTINCT generation FROM event_ids WHERE partition = 0 ORDER BY 1")
        }
        #expect(kept == [1, 2])
        #expect(try store.partition("city.sensor", 1)?.currentIDs == [77])
    }

    @Test func `cells come back in their order, from half-open ranges, patches with their scope`() throws {
        let all = [
            cell(-60_000), cell(0), cell(0, input: "vehicles"), cell(0, place: .max), cell(0, scope: "5m"),
            cell(60_000),
        ]
        try store.commit(.of([partition(cells: all.shuffled()), partition("city.sensor", 1, cells: [cell(0)])]))
        func key(_ c: Commit.Cell) -> String { "\(c.start) \(c.scope) \(c.place) \(c.input) \(c.bytes)" }
        #expect(
            try store.cells(0..<60_000).map(key)
                == [cell(0, place: .max), cell(0), cell(0, input: "vehicles"), cell(0, scope: "5m")].map(key))
        #expect(try store.cells(-60_000..<0).map(key) == [key(cell(-60_000))])
        #expect(try store.cells(.min..<(.max)).count == all.count)
        #expect(try store.cells(1..<60_000).isEmpty)
        var changed = cell(0)
        changed.bytes = []
        try store.commit(.of([partition(cells: [changed])]))
        #expect(try store.cells(0..<1).map(key).contains(key(changed)))
        #expect(try store.cells(.min..<(.max)).count == all.count)
    }

    @Test func `a theme is restored as it was last committed`() throws {
        let first = Commit.Theme(name: "traffic", version: 1, clock: .min, retired: .min, completed: [:])
        let second = Commit.Theme(
            name: "traffic", version: 3, clock: 600_000, retired: 540_000, completed: ["1m": 600_000, "5m": 300_000])
        for t in [first, second] {
            try store.commit(.of(themes: [t]))
            let got = try #require(try store.theme("traffic"))
            #expect(
                got.version == t.version && got.clock == t.clock && got.retired == t.retired
                    && got.completed == t.completed)
        }
        #expect(try store.theme("emergency") == nil)
    }

    private var full: Commit {
        .of(
            [partition(generation: 1, ids: [(1, [9])], cells: [cell(0), cell(minute)]) { $0.late = 1 }],
            themes: [.init(name: "traffic", version: 2, clock: 5 * minute, retired: 0, completed: ["1m": 5 * minute])],
            summaries: [summary(value: 1), summary(start: minute)],
            messages: [.init(topic: "kapok.summaries", key: nil, value: [1], headers: [])])
    }

    @Test(arguments: ["partitions", "dead_letters", "event_ids", "cells", "themes", "summaries", "outbox"])
    func `a commit that fails at one table leaves no trace in any`(table: String) throws {
        try store.commit(
            .of(
                [partition(cells: [cell(0)])], summaries: [summary()],
                messages: [.init(topic: "t", key: nil, value: nil, headers: [])]))
        let before = try store.dump()
        try store.pool.write {
            for event in ["INSERT", "UPDATE"] {
                try $0.execute(
                    sql:
                        "CREATE TRIGGER fail_\(event) BEFORE \(event) ON \(table) BEGIN SELECT RAISE(ABORT, 'refused'); END"
                )
            }
        }
        var c = full
        c.partitions[0].state.ledger.dead[3] = 4
        #expect(code { try store.commit(c) }?.hasPrefix("database-") == true)
        #expect(try store.dump() == before)
        try store.pool.write { try $0.execute(sql: "DROP TRIGGER fail_INSERT; DROP TRIGGER fail_UPDATE") }
        try store.commit(c)
        #expect(try store.dump() != before)
    }

    @Test func `a full disk is told as such, leaves no trace, and the store goes on when there is space`() throws {
        try store.commit(full)
        let before = try store.dump()
        func limit(_ pages: Int) throws {
            try store.pool.writeWithoutTransaction { _ = try Int.fetchOne($0, sql: "PRAGMA max_page_count = \(pages)") }
        }
        try limit(1)  // SQLite takes the present size as the least.
        var big = full
        big.messages = (0..<50).map { _ in
            .init(topic: "t", key: nil, value: Array(repeating: 7, count: 10_000), headers: [])
        }
        #expect(code { try store.commit(big) } == "disk-full")
        #expect(try store.dump() == before)
        try limit(1_000_000)
        try store.commit(big)
        #expect(try store.outboxCount() == 51)
    }

    @Test func `a summary that names no place is refused whole`() throws {
        var bad = summary(start: minute)
        bad.place = "天河区"
        #expect(code { try store.commit(.of(summaries: [summary(), bad])) } == "summary-invalid")
        #expect(try store.summaries(SummaryQuery()).isEmpty)
    }

    @Test func `a reader sees whole commits only while the hub writes`() async throws {
        let store = store
        let rows = 60
        func commit(_ revision: Int) throws {
            try store.commit(
                .of(
                    [partition { $0.accepted = Int64(revision) }],
                    summaries: (0..<rows).map { summary(place: 440_106_000_000 + UInt64($0), revision: revision) },
                    messages: [.init(topic: "t", key: nil, value: nil, headers: [])]))
        }
        try commit(0)
        let seen = try await withThrowingTaskGroup(of: Set<Int>.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    var revisions: Set<Int> = []
                    var last = 0
                    while last < 80 {
                        let all = try store.summaries(SummaryQuery())
                        #expect(all.count == rows)
                        #expect(Set(all.map(\.revision)).count == 1)
                        let now = all[0].revision
                        #expect(now >= last)
                        last = now
                        revisions.insert(now)
                        // The hub's own reads come between its commits.
                        #expect(try store.partition("city.sensor", 0)?.ledger.accepted ?? -1 >= Int64(now))
                        await Task.yield()
                    }
                    return revisions
                }
            }
            for r in 1...80 { try commit(r) }
            return try await group.reduce(into: Set<Int>()) { $0.formUnion($1) }
        }
        #expect(seen.contains(80))
        #expect(try store.outboxCount() == 81)
    }
}
