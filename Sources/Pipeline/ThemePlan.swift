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
    /// Intervals (s) of the sensors expected at `street * inputs + input`, in ordinal order.
    let intervals: [[Int]]

    /// Where a registry row's readings go in this theme.
    struct Route: Sendable {
        var input: Int32
        var ordinal: Int32
        /// For `travelTime` (numerator), `freeFlowTime` and `area`: the constant, in millionths.
        var constant: Double
        var transform: ThemeInput.Transform
        var needs: AggregateNeeds
    }
    /// Registry row (index into `Catalogue.sensors`) -> its routes.
    let routes: [Int32: [Route]]
    /// What flows into session windows, and from which registry rows.
    public let streams: [SessionStream]
    let sessionRoutes: [Int32: [SessionStream.Route]]

    public init(_ def: ThemeDef, _ catalogue: Catalogue) {
        self.def = def
        places = catalogue.places
        (streams, sessionRoutes) = Self.sessions(def, catalogue)
        windows = def.windows.map { WindowAssigner(name: $0.name, sizeMs: $0.sizeMs, everyMs: $0.everyMs) }
        var inputs: [ThemeInput] = []
        func input(_ name: String, needs: AggregateNeeds) -> Int {
            if let i = inputs.firstIndex(where: { $0.name == name }) {
                inputs[i].needs.formUnion(needs)
                return i
            }
            let new =
                switch name {
                case "travel_time": ThemeInput(name: name, kind: "speed", transform: .travelTime, needs: needs)
                case "free_flow_time": ThemeInput(name: name, kind: "speed", transform: .freeFlowTime, needs: needs)
                default:
                    if name.hasPrefix("area:") {
                        ThemeInput(name: name, kind: String(name.dropFirst(5)), transform: .area, needs: needs)
                    } else {
                        ThemeInput(name: name, kind: name, transform: .value, needs: needs)
                    }
                }
            inputs.append(new)
            return inputs.count - 1
        }
        measures = def.measures.filter { !$0.windows.isEmpty }.map { m in
            var needs: AggregateNeeds = []
            if m.aggregates.contains(where: { MeasureDef.quantile($0) != nil }) { needs.insert(.quantiles) }
            if m.aggregates.contains("distinct") { needs.insert(.distinct) }
            let (top, below): (Int, Int?) =
                switch m.source {
                case .kind(let k): (input(k, needs: needs), nil)
                case .ratio(let n, let d): (input(n, needs: needs), input(d, needs: []))
                case .density(let k): (input(k, needs: needs), input("area:" + k, needs: []))
                }
            return Measure(
                def: m, numerator: top, denominator: below,
                windows: m.windows.compactMap { name in def.windows.firstIndex { $0.name == name } })
        }
        self.inputs = inputs
        var intervals = [[Int]](repeating: [], count: catalogue.places.streets.count * inputs.count)
        var routes: [Int32: [Route]] = [:]
        let kinds = Set(inputs.map(\.kind))
        let contracts = catalogue.contracts.filter { def.topics.contains($0.name) }
        let promised = Set(contracts.flatMap { $0.kinds.map(\.name) })
        for s in catalogue.sensors.indices.sorted(by: { catalogue.sensors[$0].id < catalogue.sensors[$1].id }) {
            let sensor = catalogue.sensors[s]
            guard kinds.contains(sensor.kind), promised.contains(sensor.kind),
                let place = catalogue.places.index(of: sensor.street), catalogue.places.streets.contains(place)
            else { continue }
            let street = place - catalogue.places.streets.lowerBound
            for (i, input) in inputs.enumerated() where input.kind == sensor.kind {
                guard let constant = Self.constant(input.transform, sensor) else { continue }
                let at = street * inputs.count + i
                routes[Int32(s), default: []].append(
                    Route(
                        input: Int32(i), ordinal: Int32(intervals[at].count), constant: constant,
                        transform: input.transform, needs: input.needs))
                intervals[at].append(sensor.intervalSeconds)
            }
        }
        self.intervals = intervals
        self.routes = routes
    }

    /// Nil where the registry lacks what the transform needs: the sensor does not count for that input then.
    private static func constant(_ t: ThemeInput.Transform, _ s: Sensor) -> Double? {
        switch t {
        case .value: return 0
        // micro-seconds at v micro-km/h: length [m] * 3.6 * 1e6 * 1e6 / v.
        case .travelTime: return s.freeFlowKmh != nil ? s.lengthM.map { $0 * 3.6e12 } : nil
        case .freeFlowTime:
            guard let l = s.lengthM, let v = s.freeFlowKmh, v > 0 else { return nil }
            return (l * 3.6 / v * 1e6).rounded()
        case .area: return s.areaM2.map { ($0 * 1e6).rounded() }
        }
    }

    /// Sensors expected to report at a street and input at least once in a window of `sizeMs`.
    func expected(street: Int, input: Int, sizeMs: Int64) -> Int {
        intervals[street * inputs.count + input].count { Int64($0) * 1000 <= sizeMs }
    }

    /// An empty table for one partition of a topic with `latenessMs`.
    func table(latenessMs: Int64) -> PaneTable {
        PaneTable(
            paneMs: def.paneMs, windows: windows, latenessMs: latenessMs, streets: places.streets.count,
            inputs: inputs.count)
    }
}
