import CRdkafka

/// A topic to create.
public struct TopicSpec: Sendable, Hashable {
    public var name: String
    public var partitions: Int
    /// -1: the broker's default.
    public var replicationFactor: Int
    /// Topic settings: `cleanup.policy`, `retention.ms` ...
    public var config: [String: String]
    public init(_ name: String, partitions: Int, replicationFactor: Int = -1, config: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.config = config
    }
}

public enum TopicCreation: Sendable, Hashable {
    case created
    /// It was there before; its partitions and settings were not compared.
    case alreadyExists
    case failed(KafkaError)
}

/// A topic as the broker describes it.
public struct TopicDescription: Sendable, Hashable {
    public var name: String
    /// Partition numbers, ascending.
    public var partitions: [Int32]
    /// Replicas of the first partition.
    public var replicationFactor: Int
    /// Settings in force, sensitive ones left out; nil where the broker does not tell.
    public var config: [String: String]?
}

/// Topic administration. All calls block up to their time-out; any thread may call.
public final class Admin: Sendable {
    let client: Client

    /// - Throws: `KafkaError`, `invalidArgumentCode` with the setting's origin for a wrong configuration.
    public init(_ config: KafkaConfig, environment: ClientEnvironment) throws(KafkaError) {
        let conf = try config.makeConf(defaults: commonDefaults)
        client = try Client(RD_KAFKA_PRODUCER, conf: conf, hooks: Client.Hooks(environment))
    }

    public var status: BrokerStatus {
        rd_kafka_poll(client.handle, 0)
        return client.hooks.health.current
    }

    /// Topics that exist, ascending; internal ones (`__...`) left out.
    public func topics(timeoutMs: Int = 10_000) throws(KafkaError) -> [TopicDescription] {
        try metadata(nil, timeoutMs: timeoutMs).filter { !$0.name.hasPrefix("__") }
    }

    /// The topic with its settings; nil where it does not exist.
    public func describe(_ topic: String, timeoutMs: Int = 10_000) throws(KafkaError) -> TopicDescription? {
        // All topics are asked for: asking for one by name makes some brokers create it.
        guard var found = try metadata(nil, timeoutMs: timeoutMs).first(where: { $0.name == topic }) else { return nil }
        found.config = try? configuration(topic, timeoutMs: timeoutMs)
        return found
    }

    /// The first offset and the one after the last.
    public func watermarks(_ partition: TopicPartition, timeoutMs: Int = 5_000) throws(KafkaError) -> Watermarks {
        try client.watermarks(partition, timeoutMs: timeoutMs)
    }

    /// The first offset whose record time (ms) is at or after the given one, per partition in order; nil where all
    /// records are older.
    public func offsets(
        forTimes times: [(TopicPartition, Int64)], timeoutMs: Int = 10_000
    ) throws(KafkaError) -> [Int64?] {
        try client.offsets(forTimes: times, timeoutMs: timeoutMs)
    }

    private func metadata(_ only: OpaquePointer?, timeoutMs: Int) throws(KafkaError) -> [TopicDescription] {
        var raw: UnsafePointer<rd_kafka_metadata>?
        let err = rd_kafka_metadata(client.handle, 1, only, &raw, Int32(clamping: timeoutMs))
        guard err.rawValue == 0, let raw else { throw KafkaError(err, "metadata") }
        defer { rd_kafka_metadata_destroy(raw) }
        return UnsafeBufferPointer(start: raw.pointee.topics, count: Int(raw.pointee.topic_cnt)).compactMap { t in
            guard t.err.rawValue == 0, let name = t.topic else { return nil }
            let partitions = UnsafeBufferPointer(start: t.partitions, count: Int(t.partition_cnt))
            return TopicDescription(
                name: String(cString: name), partitions: partitions.map(\.id).sorted(),
                replicationFactor: partitions.first.map { Int($0.replica_cnt) } ?? 0)
        }.sorted { $0.name < $1.name }
    }
}
