import CityModel
import Contracts
import Windowing

/// What flows into a theme's panes: a reading kind, or something derived from it and the registry.
public struct ThemeInput: Sendable, Hashable {
    /// `speed`, `travel_time`, `area:persons` ...; the name that the store keeps.
    public var name: String
    /// The reading kind that feeds it.
    public var kind: String
    /// A second one that does, of those who leave.
    public var otherKind: String?
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

        /// The free-flow speed in use, km/h.
        case freeFlow
        /// The state of the road, 1 to 5, by its class.
        case speedClass
        /// How fast the sensor's value changes.
        case rate
        /// The sensor's alarm level, 0 to 4; its identities are the sensors in alarm.
        case alarm
        /// The same where another sensor of the street is in alarm too, else 0.
        case confirmed
        /// Those who come, less those who go.
        case net
        /// What the change of a crowd's density is over: area times time, m2 h.
        case areaHours

        /// Whether it needs the speed that the counting device measured.
        var needsSpeed: Bool {
            switch self {
            case .vehicleKm, .vehicleKmRatio, .congestedVehicleKm: true
            default: false
            }
        }
    }

    /// Inputs that are derived: kind and transform by name.
    private static let derived: [String: (kind: String, transform: Transform)] = [
        "free_flow": ("speed", .freeFlow), "speed_class": ("speed", .speedClass),
        "people_net": ("people_in", .net), "area_hours": ("people_in", .areaHours),
        "travel_time": ("speed", .travelTime), "free_flow_time": ("speed", .freeFlowTime),
        "time_ratio": ("speed", .timeRatio), "vehicle_km": ("vehicles", .vehicleKm),
        "vehicle_km_ratio": ("vehicles", .vehicleKmRatio),
    ]

    /// A kind of a contract, or a derived one.
    init(_ name: String, needs: AggregateNeeds, _ kinds: [KindRule]) {
        let (kind, transform) = Self.derived[name] ?? Self.ownDerived(name, kinds) ?? (name, .value)
        self.init(name: name, kind: kind, transform: transform, needs: needs)
        if transform == .net || transform == .areaHours { otherKind = "people_out" }
    }

    private static func ownDerived(_ name: String, _ kinds: [KindRule]) -> (kind: String, transform: Transform)? {
        guard let k = kinds.first(where: { $0.ownDerived.contains(name) }) else { return nil }
        let transforms: [String: Transform] = ["rate": .rate, "alarm": .alarm, "confirmed": .confirmed]
        return transforms[String(name.dropFirst(k.name.count + 1))].map { (k.name, $0) }
    }

    func isFed(by kind: String) -> Bool { kind == self.kind || kind == otherKind }

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
