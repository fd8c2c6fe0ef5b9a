import Pipeline

/// What a hub has, held against what must be: by its ledgers, its windows and the dead-letter topics.
public struct Balance: Sendable, Hashable {
    public var lost: Int64 = 0
    public var doubled: Int64 = 0
    /// What differs, a line each.
    public var notes: [String] = []

    public init() {}

    mutating func compare(_ what: String, expected: Int64, got: Int64) {
        guard expected != got else { return }
        lost += max(0, expected - got)
        doubled += max(0, got - expected)
        notes.append("\(what): \(got), not \(expected)")
    }

    /// A partition's ledger. `nil`: the hub knows nothing of it.
    public mutating func compare(_ partition: String, _ r: Reference, _ ledger: Ledger?) {
        let l = ledger ?? Ledger()
        if !l.isBalanced {
            lost += 1
            notes.append("\(partition): its ledger does not balance")
        }
        compare("\(partition) records", expected: r.records, got: l.usable + l.deadLettered)
        compare("\(partition) dead letters", expected: Int64(r.dead.count), got: l.deadLettered)
        guard r.isExact else { return }
        compare("\(partition) accepted", expected: r.accepted, got: l.accepted)
        compare("\(partition) late", expected: r.late, got: l.late)
        compare("\(partition) duplicate", expected: r.duplicate, got: l.duplicate)
    }

    /// Counts of windows: a cell that only one of both has counts as 0 in the other.
    public mutating func compare(windows expected: [Reference.Cell: Int64], _ got: [Reference.Cell: Int64]) {
        for c in Set(expected.keys).union(got.keys) {
            compare(
                "\(c.theme) \(c.measure) of \(c.place) in \(c.window) at \(c.start)", expected: expected[c] ?? 0,
                got: got[c] ?? 0)
        }
    }

    /// Offsets of one partition that were dead-lettered. A letter that is there twice is no loss: delivery is at least
    /// once. One that should not be there is an event that does not count.
    public mutating func compare(_ partition: String, deadLetters expected: Set<Int64>, _ got: Set<Int64>) {
        let (missing, wrong) = (expected.subtracting(got).count, got.subtracting(expected).count)
        lost += Int64(missing + wrong)
        if missing > 0 { notes.append("\(partition): \(missing) dead letters are not in their topic") }
        if wrong > 0 { notes.append("\(partition): \(wrong) sound records are in the dead-letter topic") }
    }
}
