import CityModel
import Contracts
import Pipeline
import Store
import Wire

/// Checks what a store holds against itself and against the catalogue: ledgers, statuses, rows against their partials,
/// and sums up the tree of places. It writes nothing and goes on behind what is wrong.
public struct Verifier {
    private let catalogue: Catalogue

    public init(_ catalogue: Catalogue) { self.catalogue = catalogue }

    /// Everything of one moment. Memory is bounded by a few windows' rows and partials.
    /// - Parameter theme: nil means all that are stored.
    /// - Throws: what reading the store throws; `unknown-theme` where the store has nothing of `theme`.
    public func verify(_ store: StoreSnapshot, theme: String? = nil) throws -> VerifyReport {
        var report = VerifyReport()
        try ledgers(store, &report)
        let stored = try store.themes()
        if let theme, !stored.contains(theme) {
            throw KapokError(
                "unknown-theme", "the database has nothing of theme `\(theme)`",
                mend: "One of: \(stored.joined(separator: ", "))")
        }
        for name in theme.map({ [$0] }) ?? stored {
            var v = ThemeVerifier(store, name, try store.theme(name), catalogue, report)
            report = try v.verify()
        }
        return report
    }

    private func ledgers(_ store: StoreSnapshot, _ report: inout VerifyReport) throws {
        for p in try store.partitions() {
            report.partitions += 1
            for var w in Self.check(p.ledger) {
                (w.topic, w.partition) = (p.topic, p.partition)
                report.add(w)
            }
        }
        for p in try store.strayDeadLetters() {
            var w = WrongRow(.ledger, field: "dead letters", stored: nil, computed: "0")
            (w.topic, w.partition) = (p.topic, p.partition)
            report.add(w)
        }
    }

    /// Identity 1. In 128 bits: a damaged number must not overflow.
    static func check(_ l: Ledger) -> [WrongRow] {
        let counts: [(String, Int64)] =
            [("accepted", l.accepted), ("late", l.late), ("duplicate", l.duplicate), ("gap", l.gap)]
            + DeadLetterReason.allCases.map { ("dead-lettered as \($0.name)", l.dead[Int($0.rawValue)]) }
        let negative = counts.filter { $0.1 < 0 }.map {
            WrongRow(.ledger, field: $0.0, stored: "\($0.1)", computed: "0 or more")
        }
        guard negative.isEmpty else { return negative }
        guard l.first >= -1, l.next >= l.first else {
            return [WrongRow(.ledger, field: "next", stored: "\(l.next)", computed: "\(max(l.first, -1)) or more")]
        }
        let span = l.first < 0 ? 0 : Int128(l.next) - Int128(l.first)
        let total = counts.reduce(Int128(0)) { $0 + Int128($1.1) }
        guard span != total else { return [] }
        return [
            WrongRow(
                .ledger, field: "accepted + late + duplicate + dead-lettered + gap", stored: "\(total)",
                computed: "\(span) (next \(l.next) - first \(l.first))")
        ]
    }
}
