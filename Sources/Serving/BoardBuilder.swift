import CityModel
import Contracts
import HubAPI

/// Makes a board of a place and its children out of stored summaries. Pure.
struct BoardBuilder {
    let theme: ThemeDef
    let places: PlaceTree
    /// The theme's clock; nil before the first event.
    let clock: EventTime?
    /// Every partition of the theme is silent, or the hub hears nothing: nothing on the board is fresh then.
    let silent: Bool
    let trend: Int

    /// How far the clock may stay behind the newest window for the board to look for complete ones, window steps.
    private static let longestLag: Int64 = 240

    /// The start from which `board` needs the summaries of a window: `trend` steps before the newest complete one.
    func from(newest: EventTime, _ w: WindowDef) -> EventTime {
        let lag = clock.map { (newest.ms + w.sizeMs - $0.ms) / w.everyMs + 1 } ?? 0
        return newest - (Int64(trend) + 2 + min(max(lag, 0), Self.longestLag)) * w.everyMs
    }

    /// - Parameters:
    ///   - summaries: of the place and its children, each window's since `from`.
    ///   - below: what `below` gives, by the children's codes.
    ///   - outlook: the theme's forecasts and scores; those of the place and its children are on their rows.
    func board(
        _ place: Place, _ summaries: [Summary], below: [UInt64: Board.Below] = [:], outlook: [OutlookRow] = []
    ) -> Board {
        let expected = Dictionary(grouping: outlook, by: \.place)
        let series = Self.series(summaries)
        let index = places.index(of: place.code)
        let children = index.map { places.children[$0].map { places.places[$0] } } ?? []
        return Board(
            theme: theme.name, title: theme.title, clock: clock,
            // A board is a table of windows that all places share; sessions are each street's own and stand elsewhere.
            measures: theme.measures.filter { !$0.windows.isEmpty }
                .map { m in
                    let names = (m.levels?.names ?? [:]).map { ($0.key.rawValue, $0.value) }
                    let grades = (m.levels?.grades ?? []).map { Board.MeasureInfo.Grade(from: $0.from, name: $0.name) }
                    return .init(
                        name: m.name, title: m.title, unit: m.unit,
                        levels: names.isEmpty ? nil : Dictionary(uniqueKeysWithValues: names),
                        grades: grades.isEmpty ? nil : grades)
                },
            place: row(place, series, nil, expected[place.codeText]),
            children: children.map { row($0, series, below[$0.code], expected[$0.codeText]) })
    }

    /// The rows of all streets that have any, by index. `summaries`: each window's since `from`.
    func streets(_ summaries: [Summary]) -> [(street: Int, row: Board.Row)] {
        let series = Self.series(summaries)
        return places.streets.map { (street: $0, row: row(places.places[$0], series, nil)) }.filter { !$0.row.cells.isEmpty }
    }

    /// The worst streets of each district, by its code. `summaries`: of all streets, each window's since `from`.
    func below(_ summaries: [Summary]) -> [UInt64: Board.Below] {
        let series = Self.series(summaries)
        var out: [UInt64: Board.Below] = [:]
        for i in places.streets {
            let street = places.places[i]
            let severity = row(street, series, nil).severity
            guard severity > .normal, let district = street.parent else { continue }
            if let old = out[district], old.severity >= severity {
                if old.severity == severity { out[district]?.count += 1 }
            } else {
                out[district] = Board.Below(
                    severity: severity, count: 1, place: street.codeText, name: street.name, nameEn: street.nameEn)
            }
        }
        return out
    }

    private static func series(_ summaries: [Summary]) -> [String: [Summary]] {
        var series: [String: [Summary]] = [:]
        for s in summaries { series["\(s.place)/\(s.measure)/\(s.window)", default: []].append(s) }
        return series
    }

    private func row(
        _ p: Place, _ series: [String: [Summary]], _ below: Board.Below?, _ outlook: [OutlookRow]? = nil
    ) -> Board.Row {
        let cells = theme.measures.flatMap { m in
            theme.windows.filter { m.windows.contains($0.name) }.compactMap { w in
                cell(m, w, series["\(p.codeText)/\(m.name)/\(w.name)"] ?? [])
            }
        }
        let known = cells.map(\.severity).filter { $0 != .unknown }
        return Board.Row(
            place: p.codeText, name: p.name, nameEn: p.nameEn, level: p.level, severity: known.max() ?? .unknown,
            cells: cells, below: below, outlook: outlook)
    }

    /// Detectors of stations speak once an interval, at its end: before, few of them have, and coverage would look lost.
    private func isVerdict(_ m: MeasureDef) -> Bool {
        if case .kind(let kind) = m.source { return StationRules.derivedKinds.contains(kind) }
        return m.source.parts.contains { name in theme.measures.first { $0.name == name }.map(isVerdict) ?? false }
    }

    private func cell(_ m: MeasureDef, _ w: WindowDef, _ series: [Summary]) -> Board.Cell? {
        let ordered = series.sorted { $0.start < $1.start }
        // A window that is still filling says little yet: growing values wait for its end, others for a reading.
        let grows = theme.grows(m) || isVerdict(m)
        func ready(_ s: Summary) -> Bool { s.status != .provisional || (!grows && s.count > 0) }
        let complete = ordered.last(where: ready)
        guard let newest = complete ?? ordered.last else { return nil }
        var byStart: [Int64: Double] = [:]
        for s in ordered where s.value != nil { byStart[s.start.ms] = s.value }
        let values = (0..<trend).reversed().map { byStart[newest.start.ms - Int64($0) * w.everyMs] }
        let old = silent || (clock.map { newest.end.ms + 2 * w.everyMs < $0.ms } ?? false)
        let severity = old || complete == nil ? .unknown : newest.severity
        return Board.Cell(
            measure: m.name, window: w.name, unit: m.unit, value: newest.value, values: newest.values,
            severity: severity, status: newest.status, end: newest.end,
            count: newest.count,
            expected: newest.expected, reporting: newest.reporting, late: newest.late,
            quality: newest.quality, flagged: newest.flagged, findings: newest.findings,
            certainty: newest.certainty, evidence: newest.evidence, advice: severity > .normal ? advice(m, severity) : nil,
            trend: values)
    }

    private func advice(_ m: MeasureDef, _ severity: Severity) -> Board.Advice? {
        theme.runbooks.first { $0.measure == m.name }.flatMap { book in
            book.level(at: severity).map {
                .init(department: book.department, steps: Array($0.steps.prefix(Board.Advice.listed)))
            }
        }
    }
}
