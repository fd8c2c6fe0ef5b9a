import Pipeline
import Wire

/// The outcome of a run, and how it is printed.
public struct ChaosTable: Sendable {
    public var faults: [Fault: Int] = [:]
    /// Records that Kafka has acknowledged; those among them that it does not have; those that it has twice.
    public var sent: Int64 = 0
    public var missingInKafka: Int64 = 0
    public var twiceInKafka: Int64 = 0
    /// The hub's ledgers, all partitions.
    public var ledgers: [Ledger] = []
    public var lettersAgain = 0
    public var balance = Balance()
    /// Complete windows of a clean run over the same topics, and those of them that the hub tells with the same digest.
    public var digests = 0
    public var equalDigests = 0
    /// Complete windows with data that only the hub under chaos has.
    public var extraDigests = 0
    public var ledgersEqualClean = true
    /// What `kapok verify` says of the hub's database: rows made again from their partials, and what is wrong.
    public var verifiedRows = 0
    public var verifiedWrong = 0
    public init() {}

    /// Nothing lost or doubled, all ledgers balance, all digests equal, and there was something to compare.
    public var isSound: Bool {
        sent > 0 && digests > 0 && missingInKafka == 0 && balance.lost == 0 && balance.doubled == 0
            && equalDigests == digests && extraDigests == 0 && ledgersEqualClean && verifiedRows > 0 && verifiedWrong == 0
            && ledgers.allSatisfy(\.isBalanced)
    }

    public var lines: [String] {
        func sum(_ of: (Ledger) -> Int64) -> Int64 { ledgers.reduce(0) { $0 + of($1) } }
        var rows: [(String, String)] = Fault.allCases.map { ("fault: " + $0.title, "\(faults[$0] ?? 0)") }
        rows += [
            ("events sent, acknowledged", "\(sent)"), ("  not in Kafka afterwards", "\(missingInKafka)"),
            ("  twice in Kafka (producer's retries)", "\(twiceInKafka)"), ("accepted", "\(sum(\.accepted))"),
            ("late", "\(sum(\.late))"), ("duplicate", "\(sum(\.duplicate))"),
            ("dead-lettered", "\(sum(\.deadLettered))"),
        ]
        for reason in DeadLetterReason.allCases {
            let n = sum { $0.dead[Int(reason.rawValue)] }
            if n > 0 { rows.append(("  " + reason.name, "\(n)")) }
        }
        rows += [
            ("  delivered to .dlq once more", "\(lettersAgain)"), ("gap", "\(sum(\.gap))"),
            ("ledgers in balance", "\(ledgers.count(where: \.isBalanced)) of \(ledgers.count)"),
            ("ledgers as in a clean run", ledgersEqualClean ? "yes" : "NO"),
            ("digests as in a clean run", "\(equalDigests) of \(digests)" + (extraDigests > 0 ? ", \(extraDigests) more" : "")),
            ("rows that `kapok verify` made again", "\(verifiedRows)"), ("  of these wrong", "\(verifiedWrong)"),
            ("lost", "\(balance.lost)"), ("doubled", "\(balance.doubled)"),
        ]
        let width = rows.map { $0.0.count }.max() ?? 0
        return rows.map { $0.0 + String(repeating: " ", count: width + 2 - $0.0.count) + $0.1 }
            + balance.notes.sorted().prefix(20).map { "! " + $0 } + [isSound ? "SOUND" : "NOT SOUND"]
    }
}
