import CRdkafka
import KafkaIO
import Logging

/// librdkafka's in-process broker, with fault injection. Clients cannot create topics in it, look up times, or see
/// transaction isolation.
public final class MockCluster: @unchecked Sendable {
    private let client: OpaquePointer
    private let cluster: OpaquePointer
    public let bootstrapServers: String

    /// Kafka's request kinds, for `fail`.
    public enum Request: Int16, Sendable {
        case produce = 0, fetch = 1, listOffsets = 2, metadata = 3, offsetCommit = 8, offsetFetch = 9
        case findCoordinator = 10, joinGroup = 11, heartbeat = 12, initProducerId = 22
    }

    public init(brokers: Int32 = 1) throws {
        let conf = rd_kafka_conf_new()
        // The client is only the mock's anchor and has no broker: keep it quiet.
        rd_kafka_conf_set_log_cb(conf) { _, _, _, _ in }
        let made = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nil, 0)
        guard let made else {
            throw KafkaError(code: KafkaError.stateCode, context: "mock client")
        }
        guard let cluster = rd_kafka_mock_cluster_new(made, brokers) else {
            rd_kafka_destroy(made)
            throw KafkaError(code: KafkaError.stateCode, context: "mock cluster")
        }
        client = made
        self.cluster = cluster
        bootstrapServers = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
    }

    deinit {
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(client)
    }

    public func createTopic(_ name: String, partitions: Int32) throws {
        try check(rd_kafka_mock_topic_create(cluster, name, partitions, 1), "create \(name)")
    }

    /// The next requests of that kind fail with these codes, one each; `_TRANSPORT` drops the connection.
    public func fail(_ request: Request, _ codes: [Int32]) {
        let errors = codes.map { rd_kafka_resp_err_t(rawValue: $0) }
        rd_kafka_mock_push_request_errors_array(cluster, request.rawValue, errors.count, errors)
    }

    /// Metadata requests tell this error for the topic.
    public func setTopicError(_ topic: String, _ code: Int32) {
        rd_kafka_mock_topic_set_error(cluster, topic, rd_kafka_resp_err_t(rawValue: code))
    }

    /// Closes connections and refuses new ones; -1 is all brokers.
    public func setDown(_ broker: Int32 = -1) throws { try check(rd_kafka_mock_broker_set_down(cluster, broker), "down") }
    public func setUp(_ broker: Int32 = -1) throws { try check(rd_kafka_mock_broker_set_up(cluster, broker), "up") }
    public func setRoundTrip(ms: Int32, broker: Int32 = -1) throws {
        try check(rd_kafka_mock_broker_set_rtt(cluster, broker, ms), "round trip")
    }

    private func check(_ err: rd_kafka_resp_err_t, _ what: String) throws {
        if err.rawValue != 0 { throw KafkaError(code: err.rawValue, context: "mock \(what)") }
    }
}
