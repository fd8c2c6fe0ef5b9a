import Analytics
import CityModel
import Contracts

/// Who finds incidents; the raw value is part of the store's keys.
public enum IncidentSource: Int, Sendable, CaseIterable {
    case california, deviate, smoothing, video

    /// The derived kind that its verdicts are readings of.
    public var kind: String { output.rawValue }
    public var name: String {
        switch self {
        case .california: "california"
        case .deviate: "deviate"
        case .smoothing: "smoothing"
        case .video: "video"
        }
    }
    public init?(name: String) {
        guard let s = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = s
    }
}

/// The stations of one topic: which registry rows feed them, which lies upstream of which, and what judges them.
struct StationPlan: Sendable {
    struct Station: Sendable {
        /// The device's id, and its row of occupancy among the contract's rows.
        var id: String
        var row: Int32
        /// Its street among the streets.
        var street: Int32
        /// Index of the next station upstream; -1: none.
        var upstream: Int32
    }
    /// What a row adds to its station.
    enum Quantity: Int32, CaseIterable {
        case occupancy, speed, vehicles
        var kind: String { ["occupancy", "speed", "vehicles"][Int(rawValue)] }
    }

    let rules: StationRules
    let stations: [Station]
    /// By row: station * 4 + quantity; -1: none of either.
    let codes: ContiguousArray<Int32>
    let california: CaliforniaDetector.Parameters?
    let deviate: NormalDeviateDetector.Parameters?
    let smoothing: SmoothingDetector.Parameters?
    /// The topic's `out_of_orderness`, ms.
    let outOfOrdernessMs: Int64
    private let byID: [String: Int]

    /// - Parameter rows: of the contract, in the order of its source table: id, kind and street (among the streets).
    init(
        _ rules: StationRules, outOfOrdernessMs: Int64, _ rows: [(sensor: Sensor, street: Int32)]
    ) {
        self.rules = rules
        self.outOfOrdernessMs = outOfOrdernessMs
        var stations: [Station] = []
        var byID: [String: Int] = [:]
        for (row, r) in rows.enumerated() where r.sensor.kind == Quantity.occupancy.kind {
            byID[r.sensor.id] = stations.count
            stations.append(Station(id: r.sensor.id, row: Int32(row), street: r.street, upstream: -1))
        }
        for r in rows where r.sensor.kind == Quantity.occupancy.kind {
            guard let up = r.sensor.upstream.flatMap({ byID[$0] }), let at = byID[r.sensor.id] else { continue }
            stations[at].upstream = Int32(up)
        }
        codes = ContiguousArray(
            rows.map { r in
                guard let at = byID[r.sensor.id], let q = Quantity.allCases.first(where: { $0.kind == r.sensor.kind })
                else { return -1 }
                return Int32(at) * 4 + q.rawValue
            })
        self.stations = stations
        self.byID = byID
        california = rules.california.map {
            .init(
                difference: $0.difference, relative: $0.relative, downstream: $0.downstream,
                persistence: $0.persistence, source: $0.source)
        }
        deviate = rules.deviate.map {
            .init(
                history: $0.history, critical: $0.critical, leastDeviation: $0.leastDeviation,
                direction: $0.of.direction, persistence: $0.persistence, longest: $0.longest, source: $0.source)
        }
        smoothing = rules.smoothing.map {
            .init(
                alpha: $0.alpha, errorAlpha: $0.errorAlpha, critical: $0.critical, leastError: $0.leastError,
                direction: $0.of.direction, persistence: $0.persistence, warmUp: $0.warmUp, longest: $0.longest,
                source: $0.source)
        }
    }

    func station(_ id: String) -> Int? { byID[id] }

    /// The interval that holds a time; floors, also before the epoch.
    func interval(of time: Int64) -> Int64 {
        let (q, r) = time.quotientAndRemainder(dividingBy: rules.intervalMs)
        return r < 0 ? q - 1 : q
    }
}
