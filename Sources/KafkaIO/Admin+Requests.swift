import CRdkafka

extension Admin {
    /// Creates topics. Throws only when the request as a whole failed; each topic has its own outcome, in order.
    public func createTopics(_ specs: [TopicSpec], timeoutMs: Int = 30_000) throws(KafkaError) -> [TopicCreation] {
        if specs.isEmpty { return [] }
        var outcomes = [TopicCreation?](repeating: nil, count: specs.count)
        var raw: [OpaquePointer?] = []
        var index: [String: Int] = [:]
        defer { for t in raw { rd_kafka_NewTopic_destroy(t) } }
        for (i, spec) in specs.enumerated() {
            switch newTopic(spec) {
            case .success(let topic):
                raw.append(topic)
                index[spec.name] = i
            case .failure(let error): outcomes[i] = .failed(error)
            }
        }
        if !raw.isEmpty {
            let count = raw.count
            let event = try request(RD_KAFKA_ADMIN_OP_CREATETOPICS, "create topics", timeoutMs) { options, queue in
                raw.withUnsafeMutableBufferPointer {
                    rd_kafka_CreateTopics(client.handle, $0.baseAddress, count, options, queue)
                }
            }
            defer { rd_kafka_event_destroy(event) }
            var n = 0
            let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &n)
            for r in UnsafeBufferPointer(start: results, count: results == nil ? 0 : n) {
                guard let r, let name = rd_kafka_topic_result_name(r).map({ String(cString: $0) }), let i = index[name]
                else { continue }
                outcomes[i] = outcome(r, name)
            }
        }
        return zip(specs, outcomes).map { spec, outcome in
            outcome ?? .failed(KafkaError(RD_KAFKA_RESP_ERR_UNKNOWN, "create \(spec.name)", text: "No answer for it"))
        }
    }

    private func outcome(_ r: OpaquePointer, _ name: String) -> TopicCreation {
        let err = rd_kafka_topic_result_error(r)
        if err.rawValue == 0 { return .created }
        if err == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS { return .alreadyExists }
        let text = rd_kafka_topic_result_error_string(r).map { String(cString: $0) }
        return .failed(KafkaError(err, "create \(name)", text: text))
    }

    private func newTopic(_ spec: TopicSpec) -> Result<OpaquePointer, KafkaError> {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            text.initialize(repeating: 0)
            let topic = rd_kafka_NewTopic_new(
                spec.name, Int32(clamping: spec.partitions), Int32(clamping: spec.replicationFactor),
                text.baseAddress, text.count)
            guard let topic else {
                let reason = text.baseAddress.map { String(cString: $0) }
                return .failure(KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, "create \(spec.name)", text: reason))
            }
            for (key, value) in spec.config.sorted(by: { $0.key < $1.key }) {
                rd_kafka_NewTopic_set_config(topic, key, value)
            }
            return .success(topic)
        }
    }

    /// The settings of a topic in force, sensitive ones left out.
    public func configuration(_ topic: String, timeoutMs: Int = 10_000) throws(KafkaError) -> [String: String] {
        guard let resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, "describe \(topic)")
        }
        defer { rd_kafka_ConfigResource_destroy(resource) }
        var list: [OpaquePointer?] = [resource]
        let event = try request(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "describe \(topic)", timeoutMs) { options, queue in
            list.withUnsafeMutableBufferPointer {
                rd_kafka_DescribeConfigs(client.handle, $0.baseAddress, 1, options, queue)
            }
        }
        defer { rd_kafka_event_destroy(event) }
        var n = 0
        let resources = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &n)
        guard n > 0, let first = resources?[0] else { return [:] }
        let err = rd_kafka_ConfigResource_error(first)
        if err.rawValue != 0 { throw KafkaError(err, "describe \(topic)") }
        var count = 0
        let entries = rd_kafka_ConfigResource_configs(first, &count)
        var config: [String: String] = [:]
        for e in UnsafeBufferPointer(start: entries, count: entries == nil ? 0 : count) {
            guard let e, rd_kafka_ConfigEntry_is_sensitive(e) == 0, let name = rd_kafka_ConfigEntry_name(e),
                let value = rd_kafka_ConfigEntry_value(e)
            else { continue }
            config[String(cString: name)] = String(cString: value)
        }
        return config
    }

    /// Sends one request and waits for its event, which the caller frees.
    func request(
        _ op: rd_kafka_admin_op_t, _ what: String, _ timeoutMs: Int, _ send: (OpaquePointer?, OpaquePointer) -> Void
    ) throws(KafkaError) -> OpaquePointer {
        let options = rd_kafka_AdminOptions_new(client.handle, op)
        defer { rd_kafka_AdminOptions_destroy(options) }
        guard let queue = rd_kafka_queue_new(client.handle) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, what)
        }
        defer { rd_kafka_queue_destroy(queue) }
        let timeout = Int32(clamping: max(1, timeoutMs))
        rd_kafka_AdminOptions_set_request_timeout(options, timeout, nil, 0)
        if op == RD_KAFKA_ADMIN_OP_CREATETOPICS || op == RD_KAFKA_ADMIN_OP_CREATEPARTITIONS {
            rd_kafka_AdminOptions_set_operation_timeout(options, timeout, nil, 0)
        }
        send(options, queue)
        // librdkafka keeps the time itself and answers with an error event; the margin lets it do so.
        guard let event = rd_kafka_queue_poll(queue, timeout &+ 2_000) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, what)
        }
        let err = rd_kafka_event_error(event)
        if err.rawValue != 0 {
            let text = rd_kafka_event_error_string(event).map { String(cString: $0) }
            rd_kafka_event_destroy(event)
            throw KafkaError(err, what, text: text)
        }
        return event
    }
}
