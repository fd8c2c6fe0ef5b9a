import CityModel
import HubAPI
import Synchronization

/// What people ask of alerts, on its way to the hub's thread, and the hub's answer on its way back.
public final class AlertInbox: Sendable {
    struct Item: Sendable {
        var action: AlertAction
        var answer: @Sendable (AlertActionAnswer) -> Void
    }
    /// Actions that wait; beyond it they are refused.
    static let limit = 1000
    private struct State {
        var items: [Item] = []
        var closed = false
    }
    private let state = Mutex(State())

    public init() {}

    /// Hands an action to the hub; waits for the commit that holds it.
    public func perform(_ action: AlertAction) async -> AlertActionAnswer {
        await withCheckedContinuation { c in
            let refused: AlertActionAnswer? = state.withLock { s in
                if s.closed { return .gone }
                if s.items.count >= Self.limit {
                    return .refused(code: "busy", what: "too many actions wait", mend: "Try again in a second")
                }
                s.items.append(Item(action: action) { c.resume(returning: $0) })
                return nil
            }
            if let refused { c.resume(returning: refused) }
        }
    }

    /// How many wait.
    public var waiting: Int { state.withLock { $0.items.count } }

    /// Everything that waits, in the order in which it came.
    func take() -> [Item] {
        state.withLock { s in
            defer { s.items = [] }
            return s.items
        }
    }

    /// Answers what waits, and all that is to come, with `gone`.
    public func close() {
        let left = state.withLock { s in
            defer { s.items = [] }
            s.closed = true
            return s.items
        }
        for i in left { i.answer(.gone) }
    }
}
