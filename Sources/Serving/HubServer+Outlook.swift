import CityModel
import Contracts
import HubAPI
import Hummingbird

/// What the hub expects and what it finds odd, as of its newest commit.
extension HubServer {
    /// A theme's rows, each marked where it is no longer of the present.
    func outlook(_ theme: ThemeDef) -> [OutlookRow] {
        guard let def = theme.outlook else { return [] }
        let silent = isSilent(theme)
        let clock = feed.health?.themes.first { $0.theme == theme.name }?.clock
        return feed.outlook.filter { $0.theme == theme.name }.map { row in
            // A window is complete a little after its end; the next one but one is not missing yet.
            let late = clock.map { row.asOf.ms + 2 * def.stepMs < $0.ms } ?? false
            return silent || late ? row.aged : row
        }
    }

    private func rows(_ q: Query) throws -> [OutlookRow] {
        let named = try theme(q)
        let themes = named.map { [$0] } ?? catalogue.themes
        let measure = try known(q, "measure", themes.flatMap { $0.measures.map(\.name) })
        return themes.flatMap { outlook($0) }.filter { measure == nil || $0.measure == measure }
    }

    /// Without `level`, the place itself; with it, every place of that level at or below the place.
    func forecasts(_ q: Query) async throws -> Response {
        try q.allow(["theme", "place", "level", "measure"])
        let level = try q.choice("level", PlaceLevel.self)
        let wanted = try place(q).map { Set(codes(of: $0, level).map(String.init)) }
        let found = try rows(q).filter { r in
            (level == nil || r.level == level) && (wanted?.contains(r.place) ?? true)
        }
        return try json(ForecastsResponse(forecasts: found))
    }

    /// The newest episode of each place at or below the place.
    func anomalies(_ q: Query) async throws -> Response {
        try q.allow(["theme", "place", "measure", "from", "limit"])
        let limit = try q.integer("limit", 1000, in: 1...100_000)
        let from = try q.time("from")
        let wanted = try place(q).map { p in
            Set(PlaceLevel.allCases.flatMap { codes(of: p, $0) }.map(String.init))
        }
        let found = try rows(q).filter { r in
            guard let e = r.episode else { return false }
            return (wanted?.contains(r.place) ?? true) && (from.map { e.end >= $0 } ?? true)
        }
        let ordered = found.enumerated().sorted { a, b in
            guard let x = a.element.episode, let y = b.element.episode else { return a.offset < b.offset }
            let (m, n) = (a.element.ongoing, b.element.ongoing)
            if m != n { return m }
            if x.end != y.end { return x.end > y.end }
            return x.score != y.score ? x.score > y.score : a.offset < b.offset
        }.map(\.element)
        return try json(AnomaliesResponse(anomalies: Array(ordered.prefix(limit)), truncated: ordered.count > limit))
    }
}

extension OutlookRow {
    fileprivate var ongoing: Bool { episode?.ongoing == true }
}
