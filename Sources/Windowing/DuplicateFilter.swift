/// Remembers the ids of a partition's newest events in two generations of fixed size, so that memory is bounded:
/// at most `2 * horizon` ids, 32 bytes each. An id is found for at least the next `horizon` events.
public struct DuplicateFilter: Sendable {
    public let horizon: Int
    private var current: ContiguousArray<UInt64>
    private var previous: ContiguousArray<UInt64>
    public private(set) var inCurrent = 0
    /// How many times a generation was closed.
    public private(set) var generation = 0
    /// Ids added since `drain` was last called, for the store.
    private var fresh: [UInt64] = []
    private let mask: Int

    /// `horizon` 0 switches the filter off.
    public init(horizon: Int) {
        self.horizon = horizon
        var size = 16
        while size < horizon * 2 { size *= 2 }
        mask = size - 1
        current = horizon > 0 ? ContiguousArray(repeating: 0, count: size) : []
        previous = current
    }

    /// True where the id is new; it is remembered then. Id 0 is "no id" and always new.
    public mutating func insert(_ id: UInt64) -> Bool {
        guard horizon > 0, id != 0 else { return true }
        let start = Int(truncatingIfNeeded: id) & mask
        var i = start
        while previous[i] != 0 {
            if previous[i] == id { return false }
            i = (i + 1) & mask
        }
        i = start
        while current[i] != 0 {
            if current[i] == id { return false }
            i = (i + 1) & mask
        }
        current[i] = id
        inCurrent += 1
        fresh.append(id)
        if inCurrent == horizon {
            swap(&previous, &current)
            for j in current.indices { current[j] = 0 }
            inCurrent = 0
            generation += 1
        }
        return true
    }

    /// The ids added since the last call, oldest first.
    public mutating func drain() -> [UInt64] {
        defer { fresh.removeAll(keepingCapacity: true) }
        return fresh
    }
    /// Forgets what is waiting for `drain`, where nobody stores it.
    public mutating func discardFresh() { fresh.removeAll(keepingCapacity: true) }
}
