import CRdkafka

/// What a consumer reports besides records.
public struct ConsumerEvent: Sendable, Hashable {
    public enum Kind: String, Sendable {
        /// All records up to `offset` (exclusive) were delivered; `error` says no more than that.
        case endOfPartition
        /// The start offset does not exist on the broker, and `auto.offset.reset` is `error`.
        case offsetOutOfRange
        /// The topic or partition does not exist (yet).
        case unknownTopic
        /// No rights, or wrong credentials.
        case denied
        /// The broker connection: see also `BrokerStatus`.
        case connection
        /// The client can do no more: close it.
        case fatal
        case other
    }
    public var kind: Kind
    public var partition: TopicPartition?
    /// The slot, where the partition is assigned.
    public var slot: Int?
    public var offset: Int64?
    public var error: KafkaError

    init(error: KafkaError, partition: TopicPartition? = nil, slot: Int? = nil, offset: Int64? = nil) {
        kind = error.isFatal ? .fatal : ConsumerEvent.kinds[error.code] ?? .other
        self.partition = partition
        self.slot = slot
        self.offset = offset
        self.error = error
    }

    private static let kinds: [Int32: Kind] = Dictionary(
        uniqueKeysWithValues: [
            (RD_KAFKA_RESP_ERR__PARTITION_EOF, Kind.endOfPartition),
            (RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, .offsetOutOfRange),
            (RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, .offsetOutOfRange),
            (RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, .unknownTopic),
            (RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, .unknownTopic),
            (RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, .unknownTopic),
            (RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, .denied),
            (RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, .denied),
            (RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, .denied),
            (RD_KAFKA_RESP_ERR__AUTHENTICATION, .denied),
            (RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, .denied),
            (RD_KAFKA_RESP_ERR__TRANSPORT, .connection),
            (RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, .connection),
            (RD_KAFKA_RESP_ERR__RESOLVE, .connection),
            (RD_KAFKA_RESP_ERR__SSL, .connection),
            (RD_KAFKA_RESP_ERR__FATAL, .fatal),
        ].map { ($0.rawValue, $1) })
}

extension Consumer {
    /// The event of a message that carries an error.
    func event(_ m: UnsafeMutablePointer<rd_kafka_message_t>) -> ConsumerEvent {
        let topic = m.pointee.rkt.flatMap { rd_kafka_topic_name($0) }.map { String(cString: $0) }
        let partition = topic.map { TopicPartition($0, m.pointee.partition) }
        let text = rd_kafka_message_errstr(m).map { String(cString: $0) }
        var error = KafkaError(m.pointee.err, partition?.description ?? "consumer", text: text)
        if m.pointee.err == RD_KAFKA_RESP_ERR__FATAL, let client {
            error = KafkaError.fatal(of: client.handle) ?? error
        }
        return ConsumerEvent(
            error: error, partition: partition, slot: partition.flatMap { slots.slot(of: $0) },
            offset: m.pointee.offset >= 0 ? m.pointee.offset : nil)
    }
}
