import CityModel
import Contracts
import Foundation
import GRDB
import Hub
import HubAPI
import Store
import TestSupport
import Verification

/// Streams fed through the real core into a store.
final class Feeder {
    let streams: [DirtyStream]
    private let core: HubCore
    private let store: HubStore
    private var at: [Int]
    private var now: Int64 = 0

    /// Opens (or goes on with) a database; every stream is one partition.
    init(_ catalogue: Catalogue, db: String, _ streams: [DirtyStream], from at: [Int]? = nil) throws {
        self.streams = streams
        self.at = at ?? Array(repeating: 0, count: streams.count)
        store = try HubStore(path: db)
        core = try HubCore(catalogue: catalogue, store: store, pseudonym: nil, publishSummaries: false, threads: 1)
        for (slot, s) in streams.enumerated() {
            _ = try core.assign(slot: slot, topic: s.topic, partition: Int32(slot), now: 0)
        }
    }

    /// Feeds up to `n` records of a stream; returns how many of it have been fed.
    @discardableResult func feed(_ slot: Int, _ n: Int) -> Int {
        let end = min(streams[slot].records.count, at[slot] + n)
        let s = streams[slot]
        let pieces = stride(from: at[slot], to: end, by: HubCore.Piece.limit).map {
            HubCore.Piece(slot: slot, run: slot, records: $0..<min($0 + HubCore.Piece.limit, end))
        }
        core.process(pieces, now: now) { piece, batch in
            for i in piece.records {
                let r = s.records[i]
                _ = batch.lend(s.memory.address(i), r.bytes.count, .init(offset: r.offset, recordTime: r.time))
            }
        } extra: { _, _ in (nil, []) }
        at[slot] = end
        return end
    }

    /// - Parameter after: ms since the commit before.
    @discardableResult func commit(after: Int64 = 1000) throws -> [Summary] {
        now += after
        return try core.commit(now: now, brokerUp: true) { _ in .init(caughtUp: true) }
    }
    func commitAll() throws { while try !commit().isEmpty {} }
    func close() throws -> [Int] {
        try store.close()
        return at
    }
    var positions: [Int] { at }
    var isAtEnd: Bool { streams.indices.allSatisfy { at[$0] == streams[$0].records.count } }
}

/// A database that a hub left behind after 80 minutes of dirty streams, a lagging partition and two restarts.
final class FilledStore: Sendable {
    let city: TinyCity
    let db: String
    private let folder: TempFolder

    static let shared = Result { try FilledStore() }

    private init() throws {
        city = try TinyCity()
        folder = try TempFolder("kapok-verify")
        db = folder.file("hub.db").path
        let streams = [
            DirtyStream("t.sensors", records: 9000, seed: 11, stepMs: 1000),
            DirtyStream("t.sensors", records: 9000, seed: 12, stepMs: 1000),
            DirtyStream("t.video", records: 4500, seed: 13, stepMs: 2000),
        ]
        var rng = SplitMix64(state: 5)
        var at: [Int]?
        for run in 1...3 {
            let f = try Feeder(city.catalogue, db: db, streams, from: at)
            while !f.isAtEnd, run == 3 || f.positions[0] < run * 3000 {
                // The second partition comes in long breaths: it lags and revises.
                f.feed(0, Int.random(in: 0...120, using: &rng))
                if Int.random(in: 0..<30, using: &rng) == 0 { f.feed(1, 2000) }
                f.feed(2, Int.random(in: 0...60, using: &rng))
                try f.commit(after: 2000)
            }
            if run == 3 { try f.commitAll() }
            at = try f.close()
        }
    }

    /// A copy of its own, for a test to spoil.
    func copy() throws -> Copy { try Copy(db) }
}

/// A database that a test may change behind the hub's back.
final class Copy {
    let folder: TempFolder
    let path: String

    init(_ original: String) throws {
        folder = try TempFolder("kapok-verify-copy")
        path = folder.file("hub.db").path
        try FileManager.default.copyItem(atPath: original, toPath: path)
    }

    func write(_ work: (Database) throws -> Void) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.write(work)
        try queue.close()
    }
    func verify(_ catalogue: Catalogue, theme: String? = nil) throws -> VerifyReport {
        let verifier = Verifier(catalogue)
        return try StoreReader(path: path).snapshot { try verifier.verify($0, theme: theme) }
    }
}
