import CityModel
import Contracts
import Foundation
import HubAPI
import KafkaIO
import LocalBroker
import Logging
import Simulator
import Store
import Verification

public struct ChaosOptions: Sendable {
    public var seed: UInt64
    /// How long faults are injected.
    public var seconds: Double
    /// Records a second.
    public var rate: Double
    public var topics: String
    public var catalogue: Catalogue
    /// The kapok program, and the broker's.
    public var program: URL
    public var broker: URL
    /// An existing, empty folder for data and logs.
    public var folder: URL
    public init(
        seed: UInt64, seconds: Double, rate: Double, topics: String, catalogue: Catalogue, program: URL, broker: URL,
        folder: URL
    ) {
        self.seed = seed
        self.seconds = seconds
        self.rate = rate
        self.topics = topics
        self.catalogue = catalogue
        self.program = program
        self.broker = broker
        self.folder = folder
    }
}

/// A broker, a dirty stream and a hub, all on this machine's loopback, and faults at random until the time is over; then
/// the hub is held against what was sent and against a clean run.
public final class ChaosRun {
    /// Event time runs so much faster than the wall clock, so that a run of minutes completes many windows.
    static let speedUp = 4.0

    /// The last records' distance from the others, ms.
    static let afterMs: Int64 = 900_000

    private let o: ChaosOptions
    private let say: (String) -> Void
    let broker: LocalBroker
    let kafka: KafkaConfig
    let environment: ClientEnvironment
    let admin: Admin
    private let sender: Sender
    private let city: CitySimulator
    private var hub: HubChild
    private var random: SeededRandom
    private var table = ChaosTable()
    /// The newest record time that was sent, ms: set when the city has ended.
    private var end: Int64 = 0

    /// - Parameter say: gets a line of progress.
    public init(_ o: ChaosOptions, say: @escaping (String) -> Void) throws {
        self.o = o
        self.say = say
        random = SeededRandom(state: o.seed ^ 0xfa17)
        broker = try LocalBroker(executable: o.broker, port: try FreePort.find(), folder: o.folder)
        kafka = KafkaConfig(bootstrapServers: broker.bootstrapServers, settings: ["receive.message.max.bytes": "500000000"])
        var logger = Logger(label: "chaos")
        logger.logLevel = .critical
        environment = ClientEnvironment(logger: logger, clock: { Int64(Date().timeIntervalSince1970 * 1000) })
        admin = try Admin(kafka, environment: environment)
        let specs = o.catalogue.topicsToCreate().map { TopicSpec($0.topic, partitions: $0.partitions, config: $0.config) }
        for case .failed(let e) in try admin.createTopics(specs) { throw e }
        // Bursts come on top: the city's time must last, and end before now.
        let span = Int64(o.seconds * Self.speedUp * 3 + 600) * 1000
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        city = try CitySimulator(
            catalogue: o.catalogue,
            config: SimulatorConfig(
                seed: o.seed, rate: o.rate / Self.speedUp, start: EventTime(ms: now - span), durationMs: span,
                dirt: DirtConfig(late: 0.02, duplicate: 0.02, malformed: 0.005)))
        sender = try Sender(o.catalogue, kafka, environment)
        hub = try HubChild("hub", o, bootstrap: broker.bootstrapServers)
    }

    /// Runs to the end; bounded by about `seconds` and four minutes.
    /// - Throws: where it could not be brought to an end: `ChaosError`, `KafkaError` ...
    public func run() throws -> ChaosTable {
        defer {
            hub.end(SIGKILL)
            broker.thaw()
            broker.stop()
        }
        sender.start(city, rate: o.rate, seed: o.seed)
        var plan = FaultPlan(seed: o.seed)
        let until = Date().addingTimeInterval(o.seconds)
        while Date() < until {
            let (fault, afterMs) = plan.next()
            Thread.sleep(forTimeInterval: Double(afterMs) / 1000)
            say("\(Int(until.timeIntervalSinceNow)) s left: \(fault.title)")
            try inject(fault)
            table.faults[fault, default: 0] += 1
        }
        try sender.stop()
        end = sender.newest
        say("draining")
        try closeWindows()
        sender.settle(seconds: 60)
        let (references, sent) = try truth()
        try drain(&hub, "hub", references)
        say("a clean run over the same topics")
        var clean = try HubChild("clean", o, bootstrap: broker.bootstrapServers, group: "clean")
        defer { clean.end(SIGKILL) }
        // Before its dead letters are added to those of the hub.
        let letters = try deadLetters()
        try drain(&clean, "clean", references)
        try judge(references, sent, letters)
        return table
    }

