import CRdkafka
import Logging

/// Consumes records in batches on ONE thread, the one that calls `poll`. All handlers run on that thread, inside
/// `start`, `poll` or `close`. Only `control` may be used from other threads.
public final class Consumer {
    public struct Handlers {
        /// Partitions were assigned: give the start of each, in the same order (missing ones follow the policy).
        public var assigned: ([Assigned]) -> [StartPosition]
        /// Partitions are about to be taken away: commit now. `lost`: they already belong to another member, so that
        /// a commit of their offsets to the group would be refused. No record of them is delivered after this.
        public var revoked: (_ partitions: [Assigned], _ lost: Bool) -> Void
        /// End of partition, an offset out of range, an unknown topic, a fatal error ... After the batch's records.
        public var event: (ConsumerEvent) -> Void
        /// The outcome of an asynchronous commit.
        public var committed: (_ offsets: [TopicPartition: Int64], _ error: KafkaError?) -> Void

        public init(
            assigned: @escaping ([Assigned]) -> [StartPosition] = { _ in [] },
            revoked: @escaping ([Assigned], Bool) -> Void = { _, _ in },
            event: @escaping (ConsumerEvent) -> Void = { _ in },
            committed: @escaping ([TopicPartition: Int64], KafkaError?) -> Void = { _, _ in }
        ) {
            self.assigned = assigned
            self.revoked = revoked
            self.event = event
            self.committed = committed
        }
    }

    /// For other threads: wake up, ask to stop, read the broker status.
    public let control: ConsumerControl
    public let source: ConsumerSource
    let handlers: Handlers
    let logger: Logger
    let policy: Int64
    var client: Client?
    var slots: SlotTable = SlotTable()
    /// Empty (all nil) between polls. In a poll librdkafka fills it from the front, which `Consumer+Rebalance` reads.
    var buffer: UnsafeMutableBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    var pendingEvents: [ConsumerEvent] = []
    private var spans: [RunSpan] = []
    let queue: OpaquePointer
    private var isBusy = false
    private var isCloseDue = false

    /// Settings for throughput with a bounded delay; the user's settings come after these.
    public static let defaults = [
        ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"), ("enable.partition.eof", "true"),
        ("auto.offset.reset", "earliest"),
        // Waits up to 100 ms for 64 KiB: few, full fetches under load, a tenth of a second at most when quiet.
        ("fetch.min.bytes", "65536"), ("fetch.wait.max.ms", "100"), ("fetch.message.max.bytes", "4194304"),
        ("fetch.error.backoff.ms", "100"),
        // A full queue makes librdkafka 2.0 hold its next fetch back for a whole second (fetch.queue.backoff.ms came
        // later): the queue must last longer than that, or consumption stalls at each filling.
        ("queued.min.messages", "1000000"), ("queued.max.messages.kbytes", "262144"),
        ("topic.metadata.refresh.interval.ms", "60000"),
    ]

