import CityModel
import Contracts

/// What the registry adds to readings that become travel times, vehicle-kilometres or areas. Values end as whole
/// millionths: see `PartitionProcessor+History`.
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
        let learns = learnsFreeFlow(catalogue)
        return Dictionary(
            catalogue.sensors.filter { $0.kind == "speed" && (learns || $0.freeFlowKmh != nil) && $0.lengthM != nil }
                .map { (Device($0), $0) }, uniquingKeysWith: { a, _ in a })
    }

    /// Whether free-flow speeds are learned, so that a section needs none in the registry.
    static func learnsFreeFlow(_ catalogue: Catalogue) -> Bool {
        catalogue.contracts.contains { c in c.kinds.contains { $0.name == "speed" && $0.freeFlow != nil } }
    }

    /// How many counters of people each street has, rows of both directions alike.
    static func counters(_ catalogue: Catalogue) -> [UInt64: Int] {
        Dictionary(
            catalogue.sensors.filter { ["people_in", "people_out"].contains($0.kind) && $0.areaM2 != nil }
                .map { ($0.street, 1) }, uniquingKeysWith: +)
    }

    /// A route's constants; nil where the registry lacks what the transform needs: the sensor does not count for that
    /// input then.
    /// - Parameters:
    ///   - s: the sensor; for what is counted by vehicle-kilometres its device's row of speed.
    ///   - learned: free-flow speeds are learned.
    ///   - counters: of the sensor's street.
    static func constants(
        _ input: ThemeInput, _ s: Sensor, learned: Bool, counters: Int
    ) -> (constant: Double, speed: Double)? {
        let length: Double
        switch input.transform {
        case .value, .rate, .alarm, .confirmed: return (0, 0)
        case .area: return s.areaM2.map { (($0 * 1e6).rounded(), 0) }
        case .net: return (s.kind == input.kind ? 1 : -1, 0)
        case .areaHours:
            guard let area = s.areaM2, counters > 0 else { return nil }
            let longestMs = HistoryPlan.holds * Int64(s.intervalSeconds) * 1000
            return (area * 1e6 / 3.6e6 / Double(counters), Double(longestMs))
        // Of those that a theme has bounds for: see `speedBounds`.
        case .speedClass: return s.roadClass == nil ? nil : (0, 0)
        default:
            guard let l = s.lengthM, learned || s.freeFlowKmh ?? 0 > 0 else { return nil }
            length = l
        }
        return switch input.transform {
        // micro-seconds at v micro-km/h: length [m] * 3.6 * 1e6 * 1e6 / v.
        case .travelTime, .freeFlowTime: (length * 3.6e12, 0)
        case .vehicleKm, .vehicleKmRatio, .congestedVehicleKm: (length / 1000, 0)
        default: (0, 0)
        }
    }
}
