import CRdkafka

/// What librdkafka or the broker reported, with what the user can do about it.
///
/// Codes below zero come from the client library, codes above zero from the broker.
public struct KafkaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// librdkafka's `rd_kafka_resp_err_t`.
    public var code: Int32
    /// librdkafka's text, or a more exact one where the call gave one.
    public var text: String
    /// Where it happened: `kafka.properties:12`, `produce kapok.alerts.traffic`, `traffic.loop/3` ...
    public var context: String
    /// The same call may succeed later.
    public var isRetriable: Bool
    /// The client that raised it can do no more work: close it and make another.
    public var isFatal: Bool

    public init(code: Int32, text: String? = nil, context: String = "", retriable: Bool? = nil, fatal: Bool = false) {
        self.code = code
        self.text = text ?? String(cString: rd_kafka_err2str(rd_kafka_resp_err_t(rawValue: code)))
        self.context = context
        self.isFatal = fatal
        self.isRetriable = !fatal && (retriable ?? KafkaError.retriable.contains(code))
    }

    init(_ err: rd_kafka_resp_err_t, _ context: String, text: String? = nil) {
        self.init(code: err.rawValue, text: text, context: context)
    }

    /// Takes the error object over and frees it.
    init(taking error: OpaquePointer, _ context: String) {
        self.init(
            code: rd_kafka_error_code(error).rawValue, text: String(cString: rd_kafka_error_string(error)),
            context: context, retriable: rd_kafka_error_is_retriable(error) != 0 ? true : nil,
            fatal: rd_kafka_error_is_fatal(error) != 0)
        rd_kafka_error_destroy(error)
    }

    /// librdkafka's name of the code: `_TRANSPORT`, `OFFSET_OUT_OF_RANGE` ...
    public var name: String { String(cString: rd_kafka_err2name(rd_kafka_resp_err_t(rawValue: code))) }

    /// What the user can do.
    public var mend: String {
        if isFatal { return "Restart this client; if it repeats, look at the broker's log." }
        if let mend = KafkaError.mends[code] { return mend }
        return isRetriable ? "It is tried again by itself." : "See the broker's log and librdkafka's documentation."
    }

    public var description: String {
        let place = context.isEmpty ? "" : "\(context): "
        return "\(place)\(text) (\(name), \(code)). \(mend)"
    }
}

extension KafkaError {
    /// The local producer queue is full: poll, then produce again.
    public static var queueFullCode: Int32 { RD_KAFKA_RESP_ERR__QUEUE_FULL.rawValue }
    /// A wrong key or value in the configuration, or a wrong argument.
    public static var invalidArgumentCode: Int32 { RD_KAFKA_RESP_ERR__INVALID_ARG.rawValue }
    /// The call did not finish in its time.
    public static var timedOutCode: Int32 { RD_KAFKA_RESP_ERR__TIMED_OUT.rawValue }
    /// The client was closed or another call does not fit its state.
    public static var stateCode: Int32 { RD_KAFKA_RESP_ERR__STATE.rawValue }

    public var isQueueFull: Bool { code == KafkaError.queueFullCode }
    public var isTimeout: Bool { code == KafkaError.timedOutCode }

    /// The error that made a client fatal, read back from the client.
    static func fatal(of rk: OpaquePointer) -> KafkaError? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            let code = rd_kafka_fatal_error(rk, text.baseAddress, text.count)
            guard code.rawValue != 0, let base = text.baseAddress else { return nil }
            return KafkaError(code: code.rawValue, text: String(cString: base), context: "fatal", fatal: true)
        }
    }

    private static let retriable: Set<Int32> = Set(
        [
            RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
            RD_KAFKA_RESP_ERR__QUEUE_FULL, RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR__WAIT_CACHE,
            RD_KAFKA_RESP_ERR__IN_PROGRESS, RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS, RD_KAFKA_RESP_ERR__INTR,
            RD_KAFKA_RESP_ERR__RETRY, RD_KAFKA_RESP_ERR__OUTDATED, RD_KAFKA_RESP_ERR__PURGE_QUEUE,
            RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST, RD_KAFKA_RESP_ERR__NODE_UPDATE,
            RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
            RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
            RD_KAFKA_RESP_ERR_INVALID_MSG, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
            RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
            RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
            RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
            RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_CONTROLLER,
            RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
            RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH, RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT,
            RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED, RD_KAFKA_RESP_ERR_FETCH_SESSION_ID_NOT_FOUND,
            RD_KAFKA_RESP_ERR_INVALID_FETCH_SESSION_EPOCH,
        ].map(\.rawValue))

    private static let mends: [Int32: String] = Dictionary(
        uniqueKeysWithValues: [
            (RD_KAFKA_RESP_ERR__TRANSPORT, "Check that the broker runs and that its address and port are right."),
            (RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "Check the brokers and bootstrap.servers; it reconnects by itself."),
            (RD_KAFKA_RESP_ERR__RESOLVE, "Check the host name in bootstrap.servers or the broker's advertised name."),
            (RD_KAFKA_RESP_ERR__AUTHENTICATION, "Check sasl.mechanism, sasl.username and sasl.password."),
            (RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, "Check sasl.mechanism, sasl.username and sasl.password."),
            (RD_KAFKA_RESP_ERR__SSL, "Check security.protocol and the ssl.* certificate settings."),
            (RD_KAFKA_RESP_ERR__INVALID_ARG, "Correct the setting; names and values are those of librdkafka."),
            (RD_KAFKA_RESP_ERR__QUEUE_FULL, "Poll for delivery reports, then produce again."),
            (RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, "Create the topic, or correct its name."),
            (RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, "Check how many partitions the topic has."),
            (RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "Create the topic, or correct its name."),
            (RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "Give this user rights on the topic."),
            (RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, "Give this user rights on the consumer group."),
            (RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, "Give this user rights on the cluster."),
            (RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, "The stored offset is gone from the broker: choose a new start."),
            (RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, "The stored offset is gone from the broker: choose a new start."),
            (RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, "Raise message.max.bytes here and on the broker, or send less."),
            (RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, "Processing took longer than max.poll.interval.ms: raise it."),
            (RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, "Another member has this group.instance.id: give each its own."),
            (RD_KAFKA_RESP_ERR__FENCED, "Another client uses the same identity: stop one of the two."),
            (RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, "Use at most as many replicas as there are brokers."),
            (RD_KAFKA_RESP_ERR__TIMED_OUT, "Check that the broker answers, or allow more time."),
            (RD_KAFKA_RESP_ERR__STATE, "The client is closed or not yet started."),
        ].map { ($0.rawValue, $1) })
}
