import Foundation
import KafkaIO
import Logging
import Synchronization
import TestSupport
import Testing

/// A log handler that keeps the lines.
final class LogLines: Sendable {
    let lines = Mutex<[(Logger.Level, String)]>([])
    struct Handler: LogHandler {
        let sink: LogLines
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            sink.lines.withLock { $0.append((event.level, "\(event.message)")) }
        }
    }
    var logger: Logger { Logger(label: "test") { _ in Handler(sink: self) } }
}

func environment(
    logs: LogLines = LogLines(), onStatus: (@Sendable (BrokerStatus) -> Void)? = nil
) -> ClientEnvironment {
    ClientEnvironment(
        logger: logs.logger, clock: { Int64(Date().timeIntervalSince1970 * 1000) }, onStatusChange: onStatus)
}

/// Fast reactions, so that tests wait little.
func config(_ servers: String, _ more: KeyValuePairs<String, String> = [:]) -> KafkaConfig {
    var c = KafkaConfig(
        bootstrapServers: servers,
        settings: [
            "statistics.interval.ms": "50", "reconnect.backoff.ms": "20", "reconnect.backoff.max.ms": "50",
            "linger.ms": "0",
        ])
    for (k, v) in more { c.set(k, v) }
    return c
}

func consumerConfig(_ servers: String, _ more: KeyValuePairs<String, String> = [:]) -> KafkaConfig {
    var c = config(servers, ["fetch.wait.max.ms": "10", "fetch.error.backoff.ms": "10", "session.timeout.ms": "6000"])
    for (k, v) in more { c.set(k, v) }
    return c
}

struct NotReached: Error {}

/// Runs `step` until `done`, which is bounded by a generous deadline.
func until(_ done: () -> Bool, seconds: Double = 60, _ step: () throws -> Void) throws {
    let deadline = Date().addingTimeInterval(seconds)
    while !done() {
        if Date() > deadline { throw NotReached() }
        try step()
    }
}

/// An owner of a consumer: remembers all it is told, and keeps the next offset of each partition as a database would.
final class Owner {
    struct Seen: Equatable {
        var partition: Int32
        var offset: Int64
        var key: String?
        var value: String?
        var timestamp: Int64
    }
    var next: [TopicPartition: Int64] = [:]
    var held: [Int: TopicPartition] = [:]
    var seen: [Seen] = []
    var assigned: [[Assigned]] = []
    var revoked: [[Assigned]] = []
    var events: [ConsumerEvent] = []
    var commits: [[TopicPartition: Int64]] = []
    /// Records that are not the next one of their partition, or of a partition not held.
    var surprises: [String] = []
    var start: StartPosition?

    var handlers: Consumer.Handlers {
        Consumer.Handlers(
            assigned: { [unowned self] in
                assigned.append($0)
                for a in $0 { held[a.slot] = a.partition }
                return $0.map { self.start ?? StartPosition(self.next[$0.partition]) }
            },
            revoked: { [unowned self] partitions, _ in
                revoked.append(partitions)
                for a in partitions { held[a.slot] = nil }
            },
            event: { [unowned self] in events.append($0) },
            committed: { [unowned self] offsets, error in if error == nil { commits.append(offsets) } })
    }

    func poll(_ consumer: Consumer, max: Int = 1000, timeoutMs: Int = 20) {
        consumer.poll(max: max, timeoutMs: timeoutMs) { batch in
            batch.forEachRun { run in
                guard let tp = held[run.slot] else {
                    surprises.append("slot \(run.slot) is not held")
                    return
                }
                for r in run {
                    if let expected = next[tp], expected != r.offset {
                        surprises.append("\(tp): offset \(r.offset), expected \(expected)")
                    }
                    if r.partition != tp.partition { surprises.append("\(tp): record of \(r.partition)") }
                    next[tp] = r.offset + 1
                    seen.append(
                        Seen(
                            partition: r.partition, offset: r.offset,
                            key: r.hasKey ? String(decoding: r.key, as: UTF8.self) : nil,
                            value: r.hasValue ? String(decoding: r.value, as: UTF8.self) : nil,
                            timestamp: r.timestampMs))
                }
            }
        }
    }
}

/// Collects deliveries of a producer.
final class Deliveries: Sendable {
    let all = Mutex<[Producer.Delivery]>([])
    var count: Int { all.withLock { $0.count } }
    var errors: [KafkaError] { all.withLock { $0.compactMap(\.error) } }
    var tokens: [UInt64] { all.withLock { $0.map(\.token) } }
}

func makeProducer(_ config: KafkaConfig, _ deliveries: Deliveries = Deliveries()) throws -> Producer {
    try Producer(config, environment: environment()) { d in deliveries.all.withLock { $0.append(d) } }
}

func bytes(_ s: String) -> [UInt8] { Array(s.utf8) }

/// Produces values `0 ..< count` round robin over the partitions and waits until all are stored.
func fill(_ servers: String, _ topic: String, partitions: Int32, from: Int = 0, count: Int) throws {
    let producer = try makeProducer(config(servers))
    for i in from..<(from + count) {
        try producer.produce(
            topic: topic, partition: Int32(i) % partitions, key: nil, value: bytes("\(i)"), token: UInt64(i))
    }
    #expect(producer.flush(timeoutMs: 60_000) == 0)
    producer.close()
}

func partitions(_ topic: String, _ n: Int32) -> [TopicPartition] { (0..<n).map { TopicPartition(topic, $0) } }

/// The broker states that a consumer went through.
final class States: Sendable {
    let all = Mutex<[BrokerStatus.State]>([])
}
