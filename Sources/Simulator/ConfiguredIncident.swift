import CityModel
import Contracts
import Foundation

/// Something that happens to the kinds whose contract names it (`simulate: { incident: { name: smog } }`): what a city
/// adds by configuration gets its incidents by configuration too.
public struct ConfiguredIncident: Sendable, Hashable {
    public var name: String
    public var label: String
    /// Code of the street where it is worst.
    public var street: UInt64
    /// From the start of the simulation, ms.
    public var startMs: Int64
    public var durationMs: Int64
    /// How long it takes to grow, and to fade after its end, ms.
    public var riseMs: Int64
    public var fadeMs: Int64
    /// The kind on which it is seen best: the first that names it, in the order of contracts.
    public var measure: String

    public init(
        name: String, label: String, street: UInt64, startMs: Int64, durationMs: Int64, riseMs: Int64 = 120_000,
        fadeMs: Int64 = 600_000, measure: String
    ) {
        self.name = name
        self.label = label
        self.street = street
        self.startMs = startMs
        self.durationMs = durationMs
        self.riseMs = riseMs
        self.fadeMs = fadeMs
        self.measure = measure
    }

    /// One of each name, from the beginning on and for two hours: what is measured over hours takes so long to be seen.
    /// - Parameter except: streets where something else happens.
    public static func demo(_ catalogue: Catalogue, except: Set<UInt64> = []) -> [ConfiguredIncident] {
        var out: [ConfiguredIncident] = []
        var taken = except
        for kind in catalogue.contracts.flatMap(\.kinds) {
            guard let i = kind.simulation?.incident, !out.contains(where: { $0.name == i.name }) else { continue }
            guard let street = site(i.name, catalogue, taken) else { continue }
            taken.insert(street)
            out.append(
                ConfiguredIncident(
                    name: i.name, label: "demo-\(i.name)", street: street, startMs: 0, durationMs: 7_200_000,
                    riseMs: i.riseMs, fadeMs: i.fadeMs, measure: kind.name))
        }
        return out
    }

    /// The street with most sensors that see it; of several the first by code.
    private static func site(_ name: String, _ c: Catalogue, _ taken: Set<UInt64>) -> UInt64? {
        let kinds = Set(c.contracts.flatMap(\.kinds).filter { $0.simulation?.incident?.name == name }.map(\.name))
        var count: [UInt64: Int] = [:]
        for s in c.sensors where kinds.contains(s.kind) && !taken.contains(s.street) {
            count[s.street, default: 0] += 1
        }
        return count.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
    }

    /// One JSON object a line, with the members of `Incident.labels`.
    public static func labels(_ incidents: [ConfiguredIncident], start: EventTime) -> [UInt8] {
        struct Line: Encodable {
            var label: String, kind: String, street: String, measure: String
            var start: EventTime, end: EventTime
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var out: [UInt8] = []
        for i in incidents {
            let line = Line(
                label: i.label, kind: i.name, street: String(i.street), measure: i.measure, start: start + i.startMs,
                end: start + i.startMs + i.durationMs)
            // Encoding plain strings cannot fail; were it to, the line is left out rather than the run ended.
            guard let data = try? encoder.encode(line) else { continue }
            out += data + [10]
        }
        return out
    }
}
