import CityModel
import Contracts
import HubAPI
import Store
import Windowing

/// Which sensors are fresh and which are stale: the registry beside what was heard of it.
struct SensorList {
    /// A sensor that was silent for more than so many of its intervals is stale.
    static let staleAfterIntervals: Int64 = 3

    let catalogue: Catalogue
    /// Topic -> the time that silence is counted to.
    let asOf: [String: EventTime]
    private let topicOfKind: [String: String]

    /// - Parameters:
    ///   - health: nil before the hub's first report: nothing is known then but what was stored.
    ///   - stuck: the hub has not reported for long; the wall clock counts then.
    ///   - now: wall clock, ms.
    init(_ catalogue: Catalogue, health: Health?, stuck: Bool, now: Int64) {
        self.catalogue = catalogue
        var asOf: [String: EventTime] = [:]
        for c in catalogue.contracts {
            let partitions = health?.partitions.filter { $0.topic == c.topic } ?? []
            guard let newest = partitions.compactMap(\.watermark).max() else { continue }
            // An idle topic's watermark stands still: its sensors' silence goes on.
            let live = !stuck && partitions.contains { !$0.idle && $0.watermark != nil }
            asOf[c.topic] = live ? newest : max(newest, EventTime(ms: now))
        }
        self.asOf = asOf
        topicOfKind = Dictionary(
            catalogue.contracts.flatMap { c in c.kinds.map { ($0.name, c.topic) } }, uniquingKeysWith: { a, _ in a })
    }

    private func state(_ s: Sensor, _ seen: Int64?) -> (SensorsResponse.State, silentMs: Int64?) {
        guard let seen, seen > .min else { return (.never, nil) }
        guard let reference = topicOfKind[s.kind].flatMap({ asOf[$0] }) else { return (.unknown, nil) }
        let silent = max(0, reference.ms - seen)
        return (silent > Int64(s.intervalSeconds) * 1000 * Self.staleAfterIntervals ? .stale : .fresh, silent)
    }

    /// - Parameters:
    ///   - streets: codes; nil: all.
    ///   - states: nil: all.
    func answer(
        _ lastSeen: [HubStore.SensorKey: Int64], _ freeFlow: [HubStore.SensorKey: FreeFlowTrack] = [:],
        streets: Set<UInt64>?, owner: String?, kind: String?,
        states: Set<SensorsResponse.State>?, limit: Int
    ) -> SensorsResponse {
        var owners: [String: SensorsResponse.Count] = [:]
        var places: [String: SensorsResponse.Count] = [:]
        var items: [SensorsResponse.Item] = []
        for s in catalogue.sensors
        where streets?.contains(s.street) ?? true && owner ?? s.owner == s.owner && kind ?? s.kind == s.kind {
            let seen = lastSeen[.init(sensor: s.id, kind: s.kind)]
            let (state, silentMs) = state(s, seen)
            let street = String(s.street)
            owners[s.owner, default: .init(name: s.owner)].add(state)
            places[street, default: .init(name: street)].add(state)
            guard states?.contains(state) ?? true else { continue }
            var item = SensorsResponse.Item(
                sensor: s.id, kind: s.kind, device: s.device, street: street, owner: s.owner,
                intervalSeconds: s.intervalSeconds, state: state,
                lastSeen: seen.flatMap { $0 > .min ? EventTime(ms: $0) : nil },
                silentSeconds: silentMs.map { $0 / 1000 })
            item.freeFlow = freeFlow[.init(sensor: s.id, kind: s.kind)].map { Self.freeFlow($0, s) }
            items.append(item)
        }
        items.sort { ($0.street, $0.sensor, $0.kind) < ($1.street, $1.sensor, $1.kind) }
        return SensorsResponse(
            asOf: asOf, owners: owners.values.sorted { $0.name < $1.name },
            streets: places.values.sorted { $0.name < $1.name }, sensors: Array(items.prefix(limit)),
            truncated: items.count > limit)
    }

    private static func freeFlow(_ t: FreeFlowTrack, _ s: Sensor) -> SensorsResponse.FreeFlow {
        func kmh(_ v: Int64) -> Double? { v > 0 ? Double(v) / 1e6 : nil }
        return .init(
            inUse: kmh(t.inUse), learned: t.readings > 0 ? kmh(t.estimate) : nil, readings: t.readings,
            registry: s.freeFlowKmh, since: t.since > .min ? EventTime(ms: t.since) : nil)
    }
}
