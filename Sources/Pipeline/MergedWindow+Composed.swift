import CityModel
import Contracts
import HubAPI
import Windowing

/// Rows of one window that have been made and are wanted again: by measures that are made of them.
final class KnownRows {
    struct Key: Hashable {
        var place: Int
        var measure: Int
        var status: WindowStatus
    }
    private var rows: [Key: Summary?] = [:]

    func row(_ key: Key, _ make: () -> Summary?) -> Summary? {
        if let row = rows[key] { return row }
        let row = make()
        rows[key] = .some(row)
        return row
    }
}

/// Measures that are made of others: of the rows of the same place and window.
extension MergedWindow {
    /// Nil where none of its parts exists at this place.
    func composed(_ place: Int, _ m: ThemePlan.Measure, _ status: WindowStatus) -> Summary? {
        let parts = m.parts.map {
            ComposedValue.Part(def: plan.measures[$0].def, row: summary(place, plan.measures[$0], status))
        }
        let rows = parts.compactMap(\.row)
        guard !rows.isEmpty else { return nil }
        var streets: [Summary]?
        if m.def.source.isOfStreets, !plan.places.streets.contains(place) {
            streets = layout.streets[place].compactMap { summary(plan.places.streets.lowerBound + $0, m, status) }
        }
        let made = streets.map { ComposedValue(m.def, streets: $0) } ?? ComposedValue(m.def, parts)
        let (expected, reporting) = (rows.reduce(0) { $0 + $1.expected }, rows.reduce(0) { $0 + $1.reporting })
        // What it stands for: the streets whose worst it is, or the measures that it is made of.
        let below = streets?.map { ($0.place, $0.digest) } ?? parts.map { ($0.def.name, $0.row?.digest ?? "") }
        return Summary(
            place: layout.codes[place], level: layout.places[place].level, theme: plan.def.name, measure: m.def.name,
            window: window.name, start: EventTime(ms: start), end: EventTime(ms: start + window.sizeMs),
            status: status, revision: 0, unit: m.def.unit, value: made.display, values: made.values,
            severity: made.severity,
            // Sums over the parts, so that streets still sum to districts.
            count: rows.reduce(0) { $0 &+ $1.count }, expected: expected, reporting: reporting,
            coverage: expected > 0 ? min(100, 100 * Double(reporting) / Double(expected)) : nil,
            late: rows.reduce(0) { $0 &+ $1.late }, certainty: made.certainty, evidence: made.evidence,
            digest: status == .provisional ? "" : digest(place, m, below))
    }

    /// SHA-256 over what it is and the digests of the rows that it is made of.
    private func digest(_ place: Int, _ m: ThemePlan.Measure, _ below: [(name: String, digest: String)]) -> String {
        var b: [UInt8] = []
        for text in [plan.def.name, m.def.name, window.name] + below.flatMap({ [$0.name, $0.digest] }) {
            b += text.utf8
            b.append(0)
        }
        b.appendInteger(Int64(plan.def.version))
        b.appendInteger(start)
        b.appendInteger(layout.places[place].code)
        return hexDigest(b)
    }
}
