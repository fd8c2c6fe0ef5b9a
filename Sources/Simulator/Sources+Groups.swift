import CityModel
import Contracts

/// The groups of a registry: seeds, and the free-flow speeds of their loops.
struct GroupSeeds {
    private struct Key: Hashable {
        var street: UInt64
        var group: String
    }
    private let seed: UInt64
    private var freeFlow: [Key: Double] = [:]

    init(_ catalogue: Catalogue, seed: UInt64) {
        self.seed = seed
        let speeds = Dictionary(
            catalogue.sensors.compactMap { s in s.freeFlowKmh.map { (s.id, $0) } }, uniquingKeysWith: { $1 })
        for s in catalogue.sensors where s.kind == "vehicles" {
            if let g = s.group { freeFlow[Key(street: s.street, group: g)] = speeds[s.id] }
        }
    }

    /// 0 for a row without a group.
    func seed(_ row: Sensor) -> UInt64 {
        row.group.map { Mixing.mix(Mixing.mix(seed, row.street), Mixing.hash($0)) | 1 } ?? 0
    }

    func freeFlow(_ row: Sensor) -> Double? {
        row.group.flatMap { freeFlow[Key(street: row.street, group: $0)] }.map { min(200, max(5, $0)) }
    }
}

extension Source {
    var isBiased: Bool { share == Self.biasedShare || shift == Self.biasedShift }
    static let biasedShare = 0.5
    /// m.
    static let biasedShift = -0.4
}

extension Sources {
    /// Chooses the stuck, jumping and biased devices: by the seed, one fault a device, none at an incident.
    mutating func addFaults(_ config: SimulatorConfig, _ busy: Set<UInt64>) {
        var taken: Set<String> = []
        for (i, s) in all.enumerated() where busy.contains(s.streetCode) || s.skewMs != 0 || s.deadUs != .max {
            taken.insert(devices[i])
        }
        func ranked(_ salt: UInt64, _ wanted: (Source) -> Bool) -> [String] {
            var rank: [String: UInt64] = [:]
            for (i, s) in all.enumerated() where wanted(s) && !taken.contains(devices[i]) {
                rank[devices[i]] = Mixing.mix(config.seed &+ salt, s.device)
            }
            return rank.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
        }
        // One that a run is too short to find is no use.
        let findable = config.durationMs / 2
        // A quarter of the run, us; a demo without end must show it too.
        let early = Double(min(config.durationMs, 2_400_000)) * 250
        let stuck = Set(ranked(0x57, { $0.stuckAfterMs <= findable }).prefix(config.dirt.stuckDevices))
        taken.formUnion(stuck)
        let jumping = Set(ranked(0x1a, { $0.maxChange < .infinity }).prefix(config.dirt.jumpingDevices))
        taken.formUnion(jumping)
        for i in all.indices {
            let s = all[i]
            if stuck.contains(devices[i]), s.signal != .camera {
                let us = Mixing.unit(Mixing.mix(Mixing.mix(config.seed, s.device), 5)) * early
                all[i].stuckFrom = Int64(us) / s.intervalUs + 1
            }
            if jumping.contains(devices[i]), s.maxChange < .infinity {
                let minutes = Double(s.intervalUs) / 6e7
                all[i].spike = (2 * max(1, s.maxChange * minutes) * s.scale.magnitude).rounded()
            }
        }
        addBias(config, taken)
    }

    /// Of a biased group one member is off, chosen by the seed.
    private mutating func addBias(_ config: SimulatorConfig, _ taken: Set<String>) {
        var members: [UInt64: [Int]] = [:]
        for (i, s) in all.enumerated() where s.group != 0 { members[s.group, default: []].append(i) }
        let sound = members.filter { g in g.value.count > 1 && g.value.allSatisfy { !taken.contains(devices[$0]) } }
        for group in sound.keys.sorted(by: { Mixing.mix($0, 0xb1) < Mixing.mix($1, 0xb1) })
            .prefix(config.dirt.biasedGroups)
        {
            guard let all = sound[group] else { continue }
            let i = all[Int(Mixing.mix(group, 0xb2) % UInt64(all.count))]
            if self.all[i].signal == .waterLevel {
                self.all[i].shift = Source.biasedShift
            } else {
                self.all[i].share = Source.biasedShare
            }
        }
    }
}
