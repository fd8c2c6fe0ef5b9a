import Foundation
import KafkaIO
import Synchronization

extension Producer {
    /// Runs `produce` again while the local queue is full, serving reports in between.
    func patiently(_ produce: () throws -> Void) throws {
        while true {
            do { return try produce() } catch let e as KafkaError where e.isQueueFull { poll(timeoutMs: 100) }
        }
    }
}

/// The first delivery that failed.
final class DeliveryFailures: Sendable {
    private let state = Mutex<KafkaError?>(nil)
    func add(_ e: KafkaError) { state.withLock { if $0 == nil { $0 = e } } }
    var first: KafkaError? { state.withLock { $0 } }
}

/// Set by one thread, read by another.
final class StopFlag: Sendable {
    private struct State {
        var isSet = false
        var actions: [@Sendable () -> Void] = []
    }
    private let state = Mutex(State())
    var isSet: Bool { state.withLock { $0.isSet } }

    func set() {
        let actions = state.withLock { s in
            defer { s = State(isSet: true) }
            return s.actions
        }
        for a in actions { a() }
    }

    /// Runs `action` once, when the flag is set; at once where it is.
    func whenSet(_ action: @escaping @Sendable () -> Void) {
        let isSet = state.withLock { s in
            if !s.isSet { s.actions.append(action) }
            return s.isSet
        }
        if isSet { action() }
    }
}
