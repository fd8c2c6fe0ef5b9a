import CityModel
import Contracts
import Foundation
import HubAPI

/// Makes the list of what stands at a level out of the rows of all streets. Pure.
struct ResponseBuilder {
    let theme: ThemeDef
    let places: PlaceTree
    /// Streets in the order of the tree, with the newest windows of their measures.
    let rows: [(street: Int, row: Board.Row)]

    /// - Parameter streets: only these, indices into the tree.
    func items(_ streets: Set<Int>) -> [ResponseList.Item] {
        rows.filter { streets.contains($0.street) }.flatMap { street, row in
            theme.runbooks.compactMap { book in item(street, row, book) }
        }
    }

    static func worstFirst(_ a: ResponseList.Item, _ b: ResponseList.Item) -> Bool {
        let (ca, cb) = (a.certainty ?? .unknown, b.certainty ?? .unknown)
        if (a.severity, ca) != (b.severity, cb) { return (a.severity, ca) > (b.severity, cb) }
        return (a.theme, a.place, a.measure) < (b.theme, b.place, b.measure)
    }

    private func item(_ street: Int, _ row: Board.Row, _ book: RunbookDef) -> ResponseList.Item? {
        guard let m = theme.measures.first(where: { $0.name == book.measure }),
            let cell = worst(row, m.name), cell.severity > .normal, let level = book.level(at: cell.severity)
        else { return nil }
        let sure = cell.certainty == nil ? fused(row, of: m.name) : cell
        return ResponseList.Item(
            theme: theme.name, place: row.place, name: row.name, nameEn: row.nameEn, measure: m.name, title: m.title,
            window: cell.window, end: cell.end, status: cell.status, value: cell.value, unit: cell.unit,
            severity: cell.severity, levelName: m.levels?.names[cell.severity], certainty: sure?.certainty,
            evidence: sure?.evidence ?? cell.evidence, next: next(row, m), department: book.department,
            steps: level.steps, resources: level.resources, source: book.source, nearby: nearby(street, m.name))
    }

    /// Of a measure's windows the worst, the first of equal ones.
    private func worst(_ row: Board.Row, _ measure: String) -> Board.Cell? {
        row.cells.filter { $0.measure == measure }.reduce(nil as Board.Cell?) { w, c in w.map { $0.severity >= c.severity ? $0 : c } ?? c }
    }

    /// The surest of what is fused of a measure and others.
    private func fused(_ row: Board.Row, of measure: String) -> Board.Cell? {
        row.cells.filter { c in
            c.certainty != nil && theme.measures.contains { $0.name == c.measure && $0.source.parts.contains(measure) }
        }.reduce(nil as Board.Cell?) { w, c in w.map { ($0.certainty ?? .unknown) >= (c.certainty ?? .unknown) ? $0 : c } ?? c }
    }

    /// The soonest time to a level of the measure, or of one that it is made of.
    private func next(_ row: Board.Row, _ m: MeasureDef) -> ResponseList.Next? {
        let of = Set([m.name] + m.source.parts)
        let times = row.cells.compactMap { c -> ResponseList.Next? in
            guard let minutes = c.value, minutes > 0, c.severity != .unknown,
                case .timeTo(let t)? = theme.measures.first(where: { $0.name == c.measure })?.source, of.contains(t.of)
            else { return nil }
            return .init(measure: c.measure, minutes: minutes, level: c.evidence?.level)
        }
        return times.min { ($0.minutes, $0.measure) < ($1.minutes, $1.measure) }
    }

    private func nearby(_ street: Int, _ measure: String) -> ResponseList.Nearby {
        let here = places.places[street]
        let measured = rows.filter { $0.street != street }.map { other in
            (other.street, other.row, distance(here, places.places[other.street]))
        }
        let isKnown = measured.contains { $0.2 != nil }
        // Without centres nobody knows who is next to whom: the district is what is known.
        let near =
            isKnown
            ? measured.filter { $0.2 != nil }.sorted { ($0.2 ?? 0, $0.0) < ($1.2 ?? 0, $1.0) }
            : measured.filter { places.parentIndex[$0.0] == places.parentIndex[street] }
        func listed(_ which: (Board.Row) -> Severity?) -> [ResponseList.Street] {
            Array(
                near.compactMap { n in
                    which(n.1).map {
                        ResponseList.Street(
                            place: n.1.place, name: n.1.name, nameEn: n.1.nameEn, severity: $0,
                            km: n.2.map { ($0 * 10).rounded() / 10 })
                    }
                }.prefix(ResponseList.Nearby.listed))
        }
        return .init(
            by: isKnown ? .distance : .district,
            affected: listed { worst($0, measure).flatMap { $0.severity > .normal ? $0.severity : nil } },
            free: listed { $0.severity == .normal ? .normal : nil })
    }

    /// Kilometres between two centres, over a plane that touches the globe there; nil where one is unknown.
    private func distance(_ a: Place, _ b: Place) -> Double? {
        guard let x = a.lon, let y = a.lat, let u = b.lon, let v = b.lat else { return nil }
        let (perDegree, middle) = (111.195, (y + v) / 2 * .pi / 180)
        return hypot((u - x) * cos(middle), v - y) * perDegree
    }
}
