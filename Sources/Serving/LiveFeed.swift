import HubAPI
import Synchronization

/// What the hub has just committed, for those who watch: the newest health report, and each commit's summaries.
public final class LiveFeed: Sendable {
    public enum Event: Sendable {
        case health(Health)
        case summaries([Summary])
    }
    private struct State {
        var health: Health?
        var next = 0
        var subscribers: [Int: AsyncStream<Event>.Continuation] = [:]
    }
    /// Events kept for one slow subscriber; beyond it its stream ends, and it must connect again and read what it missed.
    static let backlog = 256
    private let state = Mutex(State())

    public init() {}

    public var health: Health? { state.withLock { $0.health } }
    public var subscribers: Int { state.withLock { $0.subscribers.count } }

    /// Gives an event to every subscriber; never waits for one.
    public func publish(_ event: Event) {
        let all = state.withLock { s -> [(Int, AsyncStream<Event>.Continuation)] in
            if case .health(let h) = event { s.health = h }
            return s.subscribers.map { ($0.key, $0.value) }
        }
        for (id, c) in all {
            if case .dropped = c.yield(event) {
                c.finish()
                state.withLock { $0.subscribers[id] = nil }
            }
        }
    }

    public func subscribe() -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingOldest(Self.backlog))
        let id = state.withLock { s in
            s.next += 1
            s.subscribers[s.next] = continuation
            return s.next
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.subscribers[id] = nil } }
        return stream
    }

    /// Ends every stream, so that the server can stop.
    public func finish() {
        let all = state.withLock { s in
            defer { s.subscribers = [:] }
            return Array(s.subscribers.values)
        }
        for c in all { c.finish() }
    }
}
