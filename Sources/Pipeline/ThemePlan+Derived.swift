import CityModel
import Contracts

/// How readings become travel times, ratios and vehicle-kilometres. Everything ends as whole millionths.
extension ThemePlan {
    /// Beyond this no derived value goes: what `Micro.limit` is for measured ones.
    static let most = Micro.limit * 1e6

    /// What a count is multiplied by comes from the same device's row of speed.
    struct Device: Hashable {
        var id: String
        var street: UInt64
        init(_ s: Sensor) {
            id = s.id
            street = s.street
        }
    }

    /// Rows of speed with road data, of contracts by which vehicles are counted too: a count is joined to a speed of its
    /// own partition.
    static func sections(_ def: ThemeDef, _ catalogue: Catalogue) -> [Device: Sensor] {
        let both = catalogue.contracts.contains { c in
            def.topics.contains(c.name) && ["speed", "vehicles"].allSatisfy { k in c.kinds.contains { $0.name == k } }
        }
        guard both else { return [:] }
        return Dictionary(
            catalogue.sensors.filter { $0.kind == "speed" && $0.freeFlowKmh != nil && $0.lengthM != nil }
                .map { (Device($0), $0) }, uniquingKeysWith: { a, _ in a })
    }

    /// A route's constants; nil where the registry lacks what the transform needs: the sensor does not count for that
    /// input then.
    /// - Parameter s: the sensor; for what is counted by vehicle-kilometres its device's row of speed.
    static func constants(_ t: ThemeInput.Transform, _ s: Sensor) -> (constant: Double, speed: Double)? {
        if t == .value { return (0, 0) }
        if t == .area { return s.areaM2.map { (($0 * 1e6).rounded(), 0) } }
        guard let length = s.lengthM, let free = s.freeFlowKmh, free > 0 else { return nil }
        switch t {
        case .value, .area: return nil
        // micro-seconds at v micro-km/h: length [m] * 3.6 * 1e6 * 1e6 / v.
        case .travelTime: return (length * 3.6e12, 0)
        case .freeFlowTime: return ((length * 3.6 / free * 1e6).rounded(), 0)
        case .timeRatio: return (free * 1e12, 0)
        case .vehicleKm: return (length / 1000, 0)
        case .vehicleKmRatio: return (length / 1000, free * 1e6)
        case .congestedVehicleKm(let from): return (length / 1000, (free / from * 1e6).rounded())
        }
    }
}

extension ThemePlan.Route {
    /// A reading as the input's value, in millionths.
    /// - Parameter speed: the newest speed of a counting device, km/h in millionths; nil where none is fresh.
    /// - Returns: nil where a speed is needed and there is none.
    @inline(__always)
    func value(_ value: Int64, speed own: Int64?) -> Int64? {
        let slowest = Int64(ThemePlan.slowestKmh * 1e6)
        switch transform {
        case .value: return value
        case .travelTime, .timeRatio: return Int64((constant / Double(max(value, slowest))).rounded())
        case .freeFlowTime, .area: return Int64(constant)
        case .vehicleKm, .vehicleKmRatio, .congestedVehicleKm:
            guard let own else { return nil }
            let travel = Double(value) * constant
            let x: Double =
                switch transform {
                case .vehicleKmRatio: travel * (speed / Double(max(own, slowest)))
                case .congestedVehicleKm: Double(own) <= speed ? travel : 0
                default: travel
                }
            return Int64(max(-ThemePlan.most, min(ThemePlan.most, x.rounded())))
        }
    }
}
