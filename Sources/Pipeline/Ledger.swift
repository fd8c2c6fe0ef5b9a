import Wire

/// What became of each offset of one topic-partition. `next - first = accepted + late + duplicate + deadLettered + gap`
/// holds after every record (`isBalanced`).
public struct Ledger: Sendable, Hashable {
    /// First offset seen; -1 before the first record.
    public var first: Int64 = -1
    /// The offset that comes next; -1 before the first record.
    public var next: Int64 = -1
    public var accepted: Int64 = 0
    public var late: Int64 = 0
    public var duplicate: Int64 = 0
    /// By `DeadLetterReason.rawValue`.
    public var dead = [Int64](repeating: 0, count: DeadLetterReason.allCases.count)
    /// Offsets that hold no record for us: control records, compaction, retention.
    public var gap: Int64 = 0

    public init() {}

    /// Records that were events at all: accepted, late or duplicate.
    public var usable: Int64 { accepted &+ late &+ duplicate }
    public var deadLettered: Int64 { dead.reduce(0, &+) }
    // A damaged store can hold any numbers: their sums must not trap.
    public var isBalanced: Bool { (first < 0 ? 0 : next &- first) == usable &+ deadLettered &+ gap }

    /// Notes that the record at `offset` is about to be judged. False where it was already counted.
    mutating func open(_ offset: Int64) -> Bool {
        if first < 0 {
            first = offset
            next = offset
        }
        guard offset >= next else { return false }
        gap += offset - next
        next = offset + 1
        return true
    }

    /// Counts the offsets from `next` to before `offset` as gap: the topic has them no more. Nothing before the first
    /// record, and never back.
    mutating func skip(to offset: Int64) {
        guard first >= 0, offset > next else { return }
        gap += offset - next
        next = offset
    }
}
