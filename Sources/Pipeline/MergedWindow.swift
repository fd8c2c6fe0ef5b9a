import Analytics
import CityModel
import Contracts
import HubAPI
import Windowing

/// The place tree as the roll-up walks it: place index -> street indices below it.
struct PlaceLayout: Sendable {
    let places: [Place]
    /// Streets (0-based) below each place; a street holds itself.
    let streets: [[Int]]
    /// Codes as text, made once.
    let codes: [String]

    init(_ plan: ThemePlan) {
        let tree = plan.places
        places = tree.places
        codes = places.map(\.codeText)
        let first = tree.streets.lowerBound
        streets = tree.places.indices.map { i in
            switch tree.places[i].level {
            case .street: [i - first]
            case .district: tree.children[i].map { $0 - first }
            case .city: tree.children[i].flatMap { tree.children[$0] }.map { $0 - first }
            }
        }
    }

    func holds(_ place: Int, _ set: StreetSet) -> Bool { streets[place].contains { set.contains($0) } }
}

/// One window of a theme, merged over partitions and up the place tree: districts are merges of their streets, the city
/// of all streets, exactly.
struct MergedWindow {
    let plan: ThemePlan
    let layout: PlaceLayout
    let window: WindowAssigner
    let start: Int64
    /// Place x input.
    private var cells: [Aggregate?]
    /// Sensors that reported, place x input.
    private var reporting: [Int]
    private let quality: WindowQuality
    /// Cells of single sensors and flagged readings, street x input: part of the digest.
    private let streetCells: [Aggregate?]
    /// Rows of measures that others are made of.
    let known = KnownRows()

    /// - Parameter streetCells: the partitions' partials merged, streets x inputs.
    init(
        _ plan: ThemePlan, _ layout: PlaceLayout, _ window: WindowAssigner, start: Int64, streetCells: [Aggregate?]
    ) {
        self.plan = plan
        self.layout = layout
        self.window = window
        self.start = start
        let inputs = plan.inputs.count
        let tree = plan.places
        self.streetCells = streetCells
        quality = WindowQuality(plan, sizeMs: window.sizeMs, cells: streetCells)
        cells = Array(repeating: nil, count: tree.count * inputs)
        reporting = Array(repeating: 0, count: tree.count * inputs)
        for (s, p) in tree.streets.enumerated() {
            for i in 0..<inputs where plan.inputs[i].role == .readings {
                guard let a = streetCells[s * inputs + i] else { continue }
                let n = a.sensors.count
                cells[p * inputs + i] = a
                reporting[p * inputs + i] = n
                var up = Int(tree.parentIndex[p])
                while up >= 0 {
                    if cells[up * inputs + i] == nil { cells[up * inputs + i] = Aggregate() }
                    cells[up * inputs + i]!.mergeNumbers(a)
                    reporting[up * inputs + i] += n
                    up = Int(tree.parentIndex[up])
                }
            }
        }
    }

    /// Nil where no sensor is expected and nothing was measured: the measure does not exist at this place.
    func summary(_ place: Int, _ m: ThemePlan.Measure, _ status: WindowStatus) -> Summary? {
        guard m.isShared else { return made(place, m, status) }
        return known.row(.init(place: place, measure: m.index, status: status)) { made(place, m, status) }
    }

    private func made(_ place: Int, _ m: ThemePlan.Measure, _ status: WindowStatus) -> Summary? {
        m.parts.isEmpty ? measured(place, m, status) : composed(place, m, status)
    }

    private func measured(_ place: Int, _ m: ThemePlan.Measure, _ status: WindowStatus) -> Summary? {
        let inputs = plan.inputs.count
        let def = window
        let expected = layout.streets[place].reduce(0) {
            $0 + plan.expected(street: $1, input: m.numerator, sizeMs: def.sizeMs)
        }
        let a = cells[place * inputs + m.numerator]
        guard expected > 0 || a != nil else { return nil }
        let below = m.denominator.map { cells[place * inputs + $0] } ?? nil
        let reported = reporting[place * inputs + m.numerator]
        let v = MeasureValues(
            m.def, numerator: a, denominator: below, sizeMs: def.sizeMs, reporting: reported,
            weighted: weighted(place, m.numerator, a), weightedBelow: m.denominator.flatMap { weighted(place, $0, below) })
        let lowered = quality.lowered(place, m.numerator)
        let count = a?.count ?? 0
        let checked = plan.checks[plan.inputs[m.numerator].kind] != nil
        return Summary(
            place: layout.codes[place], level: layout.places[place].level, theme: plan.def.name, measure: m.def.name,
            window: def.name, start: EventTime(ms: start), end: EventTime(ms: start + def.sizeMs), status: status,
            revision: 0, unit: m.def.unit, value: v.display, values: v.values, severity: v.severity,
            count: count, expected: expected, reporting: reported,
            coverage: expected > 0 ? min(100, 100 * Double(reported) / Double(expected)) : nil, late: a?.late ?? 0,
            quality: checked && count > 0
                ? Double(Int128(count) * 1000 - lowered.count) / Double(Int128(count) * 1000) : nil,
            flagged: checked ? Int(lowered.flagged) : nil, findings: findings(place, m, a),
            digest: status == .provisional ? "" : digest(place, m, a, below, expected, reported))
    }

    /// Count and sum of the readings times their weights, in thousandths.
    private func weighted(_ place: Int, _ input: Int, _ a: Aggregate?) -> MeasureValues.Weighted? {
        guard let a, a.count > 0 else { return nil }
        let l = quality.lowered(place, input)
        return .init(count: Int128(a.count) * 1000 - l.count, sum: a.sum * 1000 - l.sum)
    }

    private func findings(_ place: Int, _ m: ThemePlan.Measure, _ a: Aggregate?) -> SensorFindings? {
        guard plan.places.streets.contains(place) else { return nil }
        return quality.findings(
            plan, street: place - plan.places.streets.lowerBound, input: m.numerator,
            sizeMs: window.sizeMs, reported: a?.sensors ?? SensorSet())
    }

    /// SHA-256 over the window's canonical bytes: what it is, and the integers of its partials.
    private func digest(
        _ place: Int, _ m: ThemePlan.Measure, _ a: Aggregate?, _ below: Aggregate?, _ expected: Int, _ reported: Int
    ) -> String {
        var b: [UInt8] = []
        for text in [plan.def.name, m.def.name, window.name] {
            b += text.utf8
            b.append(0)
        }
        b.appendInteger(Int64(plan.def.version))
        b.appendInteger(start)
        b.appendInteger(layout.places[place].code)
        b.appendInteger(Int64(expected))
        b.appendInteger(Int64(reported))
        (a ?? Aggregate()).append(to: &b)
        if m.denominator != nil { (below ?? Aggregate()).append(to: &b) }
        appendQuality(place, m, to: &b)
        return hexDigest(b)
    }

    /// What weighs readings down, where anything does.
    private func appendQuality(_ place: Int, _ m: ThemePlan.Measure, to b: inout [UInt8]) {
        for input in [m.numerator, m.denominator].compactMap({ $0 }) {
            let l = quality.lowered(place, input)
            if l != .init() {
                b.appendInteger(l.count)
                b.appendInteger(l.sum)
                b.appendInteger(l.flagged)
            }
        }
        guard plan.places.streets.contains(place) else { return }
        let s = place - plan.places.streets.lowerBound
        for (slot, c) in plan.compared[s].enumerated() where c.input == m.numerator {
            streetCells[s * plan.inputs.count + plan.slotBase + slot]?.append(to: &b)
        }
    }
}
