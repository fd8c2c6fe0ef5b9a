import CRdkafka
import Logging

/// What every client needs from its owner.
public struct ClientEnvironment: Sendable {
    public var logger: Logger
    /// Milliseconds since the Unix epoch; for the times in `BrokerStatus`.
    public var clock: @Sendable () -> Int64
    /// Called on each change of the broker status, on the thread that polls the client.
    public var onStatusChange: (@Sendable (BrokerStatus) -> Void)?

    public init(
        logger: Logger, clock: @escaping @Sendable () -> Int64,
        onStatusChange: (@Sendable (BrokerStatus) -> Void)? = nil
    ) {
        self.logger = logger
        self.clock = clock
        self.onStatusChange = onStatusChange
    }
}

/// One `rd_kafka_t` with its callbacks. Log lines come on librdkafka's threads; all else on the thread that polls.
final class Client: @unchecked Sendable {
    let handle: OpaquePointer
    let hooks: Hooks

    /// What the C callbacks reach through the opaque pointer. It lives until the handle is destroyed.
    final class Hooks {
        let logger: Logger
        let health: BrokerHealth
        /// Set before the client is made, called only on the polling thread.
        var rebalance: ((OpaquePointer, rd_kafka_resp_err_t, RawPartitionList) -> Void)?
        var commit: ((rd_kafka_resp_err_t, RawPartitionList?) -> Void)?
        var delivery: ((UnsafePointer<rd_kafka_message_t>) -> Void)?
        var error: ((KafkaError) -> Void)?

        init(_ environment: ClientEnvironment) {
            logger = environment.logger
            health = BrokerHealth(clock: environment.clock, onChange: environment.onStatusChange)
        }

        static func of(_ opaque: UnsafeMutableRawPointer?) -> Hooks? {
            opaque.map { Unmanaged<Hooks>.fromOpaque($0).takeUnretainedValue() }
        }
    }

    /// Makes the client; `conf` is used up in any case.
    init(_ type: rd_kafka_type_t, conf: OpaquePointer, hooks: Hooks) throws(KafkaError) {
        rd_kafka_conf_set_opaque(conf, Unmanaged.passUnretained(hooks).toOpaque())
        rd_kafka_conf_set_log_cb(conf) { rk, level, facility, text in
            guard let rk, let text, let hooks = Hooks.of(rd_kafka_opaque(rk)) else { return }
            let logLevel = Client.levels[max(0, min(Int(level), Client.levels.count - 1))]
            hooks.logger.log(
                level: logLevel, "\(String(cString: text))",
                metadata: ["facility": "\(facility.map { String(cString: $0) } ?? "")"])
        }
        rd_kafka_conf_set_error_cb(conf) { rk, code, reason, opaque in
            guard let rk, let hooks = Hooks.of(opaque) else { return }
            let err = rd_kafka_resp_err_t(rawValue: code)
            var error = KafkaError(err, "broker", text: reason.map { String(cString: $0) })
            if err == RD_KAFKA_RESP_ERR__FATAL { error = KafkaError.fatal(of: rk) ?? error }
            if BrokerHealth.connectionCodes.contains(code) { hooks.health.failed(error) }
            hooks.error?(error)
        }
        rd_kafka_conf_set_stats_cb(conf) { _, json, length, opaque in
            if let json { Hooks.of(opaque)?.health.statistics(UnsafeRawBufferPointer(start: json, count: length)) }
            return 0
        }
        if type == RD_KAFKA_CONSUMER {
            rd_kafka_conf_set_rebalance_cb(conf) { rk, err, partitions, opaque in
                if let rk, let partitions { Hooks.of(opaque)?.rebalance?(rk, err, partitions) }
            }
            rd_kafka_conf_set_offset_commit_cb(conf) { _, err, partitions, opaque in
                Hooks.of(opaque)?.commit?(err, partitions)
            }
        } else {
            rd_kafka_conf_set_dr_msg_cb(conf) { _, message, opaque in
                if let message { Hooks.of(opaque)?.delivery?(message) }
            }
        }
        var made: OpaquePointer?
        let failure: String = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { text in
            text.initialize(repeating: 0)
            made = rd_kafka_new(type, conf, text.baseAddress, text.count)
            return text.baseAddress.map { String(cString: $0) } ?? ""
        }
        guard let made else {
            let code = rd_kafka_last_error()
            rd_kafka_conf_destroy(conf)
            throw KafkaError(code, "new client", text: failure)
        }
        handle = made
        self.hooks = hooks
    }

    /// Waits for librdkafka's threads, so that no callback can come after the hooks are gone. Leaves no group by
    /// itself: that is `Consumer.close()`; without it this is like a crash, which the broker notices by time-out.
    deinit { rd_kafka_destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE) }

    /// Syslog levels 0...7 of librdkafka; "alert" and above do not occur in it.
    private static let levels: [Logger.Level] = [
        .critical, .critical, .critical, .error, .warning, .notice, .info, .debug,
    ]
}

/// Settings that all clients share and the user may change.
let commonDefaults = [
    ("client.id", "kapok"),
    ("statistics.interval.ms", "1000"),
    // A broker that comes back is to be found in a second or two, not in ten.
    ("reconnect.backoff.ms", "100"), ("reconnect.backoff.max.ms", "2000"),
    ("socket.keepalive.enable", "true"),
    ("log.connection.close", "false"),
]
