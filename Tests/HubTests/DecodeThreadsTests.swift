import CityModel
import Hub
import HubAPI
import Pipeline
import Store
import TestSupport
import Testing
import Wire

/// A core fed with the same streams, whatever the number of its threads.
@Suite struct DecodeThreadsTests {
    /// All that a core leaves behind.
    struct Outcome: Equatable {
        var ledgers: [Ledger] = []
        var watermarks: [Int64] = []
        var ids: [[UInt64]] = []
        var cells: [Cell] = []
        var committed: [[Summary]] = []
        var dead: [DeadLetter] = []
    }
    struct Cell: Equatable {
        var partition: Int
        var theme: String
        var scope: String
        var start: Int64
        var place: UInt64
        var input: String
        var bytes: [UInt8]
    }
    struct DeadLetter: Equatable {
        var topic: String
        var key: [UInt8]?
        var value: [UInt8]?
        var headers: [String]
    }

    /// Feeds streams in polls of up to 9,000 records, the partitions taking turns, with a commit now and then.
    func outcome(_ streams: [DirtyStream], city: TinyCity, threads: Int) throws -> Outcome {
        let folder = try TempFolder("kapok-hub")
        let store = try HubStore(path: folder.file("hub.db").path)
        defer { try? store.close() }
        let core = try HubCore(
            catalogue: city.catalogue, store: store, pseudonym: nil, publishSummaries: true, threads: threads)
        for (slot, s) in streams.enumerated() {
            #expect(try core.assign(slot: slot, topic: s.topic, partition: Int32(slot), now: 0) == nil)
        }
        var out = Outcome()
        var at = Array(repeating: 0, count: streams.count)
        var rng = SplitMix64(state: 7)
        var poll = 0
        while at.indices.contains(where: { at[$0] < streams[$0].records.count }) {
            var pieces: [HubCore.Piece] = []
            for slot in streams.indices {
                let end = min(streams[slot].records.count, at[slot] + Int.random(in: 0...3000, using: &rng))
                for start in stride(from: at[slot], to: end, by: HubCore.Piece.limit) {
                    pieces.append(
                        .init(slot: slot, run: slot, records: start..<min(start + HubCore.Piece.limit, end)))
                }
                at[slot] = end
            }
            core.process(pieces, now: Int64(poll)) { piece, batch in
                for i in piece.records {
                    let r = streams[piece.run].records[i]
                    _ = batch.lend(
                        streams[piece.run].memory.address(i), r.bytes.count,
                        .init(offset: r.offset, recordTime: r.time))
                }
            } extra: { piece, i in
                let r = streams[piece.run].records[piece.records.lowerBound + i]
                return (Array("key \(r.offset)".utf8), [.init("from", Array("\(piece.run)".utf8))])
            }
            poll += 1
            if poll % 3 == 0 { out.committed.append(try commit(core, poll)) }
        }
        while out.committed.last.map({ !$0.isEmpty }) ?? true { out.committed.append(try commit(core, poll)) }
        try read(store, streams, city, &out)
        return out
    }

    func commit(_ core: HubCore, _ poll: Int) throws -> [Summary] {
        try core.commit(now: Int64(poll), brokerUp: true) { _ in .init(caughtUp: true) }
    }

    func read(_ store: HubStore, _ streams: [DirtyStream], _ city: TinyCity, _ out: inout Outcome) throws {
        for (p, s) in streams.enumerated() {
            let state = try #require(try store.partition(s.topic, Int32(p)))
            out.ledgers.append(state.ledger)
            out.watermarks.append(state.maxEventTime)
            out.ids.append(state.previousIDs + state.currentIDs)
            for theme in city.catalogue.themes {
                try store.cells(theme: theme.name, topic: s.topic, partition: Int32(p), range: .min..<Int64.max) {
                    out.cells.append(
                        Cell(
                            partition: p, theme: $0.theme, scope: $0.scope, start: $0.start, place: $0.place,
                            input: $0.input, bytes: $0.bytes))
                }
            }
        }
        out.dead = try store.outbox(after: 0, limit: 1_000_000).map(\.message).filter { $0.topic.hasSuffix(".dlq") }
            .map { m in
                DeadLetter(
                    topic: m.topic, key: m.key, value: m.value,
                    headers: m.headers.map { "\($0.name)=\(String(decoding: $0.value, as: UTF8.self))" })
            }
    }

    @Test(arguments: [2, 4]) func `several decoding threads leave what one leaves, to the byte`(threads: Int) throws {
        let city = try TinyCity()
        let streams = [
            DirtyStream("t.sensors", records: 17_000, seed: 1), DirtyStream("t.sensors", records: 9_000, seed: 2),
            DirtyStream("t.video", records: 6_000, seed: 3),
        ]
        let one = try outcome(streams, city: city, threads: 1)
        for _ in 0..<3 {
            let several = try outcome(streams, city: city, threads: threads)
            #expect(several.ledgers == one.ledgers && several.watermarks == one.watermarks && several.ids == one.ids)
            #expect(several.cells == one.cells)
            #expect(several.committed == one.committed)
            #expect(several.dead == one.dead)
        }
        // The comparison is of something: each fate occurs, and every offset is in the books.
        for (ledger, stream) in zip(one.ledgers, streams) {
            #expect(ledger.isBalanced && ledger.next == stream.records.last.map { $0.offset + 1 })
            #expect(ledger.accepted > 1000 && ledger.late > 0 && ledger.duplicate > 0 && ledger.gap > 0)
            #expect(ledger.dead.filter { $0 > 0 }.count >= 4)
        }
        #expect(Int64(one.dead.count) == one.ledgers.reduce(0) { $0 + $1.deadLettered })
        #expect(!one.cells.isEmpty && one.committed.contains { !$0.isEmpty })
    }
}
