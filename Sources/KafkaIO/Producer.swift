import CRdkafka
import Synchronization

/// Produces records, exactly once per accepted `produce` as far as the broker allows (idempotent). Thread-safe; the
/// delivery handler runs on whichever thread calls `poll`, `flush` or `close`.
public final class Producer: Sendable {
    /// The fate of one record.
    public struct Delivery: Sendable {
        /// What `produce` was given.
        public var token: UInt64
        /// nil: the broker has it. Retriable: it may be produced again (it is not known to be stored).
        public var error: KafkaError?
        public var partition: Int32
        /// -1 where unknown.
        public var offset: Int64
    }
    public typealias DeliveryHandler = @Sendable (Delivery) -> Void

    /// Settings for throughput and order; the user's settings come after these.
    public static let defaults = [
        ("enable.idempotence", "true"), ("acks", "all"), ("partitioner", "murmur2_random"), ("compression.type", "lz4"),
        ("linger.ms", "5"), ("queue.buffering.max.messages", "100000"), ("queue.buffering.max.kbytes", "262144"),
        ("message.timeout.ms", "120000"),
    ]

    private struct State {
        var client: Client?
        var topics: [String: TopicHandle] = [:]
    }
    /// Keeps the client too: a handle must go first, also when one thread closes while another produces.
    private final class TopicHandle: @unchecked Sendable {
        let client: Client
        let raw: OpaquePointer
        init?(_ client: Client, _ name: String) {
            guard let raw = rd_kafka_topic_new(client.handle, name, nil) else { return nil }
            self.client = client
            self.raw = raw
        }
        deinit { rd_kafka_topic_destroy(raw) }
    }
    private let state: Mutex<State>
    private let health: BrokerHealth

    /// - Throws: `KafkaError`, `invalidArgumentCode` with the setting's origin for a wrong configuration.
    public init(
        _ config: KafkaConfig, environment: ClientEnvironment,
        onDelivery: @escaping DeliveryHandler = { _ in },
        onError: @escaping @Sendable (KafkaError) -> Void = { _ in }
    ) throws(KafkaError) {
        let conf = try config.makeConf(defaults: commonDefaults + Producer.defaults)
        let hooks = Client.Hooks(environment)
        hooks.error = onError
        hooks.delivery = { message in
            let m = message.pointee
            let error = m.err.rawValue == 0 ? nil : KafkaError(m.err, "delivery")
            onDelivery(
                Delivery(
                    token: UInt64(UInt(bitPattern: m._private)), error: error, partition: m.partition,
                    offset: m.offset >= 0 ? m.offset : -1))
        }
        health = hooks.health
        state = Mutex(State(client: try Client(RD_KAFKA_PRODUCER, conf: conf, hooks: hooks)))
    }

    deinit { close() }

    public var status: BrokerStatus { health.current }

    /// Queues one record; all bytes are copied. Never blocks.
    ///
    /// - Parameters:
    ///   - partition: nil lets the partitioner choose by key (murmur2, as Java clients do), at random without a key.
    ///   - timestampMs: the record's time; nil is now.
    ///   - value: nil is a tombstone.
    ///   - token: comes back in the `Delivery`.
    /// - Throws: `KafkaError`. `isQueueFull` (retriable): call `poll`, then again. Nothing was queued.
    public func produce(
        topic: String, partition: Int32? = nil, key: UnsafeRawBufferPointer? = nil, value: UnsafeRawBufferPointer?,
        timestampMs: Int64? = nil, headers: [Header] = [], token: UInt64 = 0
    ) throws(KafkaError) {
        let handle = try open(topic)
        let err = Producer.withHeaders(headers) { raw in
            // An empty key or value is not the same as none: it needs an address.
            Producer.withAddress(key) { key, keyLength in
                Producer.withAddress(value) { value, length in
                    kapok_produce(
                        handle.client.handle, handle.raw, partition ?? RD_KAFKA_PARTITION_UA, key, keyLength, value, length,
                        timestampMs ?? 0, raw.baseAddress, raw.count,
                        UnsafeMutableRawPointer(bitPattern: UInt(truncatingIfNeeded: token)))
                }
            }
        }
        if err.rawValue != 0 {
            if err == RD_KAFKA_RESP_ERR__FATAL, let fatal = KafkaError.fatal(of: handle.client.handle) { throw fatal }
            throw KafkaError(err, "produce \(topic)")
        }
    }

