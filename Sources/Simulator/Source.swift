import CityModel
import Contracts

/// What a source measures, with the unit that the model computes in and the decimals that it is written with.
enum Signal: UInt8, Sendable {
    case speed, vehicles, occupancy, waterLevel, rainfall, smoke, gas, temperature, peopleIn, peopleOut, configured, other
    case camera

    static let byKind: [String: (signal: Signal, unit: String, decimals: Int)] = [
        "speed": (.speed, "km/h", 1), "vehicles": (.vehicles, "veh", 0), "occupancy": (.occupancy, "%", 1),
        "water_level": (.waterLevel, "m", 3), "rainfall": (.rainfall, "mm", 2), "smoke": (.smoke, "%/m", 2),
        "gas": (.gas, "%LEL", 1), "temperature": (.temperature, "°C", 1), "people_in": (.peopleIn, "persons", 0),
        "people_out": (.peopleOut, "persons", 0),
    ]
}

/// One stream of records: a registry row of Kapok JSON, or a camera with all its rows. Plain data, no references.
struct Source: Sendable {
    var signal: Signal
    /// Full DeepStream schema (cameras only).
    var full = false
    var countsPersons = false
    var countsVehicles = false
    var seesWater = false
    /// Dense index of the street among the streets, and its code.
    var street: Int32
    var streetCode: UInt64
    var contract: Int32
    /// Seed of this row's values, and of its device's times.
    var seed: UInt64
    var device: UInt64
    var intervalUs: Int64
    /// First reading, and the constant part of the way to the broker, from the start, us.
    var phaseUs: Int64 = 0
    var latencyUs: Int64 = 0
    var jitterUs: Int64 = 1
    /// Dead from here on, and the error of the clock.
    var deadUs: Int64 = .max
    var skewMs: Int64 = 0
    /// Model value * scale + offset is the sent value in steps of its last decimal; the bounds are in such steps.
    var scale = 1.0
    var offset = 0.0
    var decimals: Int32 = 0
    var low: Int64 = 0
    var high: Int64 = 0
    var freeFlow = 50.0
    var area = 150.0
    /// Of counters of people: the camera that sees the place they lead to, by its seed and device.
    var placeSeed: UInt64 = 0
    var placeDevice: UInt64 = 0
    var lane: Int32 = 0
    /// The last station of its street: crashes are between it and the one upstream.
    var isBelow = false
    /// Index of its camera's scene in `Sources.scenes`; -1: none.
    var scene: Int32 = -1
    /// Seed of the group that measures the same thing; 0: none. See `CitySimulator+Groups`.
    var group: UInt64 = 0
    /// Share of the group's vehicles that it notices.
    var share = 1.0
    /// Frozen from this reading on: it repeats its value.
    var stuckFrom = Int64.max
    /// How far its spikes go, in steps; 0: it has none.
    var spike = 0.0
    /// Its zero is so far off, model units.
    var shift = 0.0
    /// What the contract's checks can find of it: stuck after so long, ms, and a change faster than this a minute.
    var stuckAfterMs = Int64.max
    var maxChange = Double.infinity
    /// Where the constant parts of its payload lie in `Sources.bytes`: before the value, and between value and time.
    var head = 0..<0
    var middle = 0..<0
    var maxBytes: Int32
    /// Set where `signal` is `configured`.
    var model: ConfiguredSignal?
    /// Ordinal of the next reading.
    var next: Int64 = 0
}

/// All sources of a registry, with the constant bytes of their payloads.
struct Sources: Sendable {
    var all: [Source] = []
    var devices: [String] = []
    var bytes: [UInt8] = []
    /// Per contract: class names for persons and vehicles in the minimal and in the full schema.
    var classes: [Classes] = []
    var scenes: [SceneModel] = []

    struct Classes: Sendable {
        var person: [UInt8]
        var vehicle: [UInt8]
        var fullVehicle: [UInt8]
        var water: [UInt8]
    }

