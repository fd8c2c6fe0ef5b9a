import Contracts
import HubAPI
import Pipeline
import Store
import TestSupport
import Testing
import Windowing

@testable import Hub

/// What an edge sends, and what the centre refuses.
@Suite struct BundleTests {
    private func edge(_ city: TinyCity, _ name: String = "north") throws -> Edge {
        try Edge(name, city.catalogue, [try EdgeCity.parts(city, seed: 3, minutes: 6)[0]])
    }

    private func feedAll(_ e: Edge) throws -> [Commit.Message] {
        e.feed(0, .max / 2)
        try e.commit()
        return try e.publish(all: true)
    }

    private func carried(_ centre: Centre) throws -> Ledger {
        var found: Ledger?
        for p in [Int32(0), 1] {
            if let l = try centre.store.partition("kapok.partials", p)?.ledger, l.first >= 0 { found = l }
        }
        return try #require(found)
    }

    @Test func `bytes give the same bundle, and no others are taken`() throws {
        let city = try EdgeCity.load()
        let messages = try feedAll(try edge(city))
        let bytes = try #require(messages.first?.value)
        let b = try #require(PartialBundle(bytes))
        #expect(b.bytes == bytes && b.edge == "north" && b.topic == "t.sensors" && b.key == messages[0].key)
        #expect(b.themes.count == 3 && b.themes.contains { !$0.sessions.isEmpty } && !b.seen.isEmpty)
        #expect(b.progress?.ledger.isBalanced == true)
        var rng = SplitMix64(state: 1)
        for i in 0..<2000 {
            var spoilt = bytes
            if i % 3 == 0 { spoilt.removeLast(Int.random(in: 1...bytes.count, using: &rng)) }
            for _ in 0..<Int.random(in: 0...3, using: &rng) where !spoilt.isEmpty {
                spoilt[Int.random(in: 0..<spoilt.count, using: &rng)] = UInt8.random(in: 0...255, using: &rng)
            }
            // Nothing traps, in reading or in taking.
            _ = PartialBundle(spoilt)
        }
    }

    @Test func `spoilt partials are dead letters, and the centre goes on`() throws {
        let city = try EdgeCity.load()
        let messages = try feedAll(try edge(city))
        let bytes = try #require(messages.first?.value)
        let centre = try Centre(city.catalogue)
        var rng = SplitMix64(state: 2)
        for _ in 0..<300 {
            var spoilt = bytes
            spoilt[Int.random(in: 0..<spoilt.count, using: &rng)] ^= UInt8(1 << Int.random(in: 0..<8, using: &rng))
            centre.send(.init(topic: "kapok.partials", key: messages[0].key, value: spoilt, headers: []))
        }
        for p in 0...1 { centre.read(p, 1000) }
        try centre.commit()
        let l = try carried(centre)
        #expect(l.isBalanced && l.deadLettered > 0 && l.next == 300)
        let value1 = try centre.store.outboxCount()
        #expect(value1 == Int(l.deadLettered))
    }

    @Test(arguments: [
        ("allowed_lateness: 1m", "allowed_lateness: 2m", "contract of t.sensors"),
        ("stuck_after: 3m", "stuck_after: 4m", "contract of t.sensors"),
        ("loop-1,speed,loop,440106001000,km/h,20,Roads,60,500", "loop-1,speed,loop,440106001000,km/h,20,Roads,60,400", "contract"),
        ("version: 1", "version: 2", "theme city: edge north has version 1"),
        ("display: max\n", "display: last\n", "theme city"), ("reach: 40m", "reach: 50m", "theme storm"),
    ])
    func `partials of another configuration are refused with what differs, and never merged`(
        old: String, new: String, why: String
    ) throws {
        let messages = try feedAll(try edge(try EdgeCity.load()))
        let centre = try Centre(try EdgeCity.load([old: new]).catalogue)
        for m in messages { centre.send(m) }
        for p in 0...1 { centre.read(p, 1000) }
        try centre.commit()
        let l = try carried(centre)
        #expect(l.deadLettered == l.next - l.first && l.accepted == 0 && l.isBalanced)
        let (rows, partitions) = (try centre.rows(), try centre.store.partitions())
        #expect(rows.isEmpty && partitions.allSatisfy { !$0.topic.contains("@") })
        let letter = try #require(try centre.store.outbox(after: 0, limit: 10).first?.message)
        let headers = Dictionary(uniqueKeysWithValues: letter.headers.map { ($0.name, String(decoding: $0.value, as: UTF8.self)) })
        #expect(letter.topic == "kapok.partials.dlq" && letter.value == messages[0].value)
        #expect(headers["kapok-reason"] == "other-configuration" && headers["kapok-detail"]?.contains(why) == true, "\(headers)")
    }

