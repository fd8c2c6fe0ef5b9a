import HubAPI
import Synchronization

/// What the hub has just committed, for those who watch: the newest health report, and each commit's summaries.
public final class LiveFeed: Sendable {
    public enum Event: Sendable {
        case health(Health)
        case summaries([Summary])
        /// All that is forecast and scored now.
        case outlook([OutlookRow])
        /// What people are to be told, in the order of sequence.
        case notices([AlertNotice])
    }
    /// One watcher's events. `ended` finishes as soon as no more will come, also where `events` still holds some.
    struct Subscription: Sendable {
        var events: AsyncStream<Event>
        var ended: AsyncStream<Never>
    }
    private struct Subscriber {
        var events: AsyncStream<Event>.Continuation
        var ended: AsyncStream<Never>.Continuation
        func finish() {
            events.finish()
            ended.finish()
        }
    }
    private struct State {
        var health: Health?
        var outlook: [OutlookRow] = []
        var next = 0
        var finished = false
        var subscribers: [Int: Subscriber] = [:]
    }
    /// Events kept for one slow subscriber; beyond it its stream ends: it must connect again and read what it missed.
    static let backlog = 256
    private let state = Mutex(State())

    public init() {}

    public var health: Health? { state.withLock { $0.health } }
    public var outlook: [OutlookRow] { state.withLock { $0.outlook } }
    public var subscribers: Int { state.withLock { $0.subscribers.count } }

    /// Gives an event to every subscriber; never waits for one.
    public func publish(_ event: Event) {
        let all = state.withLock { s in
            if case .health(let h) = event { s.health = h }
            if case .outlook(let rows) = event { s.outlook = rows }
            return s.subscribers
        }
        for (id, s) in all {
            if case .dropped = s.events.yield(event) {
                state.withLock { $0.subscribers[id] = nil }
                s.finish()
            }
        }
    }

    /// After `finish`, a subscription that has ended.
    func subscribe() -> Subscription {
        let (events, e) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingOldest(Self.backlog))
        let (ended, d) = AsyncStream.makeStream(of: Never.self)
        let subscriber = Subscriber(events: e, ended: d)
        let id = state.withLock { s -> Int? in
            guard !s.finished else { return nil }
            s.next += 1
            s.subscribers[s.next] = subscriber
            return s.next
        }
        guard let id else {
            subscriber.finish()
            return Subscription(events: events, ended: ended)
        }
        e.onTermination = { [weak self] _ in self?.state.withLock { $0.subscribers[id] = nil } }
        return Subscription(events: events, ended: ended)
    }

    /// Ends every stream, also those to come, so that the server can stop.
    public func finish() {
        let all = state.withLock { s in
            defer { s.subscribers = [:] }
            s.finished = true
            return Array(s.subscribers.values)
        }
        for s in all { s.finish() }
    }
}
