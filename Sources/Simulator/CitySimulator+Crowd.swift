import CityModel
import Contracts

/// Counters of people at the entrances of a square: whom they count fits the crowd that the square's camera sees.
struct CrowdPlaces {
    private let seed: UInt64
    /// Street -> the camera that counts people there.
    private var cameras: [UInt64: (seed: UInt64, device: UInt64)] = [:]

    init(_ catalogue: Catalogue, seed: UInt64) {
        self.seed = seed
        var first: [String: String] = [:]
        for s in catalogue.sensors where first[s.id] == nil { first[s.id] = s.kind }
        for s in catalogue.sensors where s.kind == "persons" && cameras[s.street] == nil {
            // A camera's values are seeded by its first row.
            let kind = first[s.id] ?? s.kind
            cameras[s.street] = (Mixing.mix(seed, Mixing.hash(s.id + "\u{0}" + kind)), Mixing.hash(s.id))
        }
    }

    /// Gives a counter its place; nothing for other sensors.
    func set(_ row: Sensor, _ s: inout Source) {
        guard s.signal == .peopleIn || s.signal == .peopleOut else { return }
        let own = (seed: Mixing.mix(seed, row.street), device: s.device)
        (s.placeSeed, s.placeDevice) = cameras[row.street] ?? own
        if let a = row.areaM2, a > 0 { s.area = min(a, 100_000) }
    }
}

extension CitySimulator {
    /// Of those on a square so many come and go in a minute while their number stays the same.
    private static let passing = 0.02

    /// Who came or went since the last reading.
    mutating func passed(_ s: Source, _ o: StreetState, _ ms: Int64, _ r: inout SplitMix) -> Double {
        let interval = s.intervalUs / 1000
        let earlier = city.state(Int(s.street), ms - interval)
        let now = Signals.density(ofPeople: s.placeSeed, s.placeDevice, o, ms) * s.area
        let before = Signals.density(ofPeople: s.placeSeed, s.placeDevice, earlier, ms - interval) * s.area
        let change = s.signal == .peopleIn ? now - before : before - now
        return Signals.poisson(max(0, change) + max(1, min(now, before)) * Self.passing * Double(interval) / 60_000, &r)
    }
}
