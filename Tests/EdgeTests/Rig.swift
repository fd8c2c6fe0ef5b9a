import CityModel
import Contracts
import Foundation
import Hub
import HubAPI
import Pipeline
import Store
import TestSupport
import Verification
import Wire

/// A hub's core over a database of its own, fed with partitions; made anew it is the hub after a restart.
class Desk {
    let catalogue: Catalogue
    let parts: [EdgeCity.Part]
    let db: String
    private let partials: Bool
    private(set) var store: HubStore
    private(set) var core: HubCore
    /// Records fed, by partition.
    private(set) var at: [Int]
    var now: Int64 = 0
    private let folder: TempFolder

    init(_ catalogue: Catalogue, _ parts: [EdgeCity.Part], partials: Bool = false, edge: EdgeOptions? = nil) throws {
        self.catalogue = catalogue
        self.parts = parts
        self.partials = partials
        folder = try TempFolder("kapok-edge")
        db = folder.file("hub.db").path
        store = try HubStore(path: db)
        core = try HubCore(
            catalogue: catalogue, store: store, pseudonym: nil, publishSummaries: false, threads: 1, partials: partials)
        at = parts.map { _ in 0 }
        try start(edge)
    }

    /// The partition's number within its topic.
    func number(_ slot: Int) -> Int32 { Int32(parts[..<slot].count { $0.topic == parts[slot].topic }) }

    func start(_ edge: EdgeOptions?) throws {
        if let edge { core.publisher = try EdgePublisher(store, catalogue, edge, now: 1_000 + now) }
        for slot in parts.indices {
            let next = try core.assign(slot: slot, topic: parts[slot].topic, partition: number(slot), now: now)
            at[slot] = next.map { n in parts[slot].records.firstIndex { $0.offset >= n } ?? parts[slot].records.count } ?? 0
        }
    }

    /// Dies: what no commit had is gone.
    func crash(_ edge: EdgeOptions? = nil) throws {
        try store.close()
        store = try HubStore(path: db)
        core = try HubCore(
            catalogue: catalogue, store: store, pseudonym: nil, publishSummaries: false, threads: 1, partials: partials)
        try start(edge)
    }

    func feed(_ slot: Int, _ n: Int) {
        let end = min(parts[slot].records.count, at[slot] + n)
        give(slot, Array(parts[slot].records[at[slot]..<end]))
        at[slot] = end
    }

    func give(_ slot: Int, _ records: [EdgeCity.Record]) {
        for from in stride(from: 0, to: records.count, by: HubCore.Piece.limit) {
            let to = min(records.count, from + HubCore.Piece.limit)
            core.process([.init(slot: slot, run: 0, records: from..<to)], now: now) { piece, batch in
                for r in records[piece.records] {
                    r.bytes.withUnsafeBytes {
                        let meta = RecordBatch.Meta(offset: r.offset, recordTime: r.time)
                        if !batch.append($0.baseAddress, $0.count, meta) { _ = batch.lend($0.baseAddress, $0.count, meta) }
                    }
                }
            } extra: { _, _ in (nil, []) }
        }
    }

    var isAtEnd: Bool { parts.indices.allSatisfy { at[$0] == parts[$0].records.count } }

    @discardableResult func commit(after ms: Int64 = 500) throws -> [Summary] {
        now += ms
        return try core.commit(now: now, brokerUp: true) { _ in .init(caughtUp: true) }
    }

    func verify() throws -> VerifyReport {
        let verifier = Verifier(catalogue)
        return try StoreReader(path: db).snapshot { try verifier.verify($0) }
    }

    /// Rows that hold anything, as their content alone: how often they were shown is the rhythm of commits.
    func rows() throws -> [String: Summary] {
        var out: [String: Summary] = [:]
        for var s in try store.summaries(SummaryQuery(limit: .max)) where s.count > 0 || s.late > 0 {
            if s.status == .provisional { s.digest = "provisional" }
            (s.status, s.revision) = (.complete, 0)
            out["\(s.theme) \(s.window) \(s.start) \(s.place) \(s.measure)"] = s
        }
        return out
    }

    /// Ledgers by topic as its contract names it, summed over partitions and edges; offsets as how many were spanned.
    func ledgers() throws -> [String: Ledger] {
        var out: [String: Ledger] = [:]
        for (topic, partition) in try store.partitions() {
            guard let l = try store.partition(topic, partition)?.ledger else { continue }
            var sum = out[EdgeTopic.base(topic)] ?? Ledger()
            if sum.first < 0 { (sum.first, sum.next) = (0, 0) }
            sum.next += l.next - l.first
            sum.accepted += l.accepted
            sum.late += l.late
            sum.duplicate += l.duplicate
            sum.gap += l.gap
            for i in l.dead.indices { sum.dead[i] += l.dead[i] }
            out[EdgeTopic.base(topic)] = sum
        }
        return out
    }
}

/// An edge: what it sends comes out as messages.
final class Edge: Desk {
    let name: String
    let live: Bool
    private var sent: Int64 = 0

    init(_ name: String, _ catalogue: Catalogue, _ parts: [EdgeCity.Part], live: Bool = false) throws {
        (self.name, self.live) = (name, live)
        try super.init(catalogue, parts, edge: EdgeOptions(name: name, intervalMs: 2000, live: live))
    }
    var options: EdgeOptions { EdgeOptions(name: name, intervalMs: 2000, live: live) }

    func restart() throws {
        try crash(options)
        // What was not confirmed is sent again.
        sent = 0
    }

    /// Makes what is due and gives what has not been sent in this run.
    /// - Parameter confirm: the centre's broker has it.
    func publish(all: Bool = false, confirm: Bool = true) throws -> [Commit.Message] {
        _ = try core.publisher?.publish(now: now, waiting: try store.outboxCount(.centre)) { _, _ in all }
        let messages = try store.outbox(.centre, after: sent, limit: 1000)
        sent = messages.last?.id ?? sent
        if confirm { try store.delivered(try store.outbox(.centre, after: 0, limit: 1000).map(\.id), of: .centre) }
        return messages.map(\.message)
    }
}

/// The centre: records of partials on a topic of two partitions, which stay there.
final class Centre: Desk {
    private var logs: [[EdgeCity.Record]] = [[], []]
    private var read = [0, 0]

    init(_ catalogue: Catalogue) throws {
        try super.init(
            catalogue, [EdgeCity.Part(topic: "kapok.partials"), EdgeCity.Part(topic: "kapok.partials")], partials: true)
    }

    func send(_ m: Commit.Message) {
        let p = Int(wireHash(String(decoding: m.key ?? [], as: UTF8.self)) % 2)
        logs[p].append(.init(offset: Int64(logs[p].count), time: EdgeCity.start, bytes: m.value ?? []))
    }

    func read(_ p: Int, _ n: Int) {
        let end = min(logs[p].count, read[p] + n)
        give(p, Array(logs[p][read[p]..<end]))
        read[p] = end
    }

    func restart() throws {
        try crash()
        for p in 0...1 { read[p] = Int(core.next(slot: p) ?? 0) }
    }
    var records: Int { logs[0].count + logs[1].count }
    var bytes: Int { logs.joined().reduce(0) { $0 + $1.bytes.count } }
}
