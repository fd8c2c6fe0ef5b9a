import CityModel
import Contracts
import HubAPI
import Hummingbird
import Pipeline
import Store

extension HubServer {
    /// What `state` may ask for.
    enum IncidentFilter: String, CaseIterable {
        case open, cleared, tentative
        /// Open or cleared.
        case raised
        case all

        func takes(_ s: IncidentsResponse.State) -> Bool {
            switch self {
            case .all: true
            case .raised: s != .tentative
            case .open: s == .open
            case .cleared: s == .cleared
            case .tentative: s == .tentative
            }
        }
    }

    /// Incidents that were seen in the last minutes of event time, and all that are open.
    func incidents(_ q: Query) async throws -> Response {
        try q.allow(["theme", "place", "state", "minutes", "limit"])
        let themes = try theme(q).map { [$0] } ?? catalogue.themes
        let streets = try place(q).map { Set(codes(of: $0, .street)) }
        let filter = try q.choice("state", IncidentFilter.self) ?? .raised
        let minutes = try q.integer("minutes", 60, in: 1...10_080)
        let limit = try q.integer("limit", 1000, in: 1...10_000)
        let health = feed.health
        return try await offLoop {
            let seen = try store.incidents(from: .min, to: .max)
            let asOf = asOf(health, themes) ?? seen.map { max($0.episode.last, $0.episode.told) }.max()
            var items: [IncidentsResponse.Item] = []
            for t in themes {
                guard let rules = t.incidents, let asOf else { continue }
                items += StreetIncidents.find(
                    seen.filter { streets?.contains($0.street) ?? true }, rules, asOf: asOf
                ).compactMap { item($0, t.name) }
                .filter { i in
                    filter.takes(i.state) && asOf - (i.cleared?.ms ?? asOf) <= Int64(minutes) * 60_000
                }
            }
            items.sort { ($1.since.ms, $0.street, $0.theme) < ($0.since.ms, $1.street, $1.theme) }
            return try json(
                IncidentsResponse(
                    asOf: asOf.map { EventTime(ms: $0) }, incidents: Array(items.prefix(limit)),
                    truncated: items.count > limit))
        }
    }

    /// The newest watermark of the themes' topics.
    private func asOf(_ health: Health?, _ themes: [ThemeDef]) -> Int64? {
        let topics = Set(themes.flatMap { $0.topics.compactMap { catalogue.contract($0)?.topic } })
        return health?.partitions.filter { topics.contains($0.topic) }.compactMap { $0.watermark?.ms }.max()
    }

    private func item(_ i: StreetIncident, _ theme: String) -> IncidentsResponse.Item? {
        guard let place = catalogue.places.place(i.street) else { return nil }
        return .init(
            theme: theme, street: place.codeText, name: place.name, nameEn: place.nameEn,
            state: i.cleared != nil ? (i.raised == nil ? .tentative : .cleared) : i.raised == nil ? .tentative : .open,
            since: EventTime(ms: i.since), raised: i.raised.map { EventTime(ms: $0) },
            cleared: i.cleared.map { EventTime(ms: $0) }, certainty: Double(i.certainty) / 1000,
            evidence: i.evidence.map { evidence($0) })
    }

    private func evidence(_ s: SeenIncident) -> IncidentsResponse.Evidence {
        let (e, m) = (s.episode, s.episode.measured)
        let values: [(String, Int64?)] = [
            ("occupancy", m.occupancy), ("speed", m.speed), ("vehicles", m.vehicles),
            ("upstream_occupancy", m.upstream), ("usual", m.usual), ("queue", m.queue),
        ]
        return .init(
            device: s.device, source: s.source.name, finding: e.finding.isEmpty ? nil : e.finding,
            since: EventTime(ms: e.since), told: EventTime(ms: e.told), last: EventTime(ms: e.last),
            ended: e.ended.map { EventTime(ms: $0) },
            measured: Dictionary(
                uniqueKeysWithValues: values.compactMap { name, v in v.map { (name, Double($0) / 1e6) } }))
    }
}
