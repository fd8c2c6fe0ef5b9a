import CityModel
import Contracts
import Windowing
import Wire

/// All that the partitions of one input topic share: its contract, its registry rows and where their readings go.
public final class ContractPlan: Sendable {
    /// One reading's way into one theme.
    struct Route: Sendable {
        var theme: Int32
        var street: Int32
        var route: ThemePlan.Route
    }

    public let contract: TopicContract
    public let sources: SourceTable
    /// The themes that read this topic; a route's `theme` is an index into it.
    public let themes: [ThemePlan]
    /// Routes of row `r`: `routes[starts[r]..<starts[r + 1]]`.
    let routes: [Route]
    let starts: [Int32]
    /// By row. Needed to keep a row's state over restarts, when its index may have changed.
    let sensors: [RowName]
    private let rows: [RowName: Int]
    struct RowName: Hashable, Sendable {
        var id: String
        var kind: String
        var name: String { id + "/" + kind }
    }
    /// A registry row's number among the contract's.
    public func registryRow(of sensor: String, _ kind: String) -> Int? { row(of: sensor, kind) }
    func row(of sensor: String, _ kind: String) -> Int? { rows[RowName(id: sensor, kind: kind)] }
    /// By row.
    let limits: [SensorTrack.Limits]
    /// By row of `vehicles`: the same device's row of `speed` (-1: none), and how far apart in time the two may be.
    struct Partner: Sendable {
        var row: Int32
        var withinMs: Int64
    }
    let partners: [Partner]
    /// What each row remembers of its own readings.
    let history: HistoryPlan
    /// Bounds of road classes, of all themes: a route's `constant`.
    let speedBounds: [SIMD4<Int64>]
    /// A speed is that of a count at most so many of its intervals away.
    static let speedHolds: Int64 = 3
    /// The same for session windows.
    struct SessionRoute: Sendable {
        var theme: Int32
        var street: Int32
        var route: SessionStream.Route
    }
    /// Nil where the contract has no `stations`.
    let stations: StationPlan?
    /// By station: where its verdicts go.
    struct VerdictRoute: Sendable {
        var theme: Int32
        var route: ThemePlan.VerdictRoute
    }
    let verdictRoutes: [[VerdictRoute]]
    /// Nil where the contract has no `video`, or no camera a scene; by camera: where its readings go.
    let video: VideoPlan?
    let videoRoutes: [[VerdictRoute]]
    private let sessionRoutes: [[SessionRoute]]
    /// By row: whether it feeds a session window. Empty where none does.
    private let feeding: [Bool]
    @inline(__always)
    func feedsSessions(_ row: Int32) -> Bool { !feeding.isEmpty && feeding[Int(row)] }
    func sessionRoutes(_ row: Int32) -> [SessionRoute] { sessionRoutes[Int(row)] }

    public init(_ contract: TopicContract, _ catalogue: Catalogue, themes all: [ThemePlan]) {
        self.contract = contract
        let sources = SourceTable(contract, catalogue)
        self.sources = sources
        let themes = all.filter { $0.def.topics.contains(contract.name) }
        self.themes = themes
        var routes: [Route] = []
        var starts: [Int32] = [0]
        var bounds: [Int] = []
        var speedBounds: [SIMD4<Int64>] = []
        for t in themes {
            bounds.append(speedBounds.count)
            speedBounds += t.speedBounds
        }
        self.speedBounds = speedBounds
        let firstStreet = Int32(catalogue.places.streets.lowerBound)
        for row in sources.rows {
            for (t, theme) in themes.enumerated() {
                for var r in theme.routes[row.sensor] ?? [] {
                    if r.transform == .speedClass { r.constant += Double(bounds[t]) }
                    routes.append(Route(theme: Int32(t), street: row.street - firstStreet, route: r))
                }
            }
            starts.append(Int32(routes.count))
        }
        let sessionRoutes = sources.rows.map { row in
            themes.indices.flatMap { t in
                (themes[t].sessionRoutes[row.sensor] ?? []).map {
                    SessionRoute(theme: Int32(t), street: row.street - firstStreet, route: $0)
                }
            }
        }
        self.sessionRoutes = sessionRoutes
        let feeding = sessionRoutes.map { !$0.isEmpty }
        self.feeding = feeding.contains(true) ? feeding : []
        self.routes = routes
        self.starts = starts
        let sensors = sources.rows.map { row in
            let sensor = catalogue.sensors[Int(row.sensor)]
            return RowName(id: sensor.id, kind: sensor.kind)
        }
        self.sensors = sensors
        history = HistoryPlan(contract, sources.rows.map { catalogue.sensors[Int($0.sensor)] })
        let byName = Dictionary(sensors.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
        rows = byName
        partners = sensors.map { s in
            guard s.kind == "vehicles", let row = byName[RowName(id: s.id, kind: "speed")] else {
                return Partner(row: -1, withinMs: 0)
            }
            let interval = catalogue.sensors[Int(sources.rows[row].sensor)].intervalSeconds
            return Partner(row: Int32(row), withinMs: Self.speedHolds * Int64(interval) * 1000)
        }
        let stations = contract.stations.map { rules in
            StationPlan(
                rules, outOfOrdernessMs: contract.outOfOrdernessMs,
                sources.rows.map { (catalogue.sensors[Int($0.sensor)], $0.street - firstStreet) })
        }
        self.stations = stations
        verdictRoutes = (stations?.stations ?? []).map { s in
            themes.enumerated().flatMap { t, theme in
                (theme.verdictRoutes[sources.rows[Int(s.row)].sensor] ?? []).map {
                    VerdictRoute(theme: Int32(t), route: $0)
                }
            }
        }
        let video = contract.video.map { VideoPlan($0, contract, catalogue) }
        self.video = video
        videoRoutes = (video?.cameras ?? []).map { c in
            themes.enumerated().flatMap { t, theme in
                (theme.verdictRoutes[c.sensor] ?? []).map { VerdictRoute(theme: Int32(t), route: $0) }
            }
        }
        limits = sources.rows.map { row in
            guard let checks = contract.kinds[Int(row.kind)].checks else { return .none }
            return SensorTrack.Limits(
                stuckAfterMs: checks.stuckAfterMs ?? .max, rest: checks.restValue.flatMap { Micro($0)?.raw } ?? .min,
                maxChange: checks.maxChangePerMinute.map { $0 * Double(Micro.scale) / 60_000 } ?? .infinity)
        }
    }
}
