import CityModel
import Foundation

/// Something that happens in the simulated city: where, when, and what it is called.
public struct Incident: Sendable, Hashable, Codable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        case crash
        case wrongWay = "wrong-way"
        case flood
        case gasLeak = "gas-leak"
        case crowd
        case fire
        /// A vehicle that stands, and a person on the carriageway, before a camera with a scene.
        case stoppedVehicle = "stopped-vehicle"
        case pedestrian

        /// Kinds that only a camera with a scene shows.
        var needsScene: Bool { self == .stoppedVehicle || self == .pedestrian }

        /// The reading kind on which it is best seen.
        public var measure: String {
            switch self {
            case .crash: "speed"
            case .wrongWay, .stoppedVehicle, .pedestrian: "vehicles_seen"
            case .flood: "water_level"
            case .gasLeak: "gas"
            case .crowd: "persons"
            case .fire: "smoke"
            }
        }
        /// How long it takes to grow, and to fade after its end, ms.
        var riseMs: Int64 {
            switch self {
            case .flood: 180_000
            case .fire: 150_000
            case .gasLeak: 90_000
            case .crowd: 45_000
            case .crash, .wrongWay, .stoppedVehicle, .pedestrian: 6_000
            }
        }
        var fadeMs: Int64 {
            switch self {
            case .flood: 600_000
            case .fire: 300_000
            case .gasLeak, .crowd: 120_000
            case .crash, .wrongWay, .stoppedVehicle, .pedestrian: 60_000
            }
        }
    }

    public var kind: Kind
    public var label: String
    /// Code of the street.
    public var street: UInt64
    /// The one device that sees it; nil: all of the street's.
    public var device: String?
    /// From the start of the simulation, ms.
    public var startMs: Int64
    public var durationMs: Int64

    public init(kind: Kind, label: String, street: UInt64, device: String? = nil, startMs: Int64, durationMs: Int64) {
        self.kind = kind
        self.label = label
        self.street = street
        self.device = device
        self.startMs = startMs
        self.durationMs = durationMs
    }

    /// Codes of the streets beside its own that it is felt in: the neighbours of a crash, the district of a flood.
    public func disturbed(_ places: PlaceTree) -> [UInt64] { CityState.disturbed(by: self, places) }

    /// What is true about the incidents of a run that starts at `start`: one JSON object a line, to judge the hub by.
    public static func labels(_ incidents: [Incident], start: EventTime) -> [UInt8] {
        struct Line: Encodable {
            var label: String, kind: Kind, street: String, device: String?, measure: String
            var start: EventTime, end: EventTime
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var out: [UInt8] = []
        for i in incidents {
            let line = Line(
                label: i.label, kind: i.kind, street: String(i.street), device: i.device, measure: i.kind.measure,
                start: start + i.startMs, end: start + i.startMs + i.durationMs)
            // Encoding plain strings cannot fail; were it to, the line is left out rather than the run ended.
            guard let data = try? encoder.encode(line) else { continue }
            out += data + [10]
        }
        return out
    }
}