    private func inject(_ fault: Fault) throws {
        switch fault {
        case .hubKill:
            hub.end(SIGKILL)
            hub = try HubChild("hub", o, bootstrap: broker.bootstrapServers)
        case .hubStop:
            guard hub.end(SIGTERM) == 0 else { throw ChaosError("the hub did not stop cleanly: see \(hub.log.path)") }
            hub = try HubChild("hub", o, bootstrap: broker.bootstrapServers)
        case .brokerRestart: try restartBroker()
        case .brokerFreeze:
            broker.freeze()
            Thread.sleep(forTimeInterval: Double.random(in: 1...5, using: &random))
            broker.thaw()
        case .secondHub:
            // It takes its share, and goes. This broker keeps a dead member until it restarts; others drop it by themselves.
            let other = try HubChild("second", o, bootstrap: broker.bootstrapServers)
            _ = wait(seconds: 20) { other.health().map { !$0.partitions.isEmpty && $0.counted > 0 } ?? false }
            other.end(SIGKILL)
            try restartBroker()
        case .burst: sender.burst(Int.random(in: 1000...4000, using: &random))
        case .poison: sender.poison(Int.random(in: 5...40, using: &random))
        }
        guard hub.isRunning else { throw ChaosError("the hub ended by itself: see \(hub.log.path)") }
    }

    /// This broker loses what it acknowledges while it is stopping: nobody is to send just then.
    private func restartBroker() throws {
        try sender.paused {
            hub.signal(SIGSTOP)
            defer { hub.signal(SIGCONT) }
            // What is on its way is dealt with before these answers.
            for _ in 0..<20 { _ = try admin.topics() }
            broker.stop()
        }
        try broker.restart()
    }

    /// A record of some minutes later in each partition: every window of the city is complete then, in every run.
    private func closeWindows() throws {
        let time = EventTime(ms: end + Self.afterMs)
        for c in o.catalogue.contracts {
            let kinds = Set(c.kinds.map(\.name))
            guard let s = o.catalogue.sensors.first(where: { kinds.contains($0.kind) && c.format == .deepstream || $0.kind == "speed" })
            else { throw ChaosError("no sensor fits \(c.name)") }
            let text =
                c.format == .deepstream
                ? #"{"version":"4.0","id":"end","@timestamp":"\#(time.rfc3339)","sensorId":"\#(s.id)","objects":[]}"#
                : #"{"id":"end","sensor":"\#(s.id)","kind":"\#(s.kind)","value":10,"unit":"\#(s.unit)","ts":"\#(time.rfc3339)"}"#
            for p in try admin.describe(c.topic)?.partitions ?? [] {
                try sender.send(c.topic, partition: p, key: nil, Array(text.utf8), time: time.ms, spoiled: false)
            }
        }
    }

    /// What a drained hub's clocks have reached, ms.
    private var closedMs: Int64 { end + Self.afterMs - 60_000 }

    /// Waits until the hub has counted and shown all, and stops it. Where it does not, it is stopped all the same: the
    /// table will say what is missing.
    private func drain(_ h: inout HubChild, _ name: String, _ references: [TopicPartition: Reference]) throws {
        let records = references.values.reduce(0) { $0 + $1.records }
        let last = closedMs
        let hub = h
        let done = wait(seconds: 90) {
            guard let s = hub.health() else { return false }
            return s.counted >= records && s.pendingWindows == 0 && s.outboxMessages == 0
                && s.themes.allSatisfy { $0.clock.map { $0.ms >= last } ?? false }
        }
        if !done { table.balance.notes.append("the hub \(name) had not counted and shown all after 90 s: \(hub.log.path)") }
        guard hub.end(SIGTERM) == 0 else { throw ChaosError("the hub did not stop cleanly: see \(hub.log.path)") }
    }

