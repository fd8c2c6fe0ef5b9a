import CityModel
import Contracts
import Windowing

/// A theme resolved against the registry: its inputs, which sensors feed each, and how measures read them.
public struct ThemePlan: Sendable {
    public struct Measure: Sendable {
        public var def: MeasureDef
        /// Input; -1 where the measure is made of others.
        public var numerator: Int
        public var denominator: Int?
        /// Indices into `windows`.
        public var windows: [Int]
        /// The measures that it is made of, indices into `measures`, in the order of their names.
        public var parts: [Int] = []
        /// Its own index in `measures`.
        public var index = 0
        /// Others are made of its rows: each is made once.
        public var isShared = false
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
        /// For `travelTime` and `freeFlowTime` the numerator, for `area` the value, in millionths; for what is counted
        /// by vehicle-kilometres the section's length, km; for `net` the sign, for `areaHours` millionths a ms, for
        /// `speedClass` an index of `ContractPlan.speedBounds`.
        var constant: Double
        /// Of `areaHours` the longest time that a reading speaks for, ms.
        var speed: Double
        /// The value itself, as most are.
        var isPlain: Bool
        /// Of `alarm`: names the sensor among those in alarm; else 0.
        var identity: UInt64 = 0
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
    /// Bounds of the states of road classes, falling, km/h in millionths; a route's `constant` is an index into it.
    let speedBounds: [SIMD4<Int64>]
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
        let kinds = catalogue.contracts.flatMap(\.kinds)
        func input(_ name: String, needs: AggregateNeeds) -> Int { index(of: ThemeInput(name, needs: needs, kinds)) }
        let shown = def.measures.filter { !$0.windows.isEmpty }
        var measures = shown.map { m in
            let windows = m.windows.compactMap { name in def.windows.firstIndex { $0.name == name } }
            if m.source.isComposed {
                let parts = m.source.parts.compactMap { name in shown.firstIndex { $0.name == name } }
                return Measure(def: m, numerator: -1, windows: windows, parts: parts)
            }
            var needs: AggregateNeeds = []
            if m.aggregates.contains(where: { MeasureDef.quantile($0) != nil }) { needs.insert(.quantiles) }
            if m.aggregates.contains("distinct") { needs.insert(.distinct) }
            let (top, below): (Int, Int?) =
                switch m.source {
                case .worst, .timeTo, .fuse: (-1, nil)
                case .kind(let k): (input(k, needs: needs), nil)
                case .ratio(let n, let d): (input(n, needs: needs), input(d, needs: []))
                case .density(let k): (input(k, needs: needs), index(of: .area(of: k)))
                case .congested(let from): (index(of: .congested(from: from)), input("vehicle_km", needs: []))
                }
            return Measure(
                def: m, numerator: top, denominator: below, windows: windows)
        }
        for i in measures.indices {
            measures[i].index = i
            if measures[i].def.source.isOfStreets { measures[i].isShared = true }
            for p in measures[i].parts { measures[p].isShared = true }
        }
        self.measures = measures
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
        let (learned, counters) = (Self.learnsFreeFlow(catalogue), Self.counters(catalogue))
        let classes = (def.speedClasses?.bounds ?? [:]).sorted { $0.key < $1.key }
        speedBounds = classes.map { c in SIMD4(c.value.map { Micro($0)?.raw ?? 0 }) }
        for s in Self.rows(of: def, kinds: Set(inputs.flatMap { [$0.kind, $0.otherKind ?? $0.kind] }), catalogue) {
            let sensor = catalogue.sensors[s]
            guard let street = catalogue.streetIndex(of: sensor) else { continue }
            for (i, input) in inputs[..<plain].enumerated() where input.isFed(by: sensor.kind) {
                let road = input.transform.needsSpeed ? sections[Device(sensor)] : sensor
                guard let road,
                    let known = Self.constants(input, road, learned: learned, counters: counters[sensor.street] ?? 0)
                else { continue }
                var constant = known.constant
                if input.transform == .speedClass {
                    guard let c = classes.firstIndex(where: { $0.key == sensor.roadClass }) else { continue }
                    constant = Double(c)
                }
                let at = street * inputs.count + i
                var route = Route(
                    input: Int32(i), ordinal: Int32(expected[at].count), constant: constant, speed: known.speed,
                    isPlain: input.transform == .value, transform: input.transform, needs: input.needs, flags: flags[i])
                if input.transform == .alarm { route.identity = Self.identity(sensor.id) }
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

    /// A sensor as one of those in alarm: FNV-1a of its id, never 0.
    static func identity(_ id: String) -> UInt64 {
        var h: UInt64 = 0xcbf2_9ce4_8422_2325
        for b in id.utf8 { h = (h ^ UInt64(b)) &* 0x100_0000_01b3 }
        return h | 1
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