    /// The same for arrays of bytes.
    public func produce(
        topic: String, partition: Int32? = nil, key: [UInt8]?, value: [UInt8]?, timestampMs: Int64? = nil,
        headers: [Header] = [], token: UInt64 = 0
    ) throws(KafkaError) {
        func send(_ key: UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer?) -> KafkaError? {
            do throws(KafkaError) {
                try produce(
                    topic: topic, partition: partition, key: key, value: value, timestampMs: timestampMs,
                    headers: headers, token: token)
                return nil
            } catch { return error }
        }
        let failure = (value ?? []).withUnsafeBytes { v in
            (key ?? []).withUnsafeBytes { k in send(key == nil ? nil : k, value == nil ? nil : v) }
        }
        if let failure { throw failure }
    }

    /// Serves delivery reports and errors; waits up to `timeoutMs` for the first. Returns the number served.
    @discardableResult
    public func poll(timeoutMs: Int = 0) -> Int {
        guard let client = state.withLock({ $0.client }) else { return 0 }
        return Int(rd_kafka_poll(client.handle, Int32(clamping: timeoutMs)))
    }

    /// Sends what is queued and serves reports until all have a fate or the time is over. Returns how many are left.
    @discardableResult
    public func flush(timeoutMs: Int) -> Int {
        guard let client = state.withLock({ $0.client }) else { return 0 }
        rd_kafka_flush(client.handle, Int32(clamping: timeoutMs))
        return Int(rd_kafka_outq_len(client.handle))
    }

    /// Records (and reports not yet served) that wait.
    public var queued: Int {
        state.withLock { s in s.client.map { Int(rd_kafka_outq_len($0.handle)) } ?? 0 }
    }

    /// Gives up what is still queued or in flight (reported as `_PURGE_QUEUE`, `_PURGE_INFLIGHT`), serves the last
    /// reports and frees the client. Call `flush` before to lose nothing. Can be called again.
    public func close() {
        let client = state.withLock { s in
            defer { s = State() }
            return s.client
        }
        guard let client else { return }
        rd_kafka_purge(client.handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        rd_kafka_flush(client.handle, 1_000)
    }

    private func open(_ topic: String) throws(KafkaError) -> TopicHandle {
        let found: Result<TopicHandle, KafkaError> = state.withLock { s in
            guard let client = s.client else {
                return .failure(
                    KafkaError(RD_KAFKA_RESP_ERR__STATE, "produce \(topic)", text: "The producer is closed"))
            }
            if let handle = s.topics[topic] { return .success(handle) }
            guard let handle = TopicHandle(client, topic) else {
                return .failure(KafkaError(rd_kafka_last_error(), "produce \(topic)"))
            }
            s.topics[topic] = handle
            return .success(handle)
        }
        return try found.get()
    }

    private static func withAddress<R>(
        _ bytes: UnsafeRawBufferPointer?, _ body: (UnsafeRawPointer?, Int) -> R
    ) -> R {
        guard let bytes else { return body(nil, 0) }
        if let base = bytes.baseAddress { return body(base, bytes.count) }
        var nothing: UInt8 = 0
        return withUnsafeBytes(of: &nothing) { body($0.baseAddress, 0) }
    }

    /// C views of the headers, valid in `body`: all names and values laid end to end in one allocation.
    private static func withHeaders<R>(
        _ headers: [Header], _ body: (UnsafeBufferPointer<kapok_kafka_header>) -> R
    ) -> R {
        if headers.isEmpty { return body(UnsafeBufferPointer(start: nil, count: 0)) }
        let size = headers.reduce(0) { $0 + $1.name.utf8.count + 1 + $1.value.count }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: size) { bytes in
            withUnsafeTemporaryAllocation(of: kapok_kafka_header.self, capacity: headers.count) { views in
                var at = 0
                func append(_ part: some Collection<UInt8>) -> Int {
                    let start = at
                    for b in part {
                        bytes[at] = b
                        at += 1
                    }
                    return start
                }
                for (i, h) in headers.enumerated() {
                    let name = append(h.name.utf8)
                    _ = append(CollectionOfOne(0))
                    let value = append(h.value)
                    let base = UnsafeRawPointer(bytes.baseAddress.unsafelyUnwrapped)
                    views[i] = kapok_kafka_header(
                        name: (base + name).assumingMemoryBound(to: CChar.self), value: base + value,
                        length: h.value.count)
                }
                return body(UnsafeBufferPointer(views))
            }
        }
    }
}
