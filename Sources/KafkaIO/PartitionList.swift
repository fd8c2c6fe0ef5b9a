import CRdkafka

/// A topic and one of its partitions.
public struct TopicPartition: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var topic: String
    public var partition: Int32
    public init(_ topic: String, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }
    public var description: String { "\(topic)/\(partition)" }
    public static func < (a: TopicPartition, b: TopicPartition) -> Bool {
        (a.topic, a.partition) < (b.topic, b.partition)
    }
}

typealias RawPartitionList = UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

/// A librdkafka partition list that frees itself.
struct PartitionList: ~Copyable {
    let raw: RawPartitionList

    init(_ entries: some Collection<(TopicPartition, Int64)>) {
        raw = rd_kafka_topic_partition_list_new(Int32(clamping: entries.count))
        for (tp, offset) in entries {
            let e = rd_kafka_topic_partition_list_add(raw, tp.topic, tp.partition)
            e?.pointee.offset = offset
        }
    }
    init(_ partitions: some Collection<TopicPartition>) {
        self.init(partitions.map { ($0, Int64(RD_KAFKA_OFFSET_INVALID)) })
    }
    deinit { rd_kafka_topic_partition_list_destroy(raw) }
}

extension RawPartitionList {
    var elements: UnsafeMutableBufferPointer<rd_kafka_topic_partition_t> {
        UnsafeMutableBufferPointer(start: pointee.elems, count: Int(pointee.cnt))
    }
    var partitions: [TopicPartition] { elements.map(\.name) }
}

extension rd_kafka_topic_partition_t {
    var name: TopicPartition { TopicPartition(topic.map { String(cString: $0) } ?? "", partition) }
}
