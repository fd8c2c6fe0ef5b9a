import CityModel
import Contracts
import Foundation
import HubAPI
import KafkaIO
import Simulator
import Store
import TestSupport
import Testing

/// Kills, restarts and outages against the real broker.
@Suite(.serialized, .enabled(if: TestBroker.isInstalled, "run scripts/broker.sh to install the test broker"))
struct RecoveryTests {
    /// What must not depend on how often the hub was killed: content, not the moment at which a row was first complete.
    struct Content: Hashable {
        var key: String
        var count: Int64
        var values: [String: Double]
        var reporting: Int
        var late: Int64
    }

    func contents(_ db: URL) throws -> Set<Content> {
        let store = try HubStore(path: db.path)
        defer { try? store.close() }
        return Set(
            try store.summaries(SummaryQuery(limit: 1_000_000)).map {
                Content(
                    key: "\($0.theme) \($0.window) \($0.start) \($0.place) \($0.measure)", count: $0.count, values: $0.values,
                    reporting: $0.reporting, late: $0.late)
            }.filter { $0.count > 0 || $0.late > 0 })
    }

    func digests(_ db: URL) throws -> [String: String] {
        let store = try HubStore(path: db.path)
        defer { try? store.close() }
        var out: [String: String] = [:]
        for s in try store.summaries(SummaryQuery(limit: 1_000_000)) where !s.digest.isEmpty {
            out["\(s.theme) \(s.window) \(s.start) \(s.place) \(s.measure)"] = s.digest
        }
        return out
    }

    /// `kapok verify` finds nothing wrong.
    func verify(_ db: URL, _ folder: TempFolder) throws {
        let run = try KapokProcess.run(["verify", "--db", db.path, "--lang", "en"], folder: folder)
        #expect(run.exitCode == 0 && run.output.contains("Nothing is wrong."), "\(run.output) \(run.errors)")
    }

