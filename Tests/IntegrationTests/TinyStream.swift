import CityModel
import Contracts
import Foundation
import HubAPI
import KafkaIO
import Pipeline
import Simulator
import Store
import Synchronization
import TestSupport
import Testing

/// The dirty stream of a tiny city on a broker of its own, the hubs that read it, and what a clean run says of it.
final class TinyStream {
    static let hourMs: Int64 = 3_600_000
    let city: TinyCity
    let broker: TestBroker
    let admin: Admin
    /// Records that the broker has acknowledged.
    private(set) var sent: Int64 = 0
    private var simulator: CitySimulator
    private let producer: Producer
    private let failures = Failures()
    private var batch = Simulator.RecordBatch()
    /// Event time, ms.
    let start, end: Int64

    private final class Failures: Sendable { let first = Mutex<KafkaError?>(nil) }

    /// - Parameters:
    ///   - minutes: event time covered; 25 records a second.
    ///   - partitions: of each topic at the start.
    init(seed: UInt64, minutes: Int64 = 15, partitions: Int = 2) throws {
        city = try TinyCity(replacing: ["max_future:": "partitions: \(partitions)\nmax_future:"])
        broker = try TestBroker()
        try createTopics(
            city.catalogue.topicsToCreate().map { TopicSpec($0.topic, partitions: $0.partitions, config: $0.config) }, broker)
        admin = try Admin(KafkaConfig(bootstrapServers: broker.bootstrapServers), environment: environment())
        let now = EventTime(ms: Int64(Date().timeIntervalSince1970 * 1000)).floored(to: 60_000).ms
        (start, end) = (now - minutes * 60_000, now)
        simulator = try CitySimulator(
            catalogue: city.catalogue,
            config: SimulatorConfig(
                seed: seed, rate: 25, start: EventTime(ms: now - minutes * 60_000), durationMs: minutes * 60_000,
                dirt: DirtConfig(late: 0.03, duplicate: 0.02, malformed: 0.01, skewedDevices: 1, dead: 0)))
        let failures = failures
        producer = try Producer(
            KafkaConfig(bootstrapServers: broker.bootstrapServers, settings: ["linger.ms": "0", "topic.metadata.refresh.interval.ms": "500"]), environment: environment(),
            onDelivery: { d in if let e = d.error { failures.first.withLock { $0 = $0 ?? e } } })
    }

    /// Sends the next `n` records and waits until the broker has them. False where the city's time is over.
    /// - Parameter at: called before each record, with its number in this call.
    @discardableResult
    func send(_ n: Int, at: (Int) throws -> Void = { _ in }) throws -> Bool {
        let more = simulator.next(max: n, into: &batch)
        for (i, r) in batch.records.enumerated() {
            try at(i)
            try producer.produce(
                topic: city.catalogue.contracts[r.contract].topic, key: r.key, value: Array(batch.payload(r)),
                timestampMs: r.timestampMs)
        }
        try settle(batch.records.count)
        return more
    }

    /// All that is left of the city's time.
    func sendRest() throws { while try send(4000) {} }

    /// One reading a partition from an hour later: from there on every window of the stream is complete in every run.
    func close() throws {
        var n = 0
        let time = EventTime(ms: end + Self.hourMs)
        for t in try admin.topics() {
            guard let c = city.catalogue.contracts.first(where: { $0.topic == t.name }) else { continue }
            for p in t.partitions {
                let text =
                    c.format == .deepstream
                    ? #"{"version":"4.0","id":"end","@timestamp":"\#(time.rfc3339)","sensorId":"cam-1","objects":[]}"#
                    : #"{"id":"end","sensor":"loop-1","kind":"speed","value":40,"unit":"km/h","ts":"\#(time.rfc3339)"}"#
                // The producer may not have heard of new partitions yet.
                _ = try eventually("\(c.topic)/\(p) takes a record") { () throws -> Bool? in
                    producer.poll(timeoutMs: 10)
                    try producer.produce(topic: c.topic, partition: p, key: nil, value: Array(text.utf8), timestampMs: time.ms)
                    return true
                }
                n += 1
            }
        }
        try settle(n)
    }

    private func settle(_ n: Int) throws {
        #expect(producer.flush(timeoutMs: 120_000) == 0)
        if let e = failures.first.withLock({ $0 }) { throw e }
        sent += Int64(n)
    }

    // MARK: hubs

    func db(_ name: String) -> URL { broker.folder.file(name + ".db") }

    func hub(_ name: String, group: String = "kapok", db: URL? = nil, more: [String] = []) throws -> RunningHub {
        try RunningHub(
            bootstrap: broker.bootstrapServers, topics: city.path, db: db ?? self.db(name), folder: broker.folder, group: group,
            more: more)
    }

