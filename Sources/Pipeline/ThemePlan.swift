import CityModel
import Contracts
import Windowing

/// What flows into a theme's panes: a reading kind, or something derived from it and the registry.
public struct ThemeInput: Sendable, Hashable {
    /// `speed`, `travel_time`, `area:persons` ...; the name that the store keeps.
    public var name: String
    /// The reading kind that feeds it.
    public var kind: String
    public var transform: Transform
    public var needs: AggregateNeeds
    /// What its panes hold.
    public var role = Role.readings

    /// Readings that a check has flagged are counted a second time, under the flag; a sensor that is compared with
    /// others is counted a second time by itself.
    public enum Role: Sendable, Hashable {
        case readings
        case flagged(SensorFlag)
        case slot
    }

    /// How a reading becomes the input's value.
    public enum Transform: Sendable, Hashable {
        /// The value itself.
        case value
        /// Seconds to pass the sensor's road section at the measured speed (registry length / speed).
        case travelTime
        /// Seconds to pass it at the registry's free-flow speed.
        case freeFlowTime
        /// The area that the camera observes, m2: once a frame.
        case area
        /// Travel time over free-flow time, of one reading.
        case timeRatio
        /// Vehicles counted times the length of their road section, veh km.
        case vehicleKm
        /// The same times `timeRatio` of the device's speed: a mean weighted by vehicle-kilometres is one over the other.
        case vehicleKmRatio
        /// The same where `timeRatio` is at least this, else 0.
        case congestedVehicleKm(from: Double)

        /// Whether it needs the speed that the counting device measured.
        var needsSpeed: Bool {
            switch self {
            case .value, .travelTime, .freeFlowTime, .area, .timeRatio: false
            case .vehicleKm, .vehicleKmRatio, .congestedVehicleKm: true
            }
        }
    }

    /// Inputs that are derived: kind and transform by name.
    private static let derived: [String: (kind: String, transform: Transform)] = [
        "travel_time": ("speed", .travelTime), "free_flow_time": ("speed", .freeFlowTime),
        "time_ratio": ("speed", .timeRatio), "vehicle_km": ("vehicles", .vehicleKm),
        "vehicle_km_ratio": ("vehicles", .vehicleKmRatio),
    ]

    /// A kind of a contract, or a derived one.
    init(_ name: String, needs: AggregateNeeds) {
        let (kind, transform) = Self.derived[name] ?? (name, .value)
        self.init(name: name, kind: kind, transform: transform, needs: needs)
    }

    init(name: String, kind: String, transform: Transform, needs: AggregateNeeds, role: Role = .readings) {
        self.name = name
        self.kind = kind
        self.transform = transform
        self.needs = needs
        self.role = role
    }

    /// Names of two inputs never meet: kinds have neither `:` nor `>`.
    static func area(of kind: String) -> ThemeInput {
        ThemeInput(name: "area:\(kind)", kind: kind, transform: .area, needs: [])
    }
    static func congested(from ratio: Double) -> ThemeInput {
        ThemeInput(
            name: "vehicle_km>=\(ratio)", kind: "vehicles", transform: .congestedVehicleKm(from: ratio), needs: [])
    }
}

/// A theme resolved against the registry: its inputs, which sensors feed each, and how measures read them.
public struct ThemePlan: Sendable {
    public struct Measure: Sendable {
        public var def: MeasureDef
        public var numerator: Int
        public var denominator: Int?
        /// Indices into `windows`.
        public var windows: [Int]
    }
    /// Slower than this counts as this: a standing vehicle would otherwise take for ever. km/h.
    public static let slowestKmh = 1.0

    public let def: ThemeDef
    public let windows: [WindowAssigner]
    public let inputs: [ThemeInput]
    public let measures: [Measure]
    /// Street offset of the place index: tables hold streets only.
    public let places: PlaceTree
    /// Sensors at `street * inputs + input`, in ordinal order.
    let sensors: [[ExpectedSensor]]
    /// Sensors compared with others, by street; slot `k`'s readings are in input `slotBase + k`.
    let compared: [[ComparedSensor]]
    let slotBase: Int

    struct ExpectedSensor: Sendable {
        var id: String
        var intervalSeconds: Int
    }
    struct ComparedSensor: Sendable {
        var id: String
        var kind: String
        var group: String
        var rule: AgreementRule
        /// Its ordinal at `input`, the kind's plain readings.
        var ordinal: Int
        var input: Int
        /// The name of its cells in the store.
        var cell: String { "@\(id)/\(kind)" }
    }