    @Test func `after a change of configuration the edge tells all that it keeps again`() throws {
        let city = try EdgeCity.load()
        let e = try edge(city)
        _ = try feedAll(e)
        let value2 = try e.store.unsent().count
        #expect(value2 == 0)
        let before = e.core.publisher?.bundles
        _ = try e.publish(all: true)
        #expect(e.core.publisher?.bundles == before)
        try e.restart()
        let value3 = try e.store.unsent().count
        #expect(value3 == 0)
        let other = try EdgeCity.load(["version: 1": "version: 2"])
        let kept = try #require(try e.store.progress("t.sensors", 0))
        try e.store.close()
        let store = try HubStore(path: e.db)
        var p = try EdgePublisher(store, other.catalogue, e.options, now: 5)
        var keptCells = 0
        for p in 0..<4 {
            try store.cells(theme: "city", topic: "t.sensors", partition: Int32(p), range: .min..<Int64.max) { _ in keptCells += 1 }
        }
        let value4 = try store.unsent().count
        #expect(value4 >= keptCells && keptCells > 20)
        let made = try p.publish(now: 0, waiting: 0) { _, _ in true }
        #expect(made > 0)
        let told = try store.outbox(.centre, after: 0, limit: 1000).compactMap { $0.message.value.flatMap(PartialBundle.init) }
        #expect(told.last?.progress == kept && told.allSatisfy { $0.themes.allSatisfy { $0.version == 2 } })
        let value5 = try store.unsent().count
        #expect(value5 == 0)
        try store.close()
    }

    @Test func `while the centre takes nothing cells wait as they are, once each, and bundles are few`() throws {
        let city = try EdgeCity.load()
        let e = try edge(city)
        while !e.isAtEnd {
            e.feed(0, 3)
            try e.commit(after: 3000)
            _ = try e.publish(all: true, confirm: false)
        }
        let value6 = try e.store.outboxCount(.centre)
        #expect(value6 == EdgePublisher.mostWaiting)
        let waiting = try e.store.unsent()
        #expect(waiting.count > 0 && e.core.publisher?.isFull == false)
        var cells = 0
        for t in city.catalogue.themes {
            try e.store.cells(theme: t.name, topic: "t.sensors", partition: 0, range: .min..<Int64.max) { _ in cells += 1 }
        }
        #expect(waiting.count <= cells + 400)
        // And all of it is told in the end.
        let centre = try Centre(city.catalogue)
        for m in try e.store.outbox(.centre, after: 0, limit: 1000).map(\.message) { centre.send(m) }
        try e.store.delivered(try e.store.outbox(.centre, after: 0, limit: 1000).map(\.id), of: .centre)
        for m in try e.publish(all: true) { centre.send(m) }
        for p in 0...1 { centre.read(p, 1000) }
        try centre.commit()
        let value7 = try e.store.unsent().count
        #expect(value7 == 0)
        let there = try centre.store.partition("t.sensors@north", 0)?.ledger
        let here = try e.store.progress("t.sensors", 0)?.ledger
        #expect(there == here && there != nil)
    }

    @Test func `repeats are known, and what comes out of order is not`() {
        var log = BundleLog()
        let steps: [(run: Int64, sequence: Int64, isKnown: Bool, isNewest: Bool)] = [
            (5, 1, false, true), (5, 1, true, false), (5, 4, false, true), (5, 3, false, false), (5, 3, true, false),
            (9, 2, false, true), (5, 2, false, false), (5, 2, true, false), (5, 5, false, false), (9, 1, false, false),
            (9, 2, true, false),
        ]
        for s in steps {
            let told = log.note(run: s.run, sequence: s.sequence)
            #expect(told.isKnown == s.isKnown && told.isNewest == s.isNewest, "\(s)")
        }
    }
}
