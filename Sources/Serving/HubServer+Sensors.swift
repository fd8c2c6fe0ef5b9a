import CityModel
import Contracts
import HubAPI
import Hummingbird
import Store

extension HubServer {
    /// What `state` may ask for.
    enum SensorState: String, CaseIterable {
        case fresh, stale, never, unknown
        /// Stale or never heard.
        case silent

        var states: Set<SensorsResponse.State> {
            switch self {
            case .fresh: [.fresh]
            case .stale: [.stale]
            case .never: [.never]
            case .unknown: [.unknown]
            case .silent: [.stale, .never]
            }
        }
    }

    func sensors(_ q: Query) async throws -> Response {
        try q.allow(["place", "owner", "kind", "state", "limit"])
        let streets = try place(q).map { Set(codes(of: $0, .street)) }
        let kind = try known(q, "kind", catalogue.contracts.flatMap { $0.kinds.map(\.name) })
        let owner = try known(q, "owner", catalogue.sensors.map(\.owner))
        let states = try q.choice("state", SensorState.self)?.states
        let limit = try q.integer("limit", 10_000, in: 0...1_000_000)
        let list = sensorList()
        return try await offLoop {
            try json(
                list.answer(
                    try store.lastSeen(), try store.freeFlow(), streets: streets, owner: owner, kind: kind,
                    states: states, limit: limit))
        }
    }

    func sensorList() -> SensorList {
        let now = now()
        let health = feed.health
        return SensorList(
            catalogue, health: health, stuck: health.map { now - $0.at.ms > Self.stuckAfterMs } ?? true, now: now)
    }
}
