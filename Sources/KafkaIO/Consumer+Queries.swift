import CRdkafka

extension Consumer {
    /// The partitions held now, by slot.
    public var assignment: [Assigned] { slots.all }
    public func partition(ofSlot slot: Int) -> TopicPartition? { slots[slot] }
    public func slot(of partition: TopicPartition) -> Int? { slots.slot(of: partition) }

    /// Low and high offsets, asked from the broker. Blocks up to `timeoutMs`.
    public func watermarks(_ partition: TopicPartition, timeoutMs: Int = 5_000) throws(KafkaError) -> Watermarks {
        try open().watermarks(partition, timeoutMs: timeoutMs)
    }

    /// Low and high offsets as of the last fetch; nil before the first. Costs no request.
    public func cachedWatermarks(_ partition: TopicPartition) -> Watermarks? {
        guard let rk = client?.handle else { return nil }
        var low: Int64 = -1
        var high: Int64 = -1
        guard
            rd_kafka_get_watermark_offsets(rk, partition.topic, partition.partition, &low, &high).rawValue == 0,
            high >= 0
        else { return nil }
        // Only statistics or a fetch at the very start make "low" known.
        return Watermarks(low: Swift.max(0, low), high: high)
    }

    /// Records behind `nextOffset` up to the end as of the last fetch; nil before the first.
    public func lag(_ partition: TopicPartition, nextOffset: Int64) -> Int64? {
        cachedWatermarks(partition).map { Swift.max(0, $0.high - nextOffset) }
    }

    /// The first offset whose record time (ms) is at or after the given one, per partition in order; nil where all
    /// records are older. Blocks up to `timeoutMs`.
    public func offsets(
        forTimes times: [(TopicPartition, Int64)], timeoutMs: Int = 10_000
    ) throws(KafkaError) -> [Int64?] {
        try open().offsets(forTimes: times, timeoutMs: timeoutMs)
    }

    /// The group's committed offsets, in order; nil where there is none. Blocks up to `timeoutMs`.
    public func committed(_ partitions: [TopicPartition], timeoutMs: Int = 10_000) throws(KafkaError) -> [Int64?] {
        let list = PartitionList(partitions)
        let err = rd_kafka_committed(try live(), list.raw, Int32(clamping: timeoutMs))
        if err.rawValue != 0 { throw KafkaError(err, "committed offsets") }
        return list.raw.elements.map { $0.offset >= 0 ? $0.offset : nil }
    }

    /// Goes to the offsets in assigned partitions; later polls deliver from there. Blocks up to `timeoutMs`.
    public func seek(_ offsets: [(TopicPartition, Int64)], timeoutMs: Int = 5_000) throws(KafkaError) {
        let list = PartitionList(offsets)
        if let e = rd_kafka_seek_partitions(try live(), list.raw, Int32(clamping: timeoutMs)) {
            throw KafkaError(taking: e, "seek")
        }
        for e in list.raw.elements where e.err.rawValue != 0 { throw KafkaError(e.err, "seek \(e.name)") }
    }

    /// Stops delivery of these partitions; records fetched ahead are thrown away and fetched again after `resume`.
    /// For short back-pressure it is cheaper to poll less: the queue is bounded.
    public func pause(_ partitions: [TopicPartition]) throws(KafkaError) {
        let list = PartitionList(partitions)
        let err = rd_kafka_pause_partitions(try live(), list.raw)
        try check(err, list.raw, "pause")
    }

    public func resume(_ partitions: [TopicPartition]) throws(KafkaError) {
        let list = PartitionList(partitions)
        let err = rd_kafka_resume_partitions(try live(), list.raw)
        try check(err, list.raw, "resume")
    }

    /// Commits offsets (the NEXT one to read) to the group. Without `wait` the outcome goes to `handlers.committed`.
    public func commit(_ offsets: [(TopicPartition, Int64)], wait: Bool = false) throws(KafkaError) {
        if offsets.isEmpty { return }
        let list = PartitionList(offsets)
        let err = rd_kafka_commit(try live(), list.raw, wait ? 0 : 1)
        if err.rawValue != 0 { throw KafkaError(err, "commit") }
    }

    private func open() throws(KafkaError) -> Client {
        guard let client else { throw KafkaError(RD_KAFKA_RESP_ERR__STATE, "consumer", text: "The consumer is closed") }
        return client
    }

    private func check(_ err: rd_kafka_resp_err_t, _ list: RawPartitionList, _ what: String) throws(KafkaError) {
        if err.rawValue != 0 { throw KafkaError(err, what) }
        for e in list.elements where e.err.rawValue != 0 { throw KafkaError(e.err, "\(what) \(e.name)") }
    }
}
