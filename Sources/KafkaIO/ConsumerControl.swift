import CRdkafka
import Synchronization

/// The part of a consumer that any thread may use.
public final class ConsumerControl: Sendable {
    private struct State: @unchecked Sendable {
        var queue: OpaquePointer?
        var stop = false
        var wake = false
    }
    private let state: Mutex<State>
    private let health: BrokerHealth

    init(queue: OpaquePointer, health: BrokerHealth) {
        state = Mutex(State(queue: queue))
        self.health = health
    }

    public var status: BrokerStatus { health.current }

    /// Makes a waiting `poll`, or the next one, return at once. Without effect once the consumer is closed.
    public func wakeUp() {
        // Under the lock, so that the queue cannot be freed in between.
        state.withLock { s in
            s.wake = true
            if let queue = s.queue { rd_kafka_queue_yield(queue) }
        }
    }

    /// Asks the owner's loop to end: sets `isStopRequested` and wakes it up.
    public func requestStop() {
        state.withLock { $0.stop = true }
        wakeUp()
    }
    public var isStopRequested: Bool { state.withLock { $0.stop } }

    /// Asked before a wait: librdkafka forgets a wake-up at any call on the queue, also one that does not wait.
    func takeWake() -> Bool {
        state.withLock { s in
            defer { s.wake = false }
            return s.wake
        }
    }

    func detach() { state.withLock { $0.queue = nil } }
}