    private func wait(seconds: Double, _ done: () -> Bool) -> Bool {
        let deadline = Date().addingTimeInterval(seconds)
        while Date() < deadline {
            if done() { return true }
            usleep(100_000)
        }
        return false
    }

    // MARK: the truth

    /// Reads the input topics back. What Kafka holds, in its order, is what must be counted.
    private func truth() throws -> (references: [TopicPartition: Reference], sent: [Int: Int]) {
        let reader = TopicReader(kafka: kafka, environment: environment, admin: admin)
        let spoiled = sender.spoiled
        var references: [TopicPartition: Reference] = [:]
        var copies: [Int: Int] = [:]
        for c in o.catalogue.contracts {
            let routes = Reference.Routes(o.catalogue, c)
            for e in try reader.all(c.topic) {
                guard let n = e.header(Sender.header).flatMap(Int.init), spoiled.indices.contains(n) else {
                    throw ChaosError("\(e.partition) holds a record at \(e.offset) that was not sent here")
                }
                copies[n, default: 0] += 1
                references[e.partition, default: Reference(c, routes)].take(
                    offset: e.offset, recordTime: e.time, value: e.value, spoiled: spoiled[n])
            }
        }
        return (references, copies)
    }

    /// Source partition -> offsets, and how many letters were there again.
    private func deadLetters() throws -> (offsets: [TopicPartition: Set<Int64>], again: Int) {
        let reader = TopicReader(kafka: kafka, environment: environment, admin: admin)
        var offsets: [TopicPartition: Set<Int64>] = [:]
        var again = 0
        for c in o.catalogue.contracts {
            let topic = o.catalogue.outputs.first { $0.name == "dead-letters" }?.topic(for: c.topic) ?? c.topic + ".dlq"
            for e in try reader.all(topic) {
                guard let p = e.header("kapok-source-partition").flatMap(Int32.init),
                    let offset = e.header("kapok-source-offset").flatMap(Int64.init)
                else { throw ChaosError("\(topic) holds a letter that names no source") }
                if !offsets[TopicPartition(c.topic, p), default: []].insert(offset).inserted { again += 1 }
            }
        }
        return (offsets, again)
    }

    private func judge(
        _ references: [TopicPartition: Reference], _ copies: [Int: Int],
        _ letters: (offsets: [TopicPartition: Set<Int64>], again: Int)
    ) throws {
        for (n, acknowledged) in sender.acknowledged.enumerated() where acknowledged {
            table.sent += 1
            if copies[n] == nil { table.missingInKafka += 1 }
        }
        table.twiceInKafka = copies.values.reduce(0) { $0 + Int64($1 - 1) }
        table.lettersAgain = letters.again
        // Windows of up to five minutes are closed then.
        let (before, closed) = (EventTime(ms: closedMs - 300_000), EventTime(ms: closedMs))
        let cells = Dictionary(
            references.values.flatMap { $0.counts.filter { $0.key.start < before.ms } }, uniquingKeysWith: +)
        func evidence(_ db: String) throws -> Evidence {
            try Evidence(
                o.folder.appendingPathComponent(db).path, before: before, closed: closed, like: cells.keys)
        }
        let (mine, clean) = (try evidence("hub.db"), try evidence("clean.db"))
        for (tp, r) in references.sorted(by: { $0.key < $1.key }) {
            table.balance.compare("\(tp)", r, mine.ledgers[tp])
            table.balance.compare("\(tp)", deadLetters: r.dead, letters.offsets[tp] ?? [])
        }
        table.balance.compare(windows: cells, mine.counts)
        table.ledgers = mine.ledgers.values.map { $0 }
        table.ledgersEqualClean = mine.ledgers == clean.ledgers
        table.digests = clean.digests.count
        table.equalDigests = clean.digests.count { mine.digests[$0.key] == $0.value }
        table.extraDigests = mine.digests.keys.count { clean.digests[$0] == nil }
        let report = try StoreReader(path: o.folder.appendingPathComponent("hub.db").path)
            .snapshot { try Verifier(o.catalogue).verify($0) }
        (table.verifiedRows, table.verifiedWrong) = (report.themes.reduce(0) { $0 + $1.recomputed }, report.wrong)
        if let w = report.first { table.balance.notes.append("kapok verify: \(w)") }
    }
}
