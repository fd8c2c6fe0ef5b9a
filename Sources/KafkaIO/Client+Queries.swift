import CRdkafka

/// The first offset of a partition and the one that the next record will get.
public struct Watermarks: Sendable, Hashable {
    public var low: Int64
    public var high: Int64
    public init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }
}

extension Client {
    /// Asks the broker; waits up to `timeoutMs`.
    func watermarks(_ tp: TopicPartition, timeoutMs: Int) throws(KafkaError) -> Watermarks {
        var low: Int64 = 0
        var high: Int64 = 0
        let err = rd_kafka_query_watermark_offsets(
            handle, tp.topic, tp.partition, &low, &high, Int32(clamping: timeoutMs))
        if err.rawValue != 0 { throw KafkaError(err, "watermarks \(tp)") }
        return Watermarks(low: low, high: high)
    }

    /// The first offset whose record time is at or after each time; nil where there is none.
    func offsets(
        forTimes times: [(TopicPartition, Int64)], timeoutMs: Int
    ) throws(KafkaError) -> [Int64?] {
        if times.isEmpty { return [] }
        let list = PartitionList(times)
        let err = rd_kafka_offsets_for_times(handle, list.raw, Int32(clamping: timeoutMs))
        if err.rawValue != 0 { throw KafkaError(err, "offsets for times") }
        var offsets: [Int64?] = []
        for e in list.raw.elements {
            if e.err.rawValue != 0 { throw KafkaError(e.err, "offsets for times \(e.name)") }
            offsets.append(e.offset >= 0 ? e.offset : nil)
        }
        return offsets
    }
}