    init(_ catalogue: Catalogue, _ config: SimulatorConfig) {
        classes = catalogue.contracts.map { c in
            func name(_ kind: String, capital: Bool, _ fallback: String) -> [UInt8] {
                let names = c.objectClasses.filter { $0.value == kind }.keys.sorted()
                // The usual name if it counts; else any that does.
                if names.contains(fallback) { return Self.escaped(fallback) }
                return Self.escaped(names.first { $0.first?.isUppercase == capital } ?? names.first ?? fallback)
            }
            return Classes(
                person: name("persons", capital: true, "Person"),
                vehicle: name("vehicles_seen", capital: true, "Vehicle"),
                fullVehicle: name("vehicles_seen", capital: false, "vehicle"),
                water: name("water_seen", capital: true, "Water"))
        }
        var ruleOf: [String: (contract: Int, rule: KindRule)] = [:]
        for (i, c) in catalogue.contracts.enumerated() { for k in c.kinds { ruleOf[k.name] = (i, k) } }
        let full = Self.fullSchemaCameras(catalogue, every: config.fullSchemaEvery)
        var cameras: [String: Int] = [:]
        // The registry gives a loop's free-flow speed in one of its rows; its counts depend on it too.
        var freeFlow: [String: Double] = [:]
        for row in catalogue.sensors { if let v = row.freeFlowKmh { freeFlow[row.id] = v } }
        scenes = catalogue.scenes.map { SceneModel($0) }
        let sceneOf = Dictionary(
            catalogue.scenes.enumerated().map { ($1.camera, Int32($0)) }, uniquingKeysWith: { a, _ in a })
        let groups = GroupSeeds(catalogue, seed: config.seed)
        let squares = CrowdPlaces(catalogue, seed: config.seed)
        let above = Set(catalogue.sensors.compactMap(\.upstream))
        let below = Set(catalogue.sensors.filter { $0.upstream != nil }.map(\.id)).subtracting(above)
        let limit = min(config.maxSources ?? .max, 1 << 20)
        for row in catalogue.sensors {
            guard let (ci, rule) = ruleOf[row.kind], let place = catalogue.places.index(of: row.street),
                catalogue.places.streets.contains(place)
            else { continue }
            let contract = catalogue.contracts[ci]
            let isCamera = contract.format == .deepstream
            if isCamera, config.onlyReadings { continue }
            if isCamera, let at = cameras[row.id] {
                add(row, groups, to: &all[at])
                continue
            }
            guard all.count < limit else { continue }
            var s = Source(
                signal: isCamera ? .camera : Signal.byKind[row.kind]?.signal ?? .other,
                street: Int32(place - catalogue.places.streets.lowerBound), streetCode: row.street, contract: Int32(ci),
                seed: Mixing.mix(config.seed, Mixing.hash(row.id + "\u{0}" + row.kind)),
                device: Mixing.hash(row.id),
                intervalUs: Int64(max(1, min(row.intervalSeconds, 10_000_000))) * 1_000_000,
                maxBytes: Int32(min(contract.maxBytes, 1 << 24)))
            s.freeFlow = min(200, max(5, freeFlow[row.id] ?? 50))
            let own = Mixing.mix(config.seed, s.device)
            s.lane = row.device == "loop" ? 1 + Int32(Mixing.mix(own, 7) % 4) : 0
            s.isBelow = below.contains(row.id)
            if isCamera {
                s.full = full.contains(row.id)
                s.scene = s.full ? -1 : sceneOf[row.id] ?? -1
                cameras[row.id] = all.count
                add(row, groups, to: &s)
                cameraBytes(row, Self.centre(place, catalogue.places), &s)
            } else {
                s.group = groups.seed(row)
                squares.set(row, &s)
                s.stuckAfterMs = rule.checks?.stuckAfterMs ?? .max
                s.maxChange = rule.checks?.maxChangePerMinute ?? .infinity
                if let simulation = rule.simulation {
                    s.signal = .configured
                    s.model = ConfiguredSignal(simulation, seed: s.seed)
                }
                scale(row, rule, &s)
                readingBytes(row, &s)
            }
            all.append(s)
            devices.append(row.id)
        }
        setTimes(config)
        addTrouble(config)
    }

    /// Every so-many-th camera that counts vehicles only: the full schema's one object a message cannot count a crowd.
    static func fullSchemaCameras(_ catalogue: Catalogue, every: Int) -> Set<String> {
        guard every > 0 else { return [] }
        let crowd = Set(catalogue.sensors.filter { $0.kind == "persons" }.map(\.id))
        let plain = catalogue.sensors.filter { $0.kind == "vehicles_seen" && !crowd.contains($0.id) }.map(\.id)
        return Set(plain.enumerated().filter { $0.offset % every == every / 2 }.map(\.element))
    }

    /// A street's centre, or its district's where its own is unknown.
    private static func centre(_ place: Int, _ tree: PlaceTree) -> (lon: Double, lat: Double) {
        let (p, parent) = (tree.places[place], Int(tree.parentIndex[place]))
        let district = parent >= 0 ? tree.places[parent] : p
        return (p.lon ?? district.lon ?? 0, p.lat ?? district.lat ?? 0)
    }

