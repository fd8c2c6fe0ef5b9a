import CityModel

/// How a street is at one second: traffic, rain and whatever happens there.
struct StreetState {
    var second: Int64 = .min
    /// Traffic density, vehicles per km and lane, and speed as a share of free flow.
    var density = 0.0
    var ratio = 1.0
    /// Rain, mm/h.
    var rain = 0.0
    /// Shares 0...1 of what happens, and the device that alone sees it (0: all of the street's).
    var crash = 0.0
    /// The same, of crashes in this street alone and not beside it.
    var ownCrash = 0.0
    var crashKmh = 10.0
    var flood = 0.0
    var wrongWay = 0.0
    var gas = 0.0
    var crowd = 0.0
    var fire = 0.0
    var gasDevice: UInt64 = 0
    var crowdDevice: UInt64 = 0
    var fireDevice: UInt64 = 0
    var wrongWayDevice: UInt64 = 0
    /// An incident that contracts name: its share, its name's hash, and whether another street has it.
    var configured = 0.0
    var configuredName: UInt64 = 0
    var configuredNear = false
    var stopped = 0.0
    var stoppedDevice: UInt64 = 0
    var pedestrian = 0.0
    var pedestrianDevice: UInt64 = 0
    /// Seeds of what only cameras with a scene show.
    var wrongWaySeed: UInt64 = 0
    var stoppedSeed: UInt64 = 0
    var pedestrianSeed: UInt64 = 0
    var crashSeed: UInt64 = 0

    /// Density at which flow is greatest, vehicles per km and lane (Drake's speed-density curve).
    static let criticalDensity = 38.0
}

/// The state of all streets as a pure function of time: a district shares its congestion and its showers.
struct CityState {
    /// What an incident does to one street.
    private struct Effect {
        enum Role { case place, near, sameDistrict }
        var kind: Incident.Kind
        var role: Role
        var startMs: Int64
        var endMs: Int64
        var device: UInt64
        var seed: UInt64
    }
    private struct Street {
        var seed: UInt64
        var district: UInt64
        var load: Double
        var effects: [Effect] = []
        var configured: [(incident: ConfiguredIncident, name: UInt64, near: Bool)] = []
    }
    private let startMs: Int64
    private var streets: [Street]
    private var cache: [StreetState]

    init(
        _ places: PlaceTree, seed: UInt64, start: EventTime, incidents: [Incident],
        configured: [ConfiguredIncident] = []
    ) {
        startMs = start.ms
        streets = places.streets.map { i in
            let code = places.places[i].code
            let district = UInt64(bitPattern: Int64(places.parentIndex[i]))
            let own = Mixing.mix(seed, code)
            return Street(
                seed: own, district: Mixing.mix(seed, district), load: 0.75 + 0.35 * Mixing.unit(Mixing.mix(own, 1)))
        }
        cache = Array(repeating: StreetState(), count: streets.count)
        for i in incidents {
            for (other, role) in Self.reach(of: i, places) {
                streets[other - places.streets.lowerBound].effects.append(
                    Effect(
                        kind: i.kind, role: role, startMs: start.ms + i.startMs,
                        endMs: start.ms + i.startMs + i.durationMs, device: i.device.map(Mixing.hash) ?? 0,
                        seed: Mixing.mix(seed, Mixing.hash(i.label))))
            }
        }
        add(configured, places)
    }

    /// Adds what contracts name to its street and the others of the district.
    private mutating func add(_ all: [ConfiguredIncident], _ places: PlaceTree) {
        for i in all {
            guard let place = places.index(of: i.street), places.streets.contains(place) else { continue }
            for other in places.children[Int(places.parentIndex[place])] {
                streets[other - places.streets.lowerBound].configured.append((i, Mixing.hash(i.name), other != place))
            }
        }
    }

    /// The streets (places) that an incident is felt in: its own first in role.
    private static func reach(of i: Incident, _ places: PlaceTree) -> [(place: Int, role: Effect.Role)] {
        guard let place = places.index(of: i.street), places.streets.contains(place) else { return [] }
        let district = places.children[Int(places.parentIndex[place])]
        let near = nearest(to: place, among: district, places)
        return district.compactMap { other in
            let role: Effect.Role = other == place ? .place : near.contains(other) ? .near : .sameDistrict
            // Beyond its street a crash slows the neighbours, and rain falls on the whole district.
            guard role == .place || i.kind == .flood || (i.kind == .crash && role == .near) else { return nil }
            return (other, role)
        }
    }

    /// Codes of the streets where an incident can disturb traffic beside its own.
    static func disturbed(by i: Incident, _ places: PlaceTree) -> [UInt64] {
        reach(of: i, places).filter { $0.role != .place }.map { places.places[$0.place].code }
    }