    /// Where a registry row's readings go in this theme.
    struct Route: Sendable {
        var input: Int32
        var ordinal: Int32
        /// For `travelTime` and `timeRatio` the numerator, for `freeFlowTime` and `area` the value, in millionths; for
        /// what is counted by vehicle-kilometres the section's length, km.
        var constant: Double
        /// Of `vehicleKmRatio` the free-flow speed, of `congestedVehicleKm` the largest speed that is congested, km/h
        /// in millionths.
        var speed: Double
        var transform: ThemeInput.Transform
        var needs: AggregateNeeds
        /// Input that counts what is flagged as stuck (jumps: the one behind it), and the sensor's own; -1: none.
        var flags: Int32
        var slot: Int32 = -1
        var slotNeeds: AggregateNeeds = []
    }
    /// Registry row (index into `Catalogue.sensors`) -> its routes.
    let routes: [Int32: [Route]]
    /// Registry row of a station or camera -> where the verdicts on it go.
    let verdictRoutes: [Int32: [VerdictRoute]]
    /// Of each plain input: where its flagged readings are; -1 for none.
    let flagInputs: [Int32]
    /// By kind.
    let checks: [String: KindChecks]
    /// The Kafka topics that it reads: partials of others are not its own.
    let topics: [String]
    /// What flows into session windows, and from which registry rows.
    public let streams: [SessionStream]
    let sessionRoutes: [Int32: [SessionStream.Route]]

    public init(_ def: ThemeDef, _ catalogue: Catalogue) {
        self.def = def
        places = catalogue.places
        topics = catalogue.contracts.filter { def.topics.contains($0.name) }.map(\.topic)
        (streams, sessionRoutes) = Self.sessions(def, catalogue)
        windows = def.windows.map { WindowAssigner(name: $0.name, sizeMs: $0.sizeMs, everyMs: $0.everyMs) }
        var inputs: [ThemeInput] = []
        func index(of new: ThemeInput) -> Int {
            if let i = inputs.firstIndex(where: { $0.name == new.name }) {
                inputs[i].needs.formUnion(new.needs)
                return i
            }
            inputs.append(new)
            return inputs.count - 1
        }
        func input(_ name: String, needs: AggregateNeeds) -> Int { index(of: ThemeInput(name, needs: needs)) }
        measures = def.measures.filter { !$0.windows.isEmpty }.map { m in
            var needs: AggregateNeeds = []
            if m.aggregates.contains(where: { MeasureDef.quantile($0) != nil }) { needs.insert(.quantiles) }
            if m.aggregates.contains("distinct") { needs.insert(.distinct) }
            let (top, below): (Int, Int?) =
                switch m.source {
                case .kind(let k): (input(k, needs: needs), nil)
                case .ratio(let n, let d): (input(n, needs: needs), input(d, needs: []))
                case .density(let k): (input(k, needs: needs), index(of: .area(of: k)))
                case .congested(let from): (index(of: .congested(from: from)), input("vehicle_km", needs: []))
                }
            return Measure(
                def: m, numerator: top, denominator: below,
                windows: m.windows.compactMap { name in def.windows.firstIndex { $0.name == name } })
        }
        let checks = Dictionary(
            catalogue.contracts.flatMap(\.kinds).compactMap { k in k.checks.map { (k.name, $0) } },
            uniquingKeysWith: { a, _ in a })
        let plain = inputs.count
        var flags = [Int32](repeating: -1, count: plain)
        for i in 0..<plain where checks[inputs[i].kind].map({ $0.stuckAfterMs ?? 0 > 0 || $0.maxChangePerMinute != nil }) == true {
            flags[i] = Int32(inputs.count)
            for flag in [SensorFlag.stuck, .jump] {
                inputs.append(
                    ThemeInput(
                        name: "\(inputs[i].name)!\(flag.rawValue)", kind: inputs[i].kind, transform: inputs[i].transform,
                        needs: [], role: .flagged(flag)))
            }
        }
        flagInputs = flags
        slotBase = inputs.count
        let compared = ComparedSensor.find(inputs: inputs[..<plain], checks, catalogue, def)
        for _ in 0..<(compared.map(\.count).max() ?? 0) {
            inputs.append(ThemeInput(name: "", kind: "", transform: .value, needs: [], role: .slot))
        }
        self.compared = compared
        self.checks = checks
        self.inputs = inputs
        var expected = [[ExpectedSensor]](repeating: [], count: catalogue.places.streets.count * inputs.count)
        var routes: [Int32: [Route]] = [:]
        let sections = Self.sections(def, catalogue)
        for s in Self.rows(of: def, kinds: Set(inputs.map(\.kind)), catalogue) {
            let sensor = catalogue.sensors[s]
            guard let street = catalogue.streetIndex(of: sensor) else { continue }
            for (i, input) in inputs[..<plain].enumerated() where input.kind == sensor.kind {
                let road = input.transform.needsSpeed ? sections[Device(sensor)] : sensor
                guard let road, let (constant, speed) = Self.constants(input.transform, road) else { continue }
                let at = street * inputs.count + i
                var route = Route(
                    input: Int32(i), ordinal: Int32(expected[at].count), constant: constant, speed: speed,
                    transform: input.transform, needs: input.needs, flags: flags[i])
                if let slot = compared[street].firstIndex(where: { $0.id == sensor.id && $0.input == i }) {
                    route.slot = Int32(slotBase + slot)
                    route.slotNeeds = compared[street][slot].rule.compare == .distinct ? .distinct : []
                }
                routes[Int32(s), default: []].append(route)
                expected[at].append(ExpectedSensor(id: sensor.id, intervalSeconds: sensor.intervalSeconds))
            }
        }
        var verdictRoutes: [Int32: [VerdictRoute]] = [:]
        for (i, input) in inputs[..<plain].enumerated() {
            guard let output = DetectorOutput(rawValue: input.kind) else { continue }
            for (s, seconds) in Self.judged(output, def, catalogue) {
                guard let street = catalogue.streetIndex(of: catalogue.sensors[s]) else { continue }
                let at = street * inputs.count + i
                verdictRoutes[Int32(s), default: []].append(
                    .init(output: output, input: Int32(i), ordinal: Int32(expected[at].count), needs: input.needs))
                expected[at].append(ExpectedSensor(id: catalogue.sensors[s].id, intervalSeconds: seconds))
            }
        }
        sensors = expected
        self.routes = routes
        self.verdictRoutes = verdictRoutes
    }

