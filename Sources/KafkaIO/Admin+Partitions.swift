import CRdkafka

extension Admin {
    /// Gives a topic more partitions. Keys move then: what a key was in before stays where it is.
    /// - Parameter total: the number there is to be, above the present one.
    public func createPartitions(_ topic: String, total: Int, timeoutMs: Int = 30_000) throws(KafkaError) {
        let what = "create partitions of \(topic)"
        var text = [CChar](repeating: 0, count: 512)
        guard let new = rd_kafka_NewPartitions_new(topic, max(0, total), &text, text.count) else {
            throw KafkaError(
                RD_KAFKA_RESP_ERR__INVALID_ARG, what, text: String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self))
        }
        defer { rd_kafka_NewPartitions_destroy(new) }
        var list: [OpaquePointer?] = [new]
        let event = try request(RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, what, timeoutMs) { options, queue in
            list.withUnsafeMutableBufferPointer {
                rd_kafka_CreatePartitions(client.handle, $0.baseAddress, 1, options, queue)
            }
        }
        defer { rd_kafka_event_destroy(event) }
        var n = 0
        let results = rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event), &n)
        guard n > 0, let first = results?[0] else {
            throw KafkaError(RD_KAFKA_RESP_ERR_UNKNOWN, what, text: "No answer for it")
        }
        let err = rd_kafka_topic_result_error(first)
        if err.rawValue != 0 {
            throw KafkaError(err, what, text: rd_kafka_topic_result_error_string(first).map { String(cString: $0) })
        }
    }

    /// Removes what a partition holds before an offset, as retention does.
    public func deleteRecords(
        before offsets: [(TopicPartition, Int64)], timeoutMs: Int = 30_000
    ) throws(KafkaError) {
        if offsets.isEmpty { return }
        let wanted = PartitionList(offsets)
        guard let records = rd_kafka_DeleteRecords_new(wanted.raw) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, "delete records")
        }
        defer { rd_kafka_DeleteRecords_destroy(records) }
        var list: [OpaquePointer?] = [records]
        let event = try request(RD_KAFKA_ADMIN_OP_DELETERECORDS, "delete records", timeoutMs) { options, queue in
            list.withUnsafeMutableBufferPointer {
                rd_kafka_DeleteRecords(client.handle, $0.baseAddress, 1, options, queue)
            }
        }
        defer { rd_kafka_event_destroy(event) }
        guard let done = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event)) else {
            throw KafkaError(RD_KAFKA_RESP_ERR_UNKNOWN, "delete records", text: "No answer for it")
        }
        for e in UnsafeBufferPointer(start: done.pointee.elems, count: Int(done.pointee.cnt)) where e.err.rawValue != 0 {
            throw KafkaError(e.err, "delete records \(e.topic.map { String(cString: $0) } ?? "")/\(e.partition)")
        }
    }
}
