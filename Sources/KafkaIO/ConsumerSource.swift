/// What to consume.
public enum ConsumerSource: Sendable {
    /// As a member of a group that shares the topics' partitions. `instanceID` (`group.instance.id`) makes the
    /// membership static: a member that restarts within the session time-out gets its partitions back.
    case group(id: String, topics: [String], instanceID: String? = nil)
    /// Exactly these partitions. `groupID` names the group that offset commits go to.
    case partitions([TopicPartition], groupID: String = "kapok")
}

/// A partition of this consumer. Slots are small integers, the lowest free one first, so that an owner can index an
/// array; a slot is reused after the partition is revoked.
public struct Assigned: Sendable, Hashable {
    public var slot: Int
    public var partition: TopicPartition
    public init(slot: Int, partition: TopicPartition) {
        self.slot = slot
        self.partition = partition
    }
}

/// Where to begin in a partition.
public enum StartPosition: Sendable, Hashable {
    case offset(Int64)
    case earliest
    case latest
    /// What `auto.offset.reset` says.
    case policy
    /// The group's committed offset, else `policy`.
    case committed

    /// The stored offset, or `policy` where there is none.
    public init(_ stored: Int64?) { self = stored.map { .offset($0) } ?? .policy }
}
