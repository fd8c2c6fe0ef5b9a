import CRdkafka

/// Slots of the assigned partitions, and the way from a message's (topic handle, partition) to its slot.
struct SlotTable {
    private var bySlot: [TopicPartition?] = []
    private var byName: [TopicPartition: Int] = [:]
    /// A topic handle is stable while one of its partitions is assigned; so this is emptied on each change.
    private var byHandle: [(handle: OpaquePointer, slots: [Int])] = []

    var all: [Assigned] {
        bySlot.enumerated().compactMap { slot, tp in tp.map { Assigned(slot: slot, partition: $0) } }
    }
    subscript(slot: Int) -> TopicPartition? { bySlot.indices.contains(slot) ? bySlot[slot] : nil }
    func slot(of partition: TopicPartition) -> Int? { byName[partition] }

    mutating func insert(_ partition: TopicPartition) -> Assigned {
        byHandle.removeAll()
        if let slot = byName[partition] { return Assigned(slot: slot, partition: partition) }
        let slot = bySlot.firstIndex { $0 == nil } ?? bySlot.count
        if slot == bySlot.count { bySlot.append(partition) } else { bySlot[slot] = partition }
        byName[partition] = slot
        return Assigned(slot: slot, partition: partition)
    }

    mutating func remove(_ partition: TopicPartition) {
        byHandle.removeAll()
        guard let slot = byName.removeValue(forKey: partition) else { return }
        bySlot[slot] = nil
    }

    /// The slot of a message's partition, -1 where it is not assigned. Asked once for a run of messages.
    mutating func slot(_ handle: OpaquePointer?, _ partition: Int32) -> Int {
        guard let handle, partition >= 0 else { return -1 }
        let p = Int(partition)
        for entry in byHandle where entry.handle == handle {
            return p < entry.slots.count ? entry.slots[p] : -1
        }
        let topic = String(cString: rd_kafka_topic_name(handle))
        var slots: [Int] = []
        for (tp, slot) in byName where tp.topic == topic {
            let q = Int(tp.partition)
            if q >= slots.count { slots += repeatElement(-1, count: q + 1 - slots.count) }
            slots[q] = slot
        }
        byHandle.append((handle, slots))
        return p < slots.count ? slots[p] : -1
    }
}