    /// Waits until the hub has counted all that was sent (less `missing` records that are gone) and completed its windows,
    /// and stops it.
    func finish(_ hub: RunningHub, missing: Int64 = 0) throws {
        try hub.waitForRecords(sent - missing)
        let last = end + Self.hourMs - 60_000
        _ = try eventually("all windows are complete: \(hub.process.log.suffix(2000))") { () throws -> Bool? in
            let h: Health = try hub.get("/v1/health")
            return h.pendingWindows == 0 && h.outboxMessages == 0 && h.themes.allSatisfy { $0.clock.map { $0.ms >= last } ?? false } ? true : nil
        }
        #expect(try hub.interrupt() == 0, "\(hub.process.log.suffix(2000))")
    }

    /// Stops the broker while `hub` is held: this one loses what it acknowledges while it is stopping.
    func stopBroker(holding hub: RunningHub) throws {
        hub.process.signal(SIGSTOP)
        defer { hub.process.signal(SIGCONT) }
        // What is on its way is dealt with before these answers.
        for _ in 0..<20 { _ = try admin.topics() }
        broker.stop()
    }

    // MARK: the truth

    /// Windows with data that every run has completed, by key.
    func complete(_ db: URL, from: Int64) throws -> [String: Outcome] {
        let store = try HubStore(path: db.path)
        defer { try? store.close() }
        var out: [String: Outcome] = [:]
        for s in try store.summaries(SummaryQuery(from: EventTime(ms: from), to: EventTime(ms: end + Self.hourMs / 2), limit: 1_000_000))
        where s.count > 0 || s.late > 0 {
            let key = "\(s.theme) \(s.window) \(s.start) \(s.place) \(s.measure)"
            #expect(s.status != .provisional, "\(key)")
            #expect(out[key] == nil, "\(key) is there twice")
            out[key] = Outcome(
                count: s.count, late: s.late, expected: s.expected, reporting: s.reporting, values: s.values, digest: s.digest)
        }
        return out
    }
    struct Outcome: Hashable {
        var count, late: Int64
        var expected, reporting: Int
        var values: [String: Double]
        var digest: String
    }

    /// A fresh hub over the same topics says the same as `db`: ledgers, contents and digests; and each dead letter of the
    /// ledger is in its topic.
    /// - Parameters:
    ///   - gone: records that were taken from the topics before the clean hub came. Ledgers are not compared then.
    ///   - from: the first window to compare, ms.
    func expectCleanRun(_ db: URL, gone: Int64 = 0, from: Int64 = 0) throws {
        let run = try KapokProcess.run(["verify", "--topics", city.path, "--db", db.path, "--lang", "en"], folder: broker.folder)
        #expect(run.exitCode == 0 && run.output.contains("Nothing is wrong."), "\(run.output.suffix(2000)) \(run.errors)")
        try expectDeadLetters(db)
        try finish(try hub("clean", group: "clean"), missing: gone)
        try expectSame(db, self.db("clean"), from: from)
        let (mine, clean) = (try ledgers(db), try ledgers(self.db("clean")))
        for (tp, l) in mine {
            #expect(l.isBalanced, "\(tp): \(l)")
            if gone == 0 { #expect(clean[tp] == l, "\(tp)") }
        }
        #expect(mine.count == clean.count)
        #expect(mine.values.reduce(0) { $0 + $1.next - $1.first } == sent)
    }

    /// Both say the same of every complete window.
    func expectSame(_ a: URL, _ b: URL, from: Int64 = 0) throws {
        let (mine, other) = (try complete(a, from: from), try complete(b, from: from))
        #expect(other.count > 100 && mine.count == other.count)
        let different = other.filter { mine[$0.key] != $0.value }.sorted { $0.key < $1.key }
        let example = different.first.map { "\($0.key): \(mine[$0.key].map { "\($0)" } ?? "nothing"), not \($0.value)" }
        #expect(different.isEmpty, "\(different.count) of \(other.count) rows differ; \(example ?? "")")
    }

    func ledgers(_ db: URL) throws -> [TopicPartition: Ledger] {
        let store = try HubStore(path: db.path)
        defer { try? store.close() }
        var out: [TopicPartition: Ledger] = [:]
        for (t, p) in try store.partitions() { out[TopicPartition(t, p)] = try store.partition(t, p)?.ledger }
        return out
    }

    /// Every dead letter that the ledgers count was delivered at least once, and nothing else was.
    private func expectDeadLetters(_ db: URL) throws {
        let all = try ledgers(db)
        for c in city.catalogue.contracts {
            let counted = all.filter { $0.key.topic == c.topic }.reduce(0) { $0 + $1.value.deadLettered }
            let name = c.topic + ".dlq"
            let partitions = try admin.topics().first { $0.name == name }?.partitions.count ?? 0
            var sources: Set<String> = []
            for letter in try readAll(name, partitions: Int32(partitions), broker) {
                let h = Dictionary(letter.headers.map { ($0.name, String(decoding: $0.value, as: UTF8.self)) }) { $1 }
                sources.insert("\(h["kapok-source-partition"] ?? "?")/\(h["kapok-source-offset"] ?? "?")")
            }
            #expect(Int64(sources.count) == counted, "\(name): \(sources.count), not \(counted)")
        }
    }
}
