import CityModel
import Contracts
import Foundation
import Hub
import KafkaIO
import Logging
import Simulator
import Store
import Wire

/// A simulated city read by an edge in memory, with what both ways to the centre would carry. The Kafka client's own
/// mock broker takes both, so that its compression and framing are the real ones.
struct EdgeTrafficRun {
    struct Traffic {
        var readings: Int64 = 0
        var bundles: Int64 = 0
        /// Keys and values.
        var rawBytes: Int64 = 0
        var partialBytes: Int64 = 0
        /// What the client has sent.
        var rawWire: Int64 = 0
        var partialWire: Int64 = 0
    }
    struct NotSent: Error, CustomStringConvertible {
        let description = "the mock broker did not take all records"
    }

    private let catalogue: Catalogue
    private let config: SimulatorConfig
    private let options: EdgeOptions
    private let logger: Logger

    init(
        _ catalogue: Catalogue, seed: UInt64, rate: Double?, durationMs: Int64, intervalMs: Int64, live: Bool,
        logger: Logger
    ) throws {
        self.catalogue = catalogue
        self.logger = logger
        // Eight in the morning, Guangzhou.
        config = SimulatorConfig(seed: seed, rate: rate, start: EventTime(ms: 1_795_478_400_000), durationMs: durationMs)
        options = EdgeOptions(name: "traffic", intervalMs: intervalMs, live: live)
    }

    func measure() throws -> Traffic {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kapok-traffic-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try HubStore(path: folder.appendingPathComponent("edge.db").path)
        defer { try? store.close() }
        let core = try HubCore(catalogue: catalogue, store: store, pseudonym: nil, publishSummaries: false)
        core.publisher = try EdgePublisher(store, catalogue, options, now: config.start.ms)
        var slots: [[Int]] = []
        var n = 0
        for c in catalogue.contracts {
            slots.append(Array(n..<(n + c.partitions)))
            for p in 0..<c.partitions {
                _ = try core.assign(slot: n + p, topic: c.topic, partition: Int32(p), now: config.start.ms)
            }
            n += c.partitions
        }
        let (raw, partials) = (try MockSender(logger), try MockSender(logger))
        defer {
            raw.producer.close()
            partials.producer.close()
        }
        var offsets = [Int64](repeating: 0, count: n)
        var out = Traffic()
        var simulator = try CitySimulator(catalogue: catalogue, config: config)
        var batch = Simulator.RecordBatch()
        var second = config.start.ms
        var isMore = true
        while isMore {
            isMore = simulator.next(max: 1000, into: &batch)
            for r in batch.records {
                if r.timestampMs >= second + 1000 {
                    second = r.timestampMs / 1000 * 1000
                    try raw.flush()
                    try commit(core, store, second, partials, &out)
                }
                let payload = Array(batch.payload(r))
                let topic = catalogue.contracts[r.contract].topic
                let slot = slots[r.contract][Int(r.street / 1000) % slots[r.contract].count]
                try raw.producer.produce(topic: topic, key: r.key, value: payload, timestampMs: r.timestampMs)
                (out.readings, out.rawBytes) = (out.readings + 1, out.rawBytes + Int64(r.key.count + payload.count))
                core.process([.init(slot: slot, run: 0, records: 0..<1)], now: second) { _, b in
                    payload.withUnsafeBytes {
                        _ = b.append($0.baseAddress, $0.count, .init(offset: offsets[slot], recordTime: r.timestampMs))
                    }
                } extra: { _, _ in (nil, []) }
                offsets[slot] += 1
            }
        }
        try raw.flush()
        // What is still open goes too.
        try commit(core, store, second + options.intervalMs + 1000, partials, &out, all: true)
        (out.rawWire, out.partialWire) = (raw.wire(), partials.wire())
        return out
    }

    private func commit(
        _ core: HubCore, _ store: HubStore, _ now: Int64, _ partials: MockSender, _ out: inout Traffic,
        all: Bool = false
    ) throws {
        _ = try core.commit(now: now, brokerUp: true) { _ in .init(caughtUp: true) }
        guard try core.publisher?.publish(now: now, waiting: 0, idle: { _, _ in all }) ?? 0 > 0 else { return }
        let messages = try store.outbox(.centre, after: 0, limit: 1000)
        for (_, m) in messages {
            try partials.producer.produce(topic: m.topic, key: m.key, value: m.value, timestampMs: now)
            try partials.flush()
            out.bundles += 1
            out.partialBytes += Int64((m.key?.count ?? 0) + (m.value?.count ?? 0))
        }
        try store.delivered(messages.map(\.id), of: .centre)
    }
}

/// A producer with a broker inside its own client.
private struct MockSender {
    let producer: Producer

    init(_ logger: Logger) throws {
        let config = KafkaConfig(
            bootstrapServers: "127.0.0.1:9",
            settings: [
                "test.mock.num.brokers": "1", "enable.idempotence": "false", "linger.ms": "10000",
                "statistics.interval.ms": "100",
            ])
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .error)
        producer = try Producer(config, environment: .init(logger: quiet, clock: wallClockMs))
    }

    /// Sends what was produced since the last call.
    func flush() throws {
        guard producer.flush(timeoutMs: 30_000) == 0 else { throw EdgeTrafficRun.NotSent() }
    }

    /// Bytes sent, once the client's statistics have come after the last of them.
    func wire() -> Int64 {
        for _ in 0..<4 { producer.poll(timeoutMs: 150) }
        return producer.status.sentBytes
    }
}
