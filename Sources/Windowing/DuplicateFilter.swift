/// Remembers the ids of a partition's newest events in two generations of fixed size, so that memory is bounded:
/// at most `2 * horizon` ids, 32 bytes each. An id is found for at least the next `horizon` events.
public struct DuplicateFilter: Sendable {
    public let horizon: Int
    private var current: ContiguousArray<UInt64>
    private var previous: ContiguousArray<UInt64>
    public private(set) var inCurrent = 0
    /// How many times a generation was closed.
    public private(set) var generation = 0
    /// Ids of the current generation added since `drain` was last called; of closed ones in `closed`.
    private var fresh: [UInt64] = []
    private var closed: [(generation: Int, ids: [UInt64])] = []
    private let mask: Int
    private let recording: Bool

    /// `horizon` 0 switches the filter off. `recording` keeps new ids for `drain`, for those who store them.
    public init(horizon: Int, recording: Bool) {
        self.horizon = horizon
        self.recording = recording
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
        if recording { fresh.append(id) }
        if inCurrent == horizon { close() }
        return true
    }

    private mutating func close() {
        swap(&previous, &current)
        for j in current.indices { current[j] = 0 }
        inCurrent = 0
        if recording {
            // Ids older than the previous generation can never be asked for again.
            closed.removeAll { $0.generation < generation }
            closed.append((generation, fresh))
            fresh.removeAll()
        }
        generation &+= 1
    }

    /// The ids added since the last call by generation, oldest first; generations below `generation - 1` are obsolete.
    public mutating func drain() -> [(generation: Int, ids: [UInt64])] {
        var out = closed
        if !fresh.isEmpty { out.append((generation, fresh)) }
        closed = []
        fresh.removeAll(keepingCapacity: true)
        return out
    }

    /// Puts stored ids back: those of the current generation and of the one before it.
    public mutating func restore(generation: Int, previous old: [UInt64], current new: [UInt64]) {
        self.generation = generation
        for id in old.prefix(horizon) { Self.put(id, &previous, mask) }
        for id in new.prefix(max(0, horizon - 1)) { Self.put(id, &current, mask) }
        inCurrent = min(new.count, max(0, horizon - 1))
    }

    private static func put(_ id: UInt64, _ table: inout ContiguousArray<UInt64>, _ mask: Int) {
        var i = Int(truncatingIfNeeded: id) & mask
        while table[i] != 0 { i = (i + 1) & mask }
        table[i] = id
    }
}
