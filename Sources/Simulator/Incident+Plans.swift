import CityModel
import Contracts

extension Incident {
    /// Six incidents in the first three minutes, one a kind, at streets that have sensors for them: a crash in Tianhe
    /// within 20 s, then a flooded underpass, a gas leak, an overcrowded square, a wrong-way vehicle and a
    /// fire.
    public static func demo(_ catalogue: Catalogue) -> [Incident] {
        let plan: [(Kind, Int64, Int64)] = [
            (.crash, 5_000, 300_000), (.flood, 40_000, 420_000), (.gasLeak, 75_000, 300_000),
            (.crowd, 110_000, 300_000), (.wrongWay, 150_000, 120_000),
            (.fire, 165_000, 300_000),
        ]
        var sites = Sites(catalogue)
        return plan.compactMap { kind, start, duration in
            sites.take(kind, prefer: kind == .crash ? 440_106 : nil, salt: 0).map {
                Incident(
                    kind: kind, label: "demo-\(kind.rawValue)", street: $0.street, device: $0.device, startMs: start,
                    durationMs: duration)
            }
        }
    }

    /// `count` incidents spread over the run by the seed, kinds in turn, at most one a street: for measuring detection.
    public static func random(_ catalogue: Catalogue, seed: UInt64, count: Int, durationMs: Int64) -> [Incident] {
        var sites = Sites(catalogue)
        var random = SplitMix(Mixing.mix(seed, 0x1c1d))
        return (0..<max(0, count)).compactMap { i in
            let kinds = Kind.allCases.filter { !$0.needsScene }
            let kind = kinds[i % kinds.count]
            let at = random.unit()
            let length = 300_000 + Int64(random.unit() * 900_000)
            return sites.take(kind, prefer: nil, salt: random.next() | 1).map {
                Incident(
                    kind: kind, label: "random-\(i)-\(kind.rawValue)", street: $0.street, device: $0.device,
                    startMs: Int64(Double(max(0, durationMs - length)) * at), durationMs: length)
            }
        }
    }
}

/// The streets where an incident can be seen.
private struct Sites {
    struct Site {
        var street: UInt64
        var device: String?
    }
    private let catalogue: Catalogue
    private var taken: Set<UInt64> = []
    private var districts: Set<UInt64> = []

    init(_ catalogue: Catalogue) { self.catalogue = catalogue }

    /// A street not taken yet: one of `prefer` (a 6-digit district) if any has the sensors, then the best equipped
    /// (salt 0) or any (other salts).
    mutating func take(_ kind: Incident.Kind, prefer: UInt64?, salt: UInt64) -> Site? {
        let onCamera = kind == .crowd || kind == .wrongWay
        var rows = catalogue.sensors.filter { $0.kind == kind.measure && !taken.contains($0.street) }
        if kind == .crowd {
            // As many people as a message can hold must be enough for 8 a square metre.
            let limit = Double(catalogue.contracts.filter { $0.format == .deepstream }.map(\.maxBytes).min() ?? 0)
            let fitting = rows.filter { ($0.areaM2 ?? 0) > 0 && ($0.areaM2 ?? 0) * 8 * 64 < limit - 12_000 }
            if !fitting.isEmpty { rows = fitting }
        }
        if kind == .wrongWay {
            // Only the full schema tells the direction.
            let full = Sources.fullSchemaCameras(catalogue, every: SimulatorConfig.usualFullSchemaEvery)
            let seeing = rows.filter { full.contains($0.id) }
            if !seeing.isEmpty { rows = seeing }
        }
        if salt == 0 {
            // An operator sees more of the city if each district has one.
            let elsewhere = rows.filter { !districts.contains($0.street / 1_000_000) }
            if !elsewhere.isEmpty { rows = elsewhere }
        }
        if let prefer {
            let near = rows.filter { $0.street / 1_000_000 == prefer }
            if !near.isEmpty { rows = near }
        }
        var count: [UInt64: Int] = [:]
        for r in rows { count[r.street, default: 0] += 1 }
        let ranked = count.keys.map { street in
            (salt == 0 ? UInt64.max - UInt64(count[street] ?? 0) : Mixing.mix(street, salt), street)
        }
        guard let street = ranked.min(by: <)?.1 else { return nil }
        taken.insert(street)
        districts.insert(street / 1_000_000)
        let devices = rows.filter { $0.street == street }.map(\.id).sorted()
        return Site(street: street, device: onCamera ? devices.first : nil)
    }
}