    /// Registry rows that the theme reads, in the order of their ids.
    static func rows(of def: ThemeDef, kinds: Set<String>, _ catalogue: Catalogue) -> [Int] {
        let contracts = catalogue.contracts.filter { def.topics.contains($0.name) }
        let promised = Set(contracts.flatMap { $0.kinds.map(\.name) }).intersection(kinds)
        return catalogue.sensors.indices.filter { promised.contains(catalogue.sensors[$0].kind) }
            .sorted { catalogue.sensors[$0].id < catalogue.sensors[$1].id }
    }


    /// Sensors expected to report at a street and input at least once in a window of `sizeMs`.
    func expected(street: Int, input: Int, sizeMs: Int64) -> Int {
        sensors[street * inputs.count + input].count { Int64($0.intervalSeconds) * 1000 <= sizeMs }
    }

    /// The name under which a cell is stored: it outlives changes of the registry's order.
    public func cellName(street: Int, input: Int) -> String {
        guard inputs[input].role == .slot else { return inputs[input].name }
        let slot = input - slotBase
        return compared[street].indices.contains(slot) ? compared[street][slot].cell : ""
    }

    /// The input whose cell of a street is stored under a name; nil where the configuration no longer has it.
    func input(cell name: String, street: Int) -> Int? {
        guard name.hasPrefix("@") else { return name.isEmpty ? nil : inputs.firstIndex { $0.name == name } }
        guard compared.indices.contains(street) else { return nil }
        return compared[street].firstIndex { $0.cell == name }.map { slotBase + $0 }
    }

    /// A stored partial's place in a table; nil where the configuration no longer knows its street, input or window.
    public func cell(place: UInt64, scope: String, start: Int64, input: String) -> PaneCell? {
        guard let p = places.index(of: place), places.streets.contains(p),
            let i = self.input(cell: input, street: p - places.streets.lowerBound)
        else { return nil }
        var w = -1
        if !scope.isEmpty {
            guard let known = windows.firstIndex(where: { $0.name == scope }) else { return nil }
            w = known
        }
        return PaneCell(
            scope: Int32(w + 1), start: start, street: Int32(p - places.streets.lowerBound), input: Int32(i))
    }

    /// An empty table for one partition of a topic with `latenessMs`.
    public func table(latenessMs: Int64) -> PaneTable {
        PaneTable(
            paneMs: def.paneMs, windows: windows, latenessMs: latenessMs, streets: places.streets.count,
            inputs: inputs.count)
    }
}
