import CityModel
import Contracts

/// A sensor of a kind that the contract says how to simulate (`simulate:`), in the kind's unit. Plain data.
struct ConfiguredSignal: Sendable {
    var follows: KindSimulation.Follows?
    var base: Double
    var amplitude: Double
    var peakMs: Int64
    var wander: Double
    var noise: Double
    /// What the incident of this name adds here, and in other streets of the district; name 0: none.
    var incident: UInt64
    var add: Double
    var near: Double

    /// - Parameter seed: the sensor's own, which places its usual value within the spread.
    init(_ s: KindSimulation, seed: UInt64) {
        follows = s.daily?.follows
        base = s.base + s.spread * (2 * Mixing.unit(Mixing.mix(seed, 0x5e)) - 1)
        amplitude = s.daily?.amplitude ?? 0
        peakMs = s.daily?.peakMs ?? 0
        wander = s.wander
        noise = s.noise
        incident = s.incident.map { Mixing.hash($0.name) } ?? 0
        add = s.incident?.add ?? 0
        near = s.incident?.district ?? 0
    }

    func value(_ o: StreetState, _ ms: Int64, seed: UInt64, _ r: inout SplitMix) -> Double {
        var v = base + amplitude * rhythm(ms) + noise * r.bell()
        v += wander * (2 * Mixing.noise(seed, ms, everyMs: 1_800_000) - 1)
        if incident != 0, o.configuredName == incident { v += add * o.configured * (o.configuredNear ? near : 1) }
        return v
    }

    /// -1 at the lowest, 1 at the peak.
    private func rhythm(_ ms: Int64) -> Double {
        switch follows {
        case nil: 0
        case .hour: DayRhythm.hour(ms, peakMs: peakMs)
        case .traffic: 2 * DayRhythm.traffic(ms) - 1
        case .people: 2 * min(1, DayRhythm.crowd(ms)) - 1
        }
    }
}

extension DayRhythm {
    /// A smooth day: 1 at the local time of day `peakMs`, -1 twelve hours from it. Made of products only, so that it is
    /// the same to the bit everywhere.
    static func hour(_ ms: Int64, peakMs: Int64) -> Double {
        let (_, since) = (ms + 28_800_000 - peakMs).quotientAndRemainderFloored(by: 86_400_000)
        let u = (Double(since) / 43_200_000 - 1).magnitude
        return 2 * u * u * (3 - 2 * u) - 1
    }
}