    private func add(_ row: Sensor, _ groups: GroupSeeds, to s: inout Source) {
        switch row.kind {
        case "persons": s.countsPersons = true
        case "water_seen": s.seesWater = true
        default: s.countsVehicles = true
        }
        // Of the full schema a message is one object: such a camera cannot show all that pass.
        if row.kind == "vehicles_seen", !s.full, row.group != nil {
            s.group = groups.seed(row)
            s.freeFlow = groups.freeFlow(row) ?? s.freeFlow
            s.share = 0.99
        }
        if let a = row.areaM2, a > 0, row.kind == "persons" { s.area = min(a, 100_000) }
    }

    private func scale(_ row: Sensor, _ rule: KindRule, _ s: inout Source) {
        let signal =
            rule.simulation.map { (signal: Signal.configured, unit: rule.unit, decimals: $0.decimals) }
            ?? Signal.byKind[row.kind]
        // Model unit -> canonical unit -> the unit that the registry says this sensor sends.
        let toCanonical = signal.flatMap { rule.conversions[$0.unit] } ?? 1
        let toCanonicalFromSent = rule.conversions[row.unit] ?? 1
        var decimals = signal?.decimals ?? 2
        var step = toCanonicalFromSent
        // A larger unit needs more decimals for the same resolution, a smaller one fewer.
        while step >= 9.99, decimals < 6 {
            decimals += 1
            step /= 10
        }
        while step <= 0.1001, decimals > 0 {
            decimals -= 1
            step *= 10
        }
        var steps = 1.0
        for _ in 0..<decimals { steps *= 10 }
        let whole = signal == nil ? rule.range.upperBound - rule.range.lowerBound : 1
        s.decimals = Int32(decimals)
        s.scale = toCanonical * whole / toCanonicalFromSent * steps
        func bound(_ v: Double, _ rule: FloatingPointRoundingRule) -> Int64 {
            Int64(max(-9e17, min(9e17, (v / toCanonicalFromSent * steps).rounded(rule))))
        }
        s.low = bound(rule.range.lowerBound, .up)
        s.high = max(s.low, bound(rule.range.upperBound, .down))
        if signal == nil { s.offset = rule.range.lowerBound / toCanonicalFromSent * steps }
    }

    /// Sets intervals to the asked rate; a device's rows of equal interval report at the same moments.
    private mutating func setTimes(_ config: SimulatorConfig) {
        var natural = 0.0
        for s in all { natural += 1e6 / Double(s.intervalUs) }
        let stretch = config.rate.map { natural / $0 } ?? 1
        for i in all.indices {
            let us = max(1, min(1e13, (Double(all[i].intervalUs) * stretch).rounded()))
            all[i].intervalUs = Int64(us)
            let own = Mixing.mix(config.seed, all[i].device)
            // Gauges of a group are read together: rising water would tell them apart otherwise.
            let together = all[i].group != 0 && all[i].signal == .waterLevel
            let phase = together ? Mixing.mix(config.seed, all[i].group) : own
            all[i].phaseUs = Int64(Mixing.unit(Mixing.mix(phase, 9)) * us)
            let transit = UInt64(config.transitMs) * 1000
            all[i].latencyUs = Int64(Mixing.mix(own, 8) % (transit / 2 + 1))
            // Shorter than the interval, so that a source's records leave in their order.
            all[i].jitterUs = max(1, min(Int64(transit / 2), all[i].intervalUs))
        }
    }

    /// Chooses the skewed and the dead devices: by the seed, never those at an incident, which must stay visible.
    private mutating func addTrouble(_ config: SimulatorConfig) {
        let busy = Set(config.incidents.map(\.street) + config.configured.map(\.street))
        var rank: [String: UInt64] = [:]
        for (i, s) in all.enumerated() where !busy.contains(s.streetCode) {
            rank[devices[i]] = Mixing.mix(config.seed &+ 0xd1, s.device)
        }
        let ranked = rank.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
        var skew: [String: Int64] = [:]
        for (n, d) in ranked.prefix(config.dirt.skewedDevices).enumerated() {
            skew[d.key] = n % 2 == 0 ? 10_800_000 : -1_200_000
        }
        for i in all.indices {
            if let by = skew[devices[i]] {
                all[i].skewMs = by
            } else if let r = rank[devices[i]], Mixing.unit(Mixing.mix(r, 3)) < config.dirt.dead {
                all[i].deadUs = Int64(Mixing.unit(Mixing.mix(r, 4)) * Double(config.durationMs) * 500)
            }
        }
        addFaults(config, busy)
    }
}
