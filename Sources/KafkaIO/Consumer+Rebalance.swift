import CRdkafka

extension Consumer {
    /// librdkafka's rebalance callback, inside `poll` or `close`.
    func rebalance(_ rk: OpaquePointer, _ err: rd_kafka_resp_err_t, _ list: RawPartitionList) {
        let protocolName = rd_kafka_rebalance_protocol(rk).map { String(cString: $0) } ?? "NONE"
        let cooperative = protocolName == "COOPERATIVE"
        let failure: KafkaError?
        if err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            adopt(list)
            failure = cooperative
                ? rd_kafka_incremental_assign(rk, list).map { KafkaError(taking: $0, "assign") }
                : error(rd_kafka_assign(rk, list), "assign")
        } else {
            if err != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS {
                pendingEvents.append(ConsumerEvent(error: KafkaError(err, "rebalance")))
            }
            release(list.partitions, lost: rd_kafka_assignment_lost(rk) != 0)
            failure = cooperative
                ? rd_kafka_incremental_unassign(rk, list).map { KafkaError(taking: $0, "unassign") }
                : error(rd_kafka_assign(rk, nil), "unassign")
        }
        if let failure { pendingEvents.append(ConsumerEvent(error: failure)) }
    }

    private func error(_ err: rd_kafka_resp_err_t, _ context: String) -> KafkaError? {
        err.rawValue == 0 ? nil : KafkaError(err, context)
    }

    /// Gives slots to the partitions and writes the owner's start positions into the list.
    func adopt(_ list: RawPartitionList) {
        guard list.pointee.cnt > 0 else { return }
        let assigned = list.partitions.map { slots.insert($0) }
        logger.info("assigned \(assigned.map(\.partition.description).joined(separator: " "))")
        let starts = handlers.assigned(assigned)
        for (i, e) in list.elements.enumerated() {
            list.elements[i].offset = offset(i < starts.count ? starts[i] : .policy, committed: e.offset)
        }
    }

    /// Tells the owner, then forgets the partitions and what this poll already fetched of them.
    func release(_ partitions: [TopicPartition], lost: Bool) {
        let ours = partitions.compactMap { tp in slots.slot(of: tp).map { Assigned(slot: $0, partition: tp) } }
        guard !ours.isEmpty else { return }
        logger.info(
            "\(lost ? "lost" : "revoked") \(ours.map(\.partition.description).joined(separator: " "))")
        handlers.revoked(ours, lost)
        let gone = Set(ours.map(\.slot))
        for message in buffer {
            guard let m = message else { break }
            if m.pointee.err.rawValue == 0, gone.contains(slots.slot(m.pointee.rkt, m.pointee.partition)) {
                m.pointee.err = Consumer.dropped
            }
        }
        for p in ours { slots.remove(p.partition) }
    }

    private func offset(_ start: StartPosition, committed: Int64) -> Int64 {
        switch start {
        case .offset(let o): o >= 0 ? o : policy
        case .earliest: Int64(RD_KAFKA_OFFSET_BEGINNING)
        case .latest: Int64(RD_KAFKA_OFFSET_END)
        case .policy: policy
        case .committed: Int64(RD_KAFKA_OFFSET_STORED)
        }
    }

    /// `auto.offset.reset` as a logical offset; librdkafka's values and their old names.
    static func policyOffset(_ setting: String?) -> Int64 {
        switch setting ?? "earliest" {
        case "latest", "largest", "end": Int64(RD_KAFKA_OFFSET_END)
        case "error": Int64(RD_KAFKA_OFFSET_INVALID)
        default: Int64(RD_KAFKA_OFFSET_BEGINNING)
        }
    }

    func commitDone(_ err: rd_kafka_resp_err_t, _ list: RawPartitionList?) {
        // "No offset" means that there was nothing to commit.
        guard err != RD_KAFKA_RESP_ERR__NO_OFFSET, let list else { return }
        var offsets: [TopicPartition: Int64] = [:]
        var failure = err
        for e in list.elements {
            offsets[e.name] = e.offset
            if e.err.rawValue != 0 { failure = e.err }
        }
        handlers.committed(offsets, error(failure, "commit"))
    }

    func clientError(_ e: KafkaError) {
        pendingEvents.append(ConsumerEvent(error: e))
    }
}
