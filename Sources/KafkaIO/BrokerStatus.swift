import CRdkafka
import Foundation
import Synchronization

/// Whether a client has a working broker connection.
public struct BrokerStatus: Sendable, Hashable {
    public enum State: String, Sendable { case connecting, up, down }
    public var state: State
    /// When the state began, in ms of the clock that the owner gave.
    public var sinceMs: Int64
    /// Brokers with a working connection, and brokers known, by the last statistics.
    public var brokersUp: Int
    public var brokersKnown: Int
    /// The last connection error; kept while up, so that a past outage can be explained.
    public var lastError: KafkaError?
    public var lastErrorMs: Int64?
    /// Bytes sent to brokers so far, by the last statistics.
    public var sentBytes: Int64 = 0
}

/// Keeps the status from librdkafka's errors and statistics; readable from any thread.
final class BrokerHealth: Sendable {
    typealias Clock = @Sendable () -> Int64
    private let clock: Clock
    private let onChange: (@Sendable (BrokerStatus) -> Void)?
    private let status: Mutex<BrokerStatus>

    init(clock: @escaping Clock, onChange: (@Sendable (BrokerStatus) -> Void)?) {
        self.clock = clock
        self.onChange = onChange
        status = Mutex(
            BrokerStatus(state: .connecting, sinceMs: clock(), brokersUp: 0, brokersKnown: 0))
    }

    var current: BrokerStatus { status.withLock { $0 } }

    /// A connection error. Only "all brokers down" and refused credentials mean that nothing works: an error of one
    /// broker of many, or one that a reconnect mends at once, is remembered but not yet an outage.
    func failed(_ error: KafkaError) {
        let now = clock()
        let outage = BrokerHealth.outages.contains(error.code)
        change { s in
            // "All brokers down" follows the error that says why: do not hide that one.
            if error.code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN.rawValue || s.lastError == nil { s.lastError = error }
            s.lastErrorMs = now
            if outage {
                s.brokersUp = 0
                s.enter(.down, now)
            }
        }
    }

    /// librdkafka's statistics JSON, once a second.
    func statistics(_ json: UnsafeRawBufferPointer) {
        guard
            let object = try? JSONSerialization.jsonObject(with: Data(json)) as? [String: Any],
            let brokers = object["brokers"] as? [String: Any]
        else { return }
        let states = brokers.values.compactMap { broker -> String? in
            guard let b = broker as? [String: Any], b["source"] as? String != "logical" else { return nil }
            return b["state"] as? String
        }
        let sent = brokers.values.reduce(Int64(0)) {
            $0 &+ ((($1 as? [String: Any])?["txbytes"] as? NSNumber)?.int64Value ?? 0)
        }
        observe(states, sent)
    }

    func observe(_ states: [String], _ sent: Int64 = 0) {
        let now = clock()
        let up = states.count { $0 == "UP" || $0 == "UPDATE" }
        // A bootstrap connection rests in INIT once the broker it led to is known under its own name.
        let idle = states.allSatisfy { $0 == "INIT" }
        change { s in
            s.brokersUp = up
            s.brokersKnown = states.count
            s.sentBytes = sent
            if up > 0 {
                s.enter(.up, now)
            } else if s.state == .up && !idle {
                s.enter(.down, now)
            }
        }
    }

    private func change(_ body: (inout BrokerStatus) -> Void) {
        let changed: BrokerStatus? = status.withLock { s in
            let before = s.state
            body(&s)
            return s.state == before ? nil : s
        }
        if let changed { onChange?(changed) }
    }

    private static let outages: Set<Int32> = [
        RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN.rawValue, RD_KAFKA_RESP_ERR__AUTHENTICATION.rawValue,
        RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED.rawValue,
    ]
    /// Codes that concern the connection at all.
    static let connectionCodes: Set<Int32> = outages.union([
        RD_KAFKA_RESP_ERR__TRANSPORT.rawValue, RD_KAFKA_RESP_ERR__RESOLVE.rawValue, RD_KAFKA_RESP_ERR__SSL.rawValue,
        RD_KAFKA_RESP_ERR__TIMED_OUT.rawValue,
        RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE.rawValue, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION.rawValue,
    ])
}

extension BrokerStatus {
    fileprivate mutating func enter(_ new: State, _ now: Int64) {
        guard state != new else { return }
        state = new
        sinceMs = now
    }
}