    @Test func `kill -9 while the broker keeps producing loses and doubles nothing`() throws {
        let catalogue = try Catalogue.load(Repo.root.appendingPathComponent("Topics").path)
        let broker = try TestBroker()
        let folder = broker.folder
        try createTopics(
            catalogue.topicsToCreate().map { TopicSpec($0.topic, partitions: $0.partitions, config: $0.config) }, broker)
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        var city = try CitySimulator(
            catalogue: catalogue,
            config: SimulatorConfig(seed: 11, rate: 60, start: EventTime(ms: now - 900_000), durationMs: 900_000))
        let producer = try Producer(
            KafkaConfig(bootstrapServers: broker.bootstrapServers, settings: ["linger.ms": "0"]), environment: environment())
        let db = folder.file("hub.db")
        var random = SplitMix64(state: 42)
        var sent: Int64 = 0
        var batch = Simulator.RecordBatch()
        var hub: RunningHub? = try RunningHub(bootstrap: broker.bootstrapServers, db: db, folder: folder)
        var more = true
        var kills = 0
        var step = 0
        while more {
            // A piece of the stream; the hub is killed somewhere inside it, while more is being produced.
            more = city.next(max: 4000, into: &batch)
            let killAt = step % 2 == 1 && kills < 6 ? Int.random(in: 0..<max(1, batch.records.count), using: &random) : -1
            if killAt >= 0 { try hub?.waitForRecords(sent * 3 / 4) }
            for (i, r) in batch.records.enumerated() {
                try producer.produce(
                    topic: catalogue.contracts[r.contract].topic, key: r.key, value: Array(batch.payload(r)),
                    timestampMs: r.timestampMs)
                sent += 1
                if i == killAt {
                    hub?.process.signal(SIGKILL)
                    try hub?.process.wait()
                    kills += 1
                    hub = nil
                }
            }
            #expect(producer.flush(timeoutMs: 30_000) == 0)
            if hub == nil { hub = try RunningHub(bootstrap: broker.bootstrapServers, db: db, folder: folder) }
            // Beside the hub, which commits meanwhile.
            if step > 0 { try verify(db, folder) }
            step += 1
        }
        #expect(kills >= 3)
        try hub?.waitForRecords(sent)
        try verify(db, folder)
        #expect(try hub?.interrupt() == 0)
        try verify(db, folder)

        let cleanDB = folder.file("clean.db")
        let clean = try RunningHub(bootstrap: broker.bootstrapServers, db: cleanDB, folder: folder, group: "clean")
        try clean.waitForRecords(sent)
        #expect(try clean.interrupt() == 0)

        let (killed, whole) = (try contents(db), try contents(cleanDB))
        #expect(killed.count > 1000)
        #expect(killed == whole, "\(killed.symmetricDifference(whole).count) rows differ")
        let (a, b) = (try digests(db), try digests(cleanDB))
        for (key, digest) in a where b[key] != nil { #expect(b[key] == digest, "\(key)") }

        let store = try HubStore(path: db.path)
        let cleanStore = try HubStore(path: cleanDB.path)
        var offsets: Int64 = 0
        for c in catalogue.contracts {
            for p in 0..<Int32(c.partitions) {
                guard let state = try store.partition(c.topic, p) else { continue }
                #expect(state.ledger.isBalanced)
                #expect(try cleanStore.partition(c.topic, p)?.ledger == state.ledger)
                offsets += state.ledger.next - state.ledger.first
            }
        }
        #expect(offsets == sent)
    }

    @Test func `a broker that is away at the start and again later is told, and the hub goes on where it was`() throws {
        let catalogue = try Catalogue.load(Repo.root.appendingPathComponent("Topics").path)
        let broker = try TestBroker()
        try createTopics(
            catalogue.topicsToCreate().map { TopicSpec($0.topic, partitions: $0.partitions, config: $0.config) }, broker)
        broker.stop()
        let hub = try RunningHub(bootstrap: broker.bootstrapServers, db: broker.folder.file("hub.db"), folder: broker.folder)
        _ = try eventually("health says that the broker is away") { () throws -> Bool? in
            let h: Health = try hub.get("/v1/health")
            return h.broker.state == .down && h.status == "degraded" && h.broker.error != nil ? true : nil
        }
        try broker.restart()
        let first = try send(2_000, seed: 3, broker, catalogue)
        try hub.waitForRecords(first)
        // Not killed: this broker loses records that it has acknowledged then, and no hub can bring those back.
        broker.stop()
        _ = try eventually("health says that the broker is away again") { () throws -> Bool? in
            (try hub.get("/v1/health") as Health).broker.state == .down ? true : nil
        }
        try broker.restart()
        let second = try send(2_000, seed: 4, broker, catalogue)
        try hub.waitForRecords(first + second)
        let h = try eventually("health says that the broker is back") { () throws -> Health? in
            let h: Health = try hub.get("/v1/health")
            return h.broker.state == .up && h.status == "ok" ? h : nil
        }
        #expect(h.partitions.allSatisfy { $0.gap == 0 })
        #expect(RunningHub.counted(h) == first + second)
        #expect(try hub.interrupt() == 0)
        #expect(hub.process.log.contains("broker down"))
    }

    private func send(_ n: Int, seed: UInt64, _ broker: TestBroker, _ catalogue: Catalogue) throws -> Int64 {
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        var city = try CitySimulator(
            catalogue: catalogue,
            config: SimulatorConfig(
                seed: seed, start: EventTime(ms: now - 120_000), durationMs: 120_000, dirt: .none, maxEvents: n))
        let producer = try Producer(KafkaConfig(bootstrapServers: broker.bootstrapServers), environment: environment())
        var batch = Simulator.RecordBatch()
        var sent: Int64 = 0
        var more = true
        while more {
            more = city.next(into: &batch)
            for r in batch.records {
                try producer.produce(
                    topic: catalogue.contracts[r.contract].topic, key: r.key, value: Array(batch.payload(r)),
                    timestampMs: r.timestampMs)
                sent += 1
            }
        }
        #expect(producer.flush(timeoutMs: 60_000) == 0)
        return sent
    }
}