    /// Makes the consumer; it takes part in nothing until `start()`.
    /// - Throws: `KafkaError`, `invalidArgumentCode` with the setting's origin for a wrong configuration.
    public init(
        _ config: KafkaConfig, source: ConsumerSource, environment: ClientEnvironment, handlers: Handlers
    ) throws(KafkaError) {
        var forced: [(String, String)] = []
        switch source {
        case .group(let id, _, let instanceID):
            forced.append(("group.id", id))
            if let instanceID { forced.append(("group.instance.id", instanceID)) }
        case .partitions(_, let groupID):
            forced.append(("group.id", groupID))
        }
        let conf = try config.makeConf(defaults: commonDefaults + Consumer.defaults, forced: forced)
        let hooks = Client.Hooks(environment)
        let client = try Client(RD_KAFKA_CONSUMER, conf: conf, hooks: hooks)
        rd_kafka_poll_set_consumer(client.handle)
        guard let queue = rd_kafka_queue_get_consumer(client.handle) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__UNKNOWN_GROUP, "consumer queue")
        }
        self.client = client
        self.queue = queue
        self.source = source
        self.handlers = handlers
        logger = environment.logger
        policy = Consumer.policyOffset(config["auto.offset.reset"] ?? config["default.topic.auto.offset.reset"])
        control = ConsumerControl(queue: queue, health: hooks.health)
        buffer = .allocate(capacity: 1)
        buffer.initialize(repeating: nil)
        hooks.rebalance = { [weak self] in self?.rebalance($0, $1, $2) }
        hooks.commit = { [weak self] in self?.commitDone($0, $1) }
        hooks.error = { [weak self] in self?.clientError($0) }
    }

    deinit {
        control.detach()
        rd_kafka_queue_destroy(queue)
        buffer.deallocate()
    }

    /// Subscribes, or assigns the fixed partitions (then `handlers.assigned` runs before this returns).
    public func start() throws(KafkaError) {
        let rk = try live()
        switch source {
        case .group(_, let topics, _):
            let list = PartitionList(topics.map { TopicPartition($0, RD_KAFKA_PARTITION_UA) })
            let err = rd_kafka_subscribe(rk, list.raw)
            if err.rawValue != 0 { throw KafkaError(err, "subscribe \(topics.joined(separator: ","))") }
        case .partitions(let partitions, _):
            let list = PartitionList(partitions)
            adopt(list.raw)
            let err = rd_kafka_assign(rk, list.raw)
            if err.rawValue != 0 { throw KafkaError(err, "assign") }
        }
    }

    /// Waits up to `timeoutMs` for the first record, takes what else is there, up to `max`, and hands it to `body` as
    /// one batch. `body` is not called for an empty batch. Serves all callbacks, so it must be called often, also when
    /// paused (`max.poll.interval.ms`). Returns the number of records. A poll from inside a handler does nothing.
    @discardableResult
    public func poll<E: Error>(
        max: Int = 10_000, timeoutMs: Int = 100, _ body: (borrowing RecordBatch) throws(E) -> Void
    ) throws(E) -> Int {
        guard client != nil, !isBusy, max > 0 else { return 0 }
        isBusy = true
        defer {
            isBusy = false
            if isCloseDue { close() }
        }
        reserve(max)
        var n = take(at: 0, max, timeoutMs: 0)
        if n == 0 && timeoutMs > 0 && !control.takeWake() {
            // librdkafka would wait for a FULL batch: wait for one record, then take the rest without waiting.
            n = take(at: 0, 1, timeoutMs: timeoutMs)
            if n == 1 && max > 1 { n += take(at: 1, max - 1, timeoutMs: 0) }
        }
        let count = n == 0 ? 0 : sort(n)
        defer {
            kapok_destroy_messages(buffer.baseAddress, count)
            deliverEvents()
        }
        guard count > 0 else { return 0 }
        // `spans` is moved out so that a handler called from `body` cannot touch what is being read.
        var spans = self.spans
        self.spans = []
        defer {
            spans.removeAll(keepingCapacity: true)
            self.spans = spans
        }
        try spans.withUnsafeBufferPointer { (spans) throws(E) in
            try body(
                RecordBatch(messages: UnsafeBufferPointer(rebasing: buffer[0..<count]), spans: spans))
        }
        return count
    }

    private func reserve(_ max: Int) {
        guard buffer.count < max else { return }
        buffer.deallocate()
        buffer = .allocate(capacity: max)
        buffer.initialize(repeating: nil)
    }

    private func take(at start: Int, _ max: Int, timeoutMs: Int) -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        return Swift.max(0, rd_kafka_consume_batch_queue(queue, Int32(clamping: timeoutMs), base + start, max))
    }

    /// Moves errors out to events, drops records of partitions that are no longer ours, and notes the runs.
    private func sort(_ n: Int) -> Int {
        var kept = 0
        var runStart = 0
        var topic: OpaquePointer?
        var partition: Int32 = -1
        var slot = -1
        for i in 0..<n {
            if i + 8 < n, let ahead = buffer[i + 8] { kapok_prefetch_message(ahead) }
            guard let m = buffer[i] else { continue }
            if m.pointee.err.rawValue != 0 {
                if m.pointee.err != Consumer.dropped { pendingEvents.append(event(m)) }
                rd_kafka_message_destroy(m)
                buffer[i] = nil
                continue
            }
            if m.pointee.rkt != topic || m.pointee.partition != partition {
                if kept > runStart { spans.append(RunSpan(slot: slot, start: runStart, end: kept)) }
                runStart = kept
                topic = m.pointee.rkt
                partition = m.pointee.partition
                slot = slots.slot(topic, partition)
            }
            if slot < 0 {
                rd_kafka_message_destroy(m)
                buffer[i] = nil
                continue
            }
            if kept != i {
                buffer[kept] = m
                buffer[i] = nil
            }
            kept += 1
        }
        if kept > runStart { spans.append(RunSpan(slot: slot, start: runStart, end: kept)) }
        return kept
    }

    /// Marks a record that was fetched before its partition was revoked in the same poll.
    static let dropped = RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST

    private func deliverEvents() {
        guard !pendingEvents.isEmpty else { return }
        let events = pendingEvents
        pendingEvents = []
        for e in events { handlers.event(e) }
    }

    func live() throws(KafkaError) -> OpaquePointer {
        guard let client else { throw KafkaError(RD_KAFKA_RESP_ERR__STATE, "consumer", text: "The consumer is closed") }
        return client.handle
    }

    /// Revokes everything (`handlers.revoked` runs), leaves the group (a static member does not), and frees the
    /// client. Can be called again. From inside a handler it takes effect when the poll ends.
    public func close() {
        guard let rk = client?.handle else { return }
        isCloseDue = true
        if isBusy { return }
        isBusy = true
        defer { isBusy = false }
        if case .partitions = source {
            release(slots.all.map(\.partition), lost: false)
            rd_kafka_assign(rk, nil)
        }
        let err = rd_kafka_consumer_close(rk)
        if err.rawValue != 0 { logger.warning("consumer close: \(KafkaError(err, "close"))") }
        deliverEvents()
        control.detach()
        client = nil
    }
}