    var count: Int { streets.count }

    /// The state in the second of `ms`; remembered until another second is asked for.
    @inline(__always) mutating func state(_ street: Int, _ ms: Int64) -> StreetState {
        let second = ms / 1000
        if cache[street].second != second { cache[street] = compute(streets[street], second) }
        return cache[street]
    }

    private func compute(_ s: Street, _ second: Int64) -> StreetState {
        let ms = second * 1000
        var o = StreetState(second: second)
        let district = 0.85 + 0.3 * Mixing.noise(s.district, ms, everyMs: 1_200_000)
        let wobble = 0.94 + 0.12 * Mixing.noise(s.seed, ms, everyMs: 180_000)
        o.density = min(100, 2 + 40 * DayRhythm.traffic(ms) * district * s.load * wobble)
        // A shower now and then; a district without one is dry.
        o.rain = max(0, Mixing.noise(s.district &+ 1, ms, everyMs: 3_600_000) - 0.75) * 40
        for e in s.effects { apply(e, ms, &o) }
        for c in s.configured {
            let share = Self.share(c.incident, ms - startMs)
            if share > o.configured { (o.configured, o.configuredName, o.configuredNear) = (share, c.name, c.near) }
        }
        let x = o.density / StreetState.criticalDensity
        o.ratio = curve(x) * (1 - 0.15 * min(1, o.rain / 40))
        return o
    }

    /// 0 before and after it, 1 at its height. `ms` is from the start of the simulation.
    private static func share(_ i: ConfiguredIncident, _ ms: Int64) -> Double {
        guard ms >= i.startMs else { return 0 }
        let up = min(1, Double(ms - i.startMs) / Double(max(1, i.riseMs)))
        let since = ms - i.startMs - i.durationMs
        return since <= 0 ? up : up * max(0, 1 - Double(since) / Double(max(1, i.fadeMs)))
    }

    /// exp(-x²/2).
    private func curve(_ x: Double) -> Double { PortableMath.exp(-0.5 * x * x) }

    private func apply(_ e: Effect, _ ms: Int64, _ o: inout StreetState) {
        guard ms >= e.startMs else { return }
        let up = min(1, Double(ms - e.startMs) / Double(e.kind.riseMs))
        let down = ms <= e.endMs ? 1 : max(0, 1 - Double(ms - e.endMs) / Double(e.kind.fadeMs))
        guard down > 0 else { return }
        let linear = up * down
        switch e.kind {
        case .crash:
            o.crash = max(o.crash, linear * (e.role == .place ? 1 : 0.4))
            if e.role == .place {
                o.ownCrash = max(o.ownCrash, linear)
                o.crashSeed = e.seed
            }
            o.crashKmh = 5 + 9 * Mixing.unit(e.seed)
        case .flood:
            // The rain is there before the water.
            let wet = min(1, Double(ms - e.startMs) / 20_000) * (ms <= e.endMs ? 1 : max(0, 2 * down - 1))
            o.rain += 60 * wet
            if e.role == .place { o.flood = max(o.flood, up * (2 - up) * down) }
        case .gasLeak:
            o.gas = max(o.gas, (PortableMath.exp(3 * up) - 1) / (PortableMath.exp(3) - 1) * down * down)
            o.gasDevice = e.device
        case .crowd:
            o.crowd = max(o.crowd, linear)
            o.crowdDevice = e.device
        case .fire:
            // Fires grow with the square of time.
            o.fire = max(o.fire, up * up * down)
            o.fireDevice = e.device
        case .wrongWay:
            o.wrongWay = max(o.wrongWay, linear)
            o.wrongWayDevice = e.device
            o.wrongWaySeed = e.seed
        case .stoppedVehicle:
            o.stopped = max(o.stopped, linear)
            o.stoppedDevice = e.device
            o.stoppedSeed = e.seed
        case .pedestrian:
            o.pedestrian = max(o.pedestrian, linear)
            o.pedestrianDevice = e.device
            o.pedestrianSeed = e.seed
        }
    }

    /// The two streets of the district nearest by their centres, or by code where centres are unknown.
    private static func nearest(to place: Int, among all: [Int], _ places: PlaceTree) -> Set<Int> {
        let p = places.places[place]
        func distance(_ i: Int) -> Double {
            let q = places.places[i]
            guard let a = p.lon, let b = p.lat, let c = q.lon, let d = q.lat else {
                return Double((i - place).magnitude)
            }
            // A degree of longitude is 0.92 of one of latitude at 23° north.
            return (a - c) * (a - c) * 0.85 + (b - d) * (b - d)
        }
        let others = all.filter { $0 != place }.map { (distance($0), $0) }.sorted { $0 < $1 }
        return Set(others.prefix(2).map(\.1))
    }
}
