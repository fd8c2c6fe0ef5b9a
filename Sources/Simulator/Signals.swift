/// What a sensor measures in a given state of its street: the models, in `Signal.byKind`'s units.
enum Signals {
    // Length of a vehicle and of a loop together, m: occupancy is density times this.
    private static let detected = 7.0

    static func value(_ s: Source, _ o: StreetState, _ ms: Int64, _ r: inout SplitMix) -> Double {
        switch s.signal {
        case .speed: return speed(s, o) * (1 + (s.lane == 0 ? 0.06 : 0.04) * (1 + 3 * o.wrongWay) * r.bell())
        case .vehicles:
            return poisson(flow(s, o) * Double(s.intervalUs) / 3.6e9, &r)
        case .occupancy:
            return density(s, o) * detected / 10 * (1 + 0.05 * r.bell())
        case .waterLevel:
            return 0.012 + 0.0008 * min(o.rain, 60) + 0.6 * o.flood * (1 + 0.01 * r.bell()) + 0.003 * (1 + r.bell() / 3)
        case .rainfall:
            return max(0, o.rain * (1 + 0.1 * r.bell()) * Double(s.intervalUs) / 3.6e9)
        case .smoke:
            return 0.12 + 0.1 * Mixing.noise(s.seed, ms, everyMs: 900_000) + 0.02 * r.bell()
                // Smoke is there before the heat.
                + 22 * min(1, 1.5 * o.fire.squareRoot()) * (1 + 0.05 * r.bell()) * fireShare(s, o)
        case .temperature:
            return 24 + 5 * Mixing.noise(s.seed, ms, everyMs: 10_800_000) + 0.1 * r.bell()
                + 320 * o.fire * (1 + 0.02 * r.bell()) * fireShare(s, o)
        case .gas:
            let share = o.gasDevice == 0 || o.gasDevice == s.device ? 1 : 0.3
            return max(0, 0.4 + 0.6 * Mixing.noise(s.seed, ms, everyMs: 1_800_000) + 0.1 * r.bell())
                + 60 * o.gas * share * (1 + 0.02 * r.bell())
        case .configured: return s.model?.value(o, ms, seed: s.seed, &r) ?? 0
        case .other, .camera, .peopleIn, .peopleOut:
            // A kind that has no model: it wanders in the lower half of its range.
            return 0.25 + 0.15 * Mixing.noise(s.seed, ms, everyMs: 900_000) + 0.01 * r.bell()
        }
    }

    /// km/h. A crash lies between a street's last station and the one before: who has passed it drives freely.
    static func speed(_ s: Source, _ o: StreetState) -> Double {
        guard s.isBelow, o.ownCrash > 0 else { return speedBefore(s, o) }
        let usual = s.freeFlow * o.ratio
        let v = usual + (max(usual, 0.97 * s.freeFlow) - usual) * o.ownCrash
        return max(2, v * (1 - 0.75 * o.flood) * (1 - 0.3 * o.wrongWay))
    }

    private static func speedBefore(_ s: Source, _ o: StreetState) -> Double {
        var v = s.freeFlow * o.ratio
        v += (min(v, o.crashKmh) - v) * o.crash
        v *= (1 - 0.75 * o.flood) * (1 - 0.3 * o.wrongWay)
        return max(2, v)
    }

    /// Vehicles per km and lane: the inverse of Drake's curve at the present speed, so that loops agree with cars.
    static func density(_ s: Source, _ o: StreetState) -> Double {
        guard s.isBelow, o.ownCrash > 0 else { return densityBefore(s, o) }
        // What the crash lets through, thinned out.
        return min(o.density, flow(s, o) / speed(s, o))
    }

    private static func densityBefore(_ s: Source, _ o: StreetState) -> Double {
        let v = speedBefore(s, o)
        guard v < s.freeFlow * 0.999, o.crash + o.flood + o.wrongWay > 0 else { return o.density }
        return max(o.density, StreetState.criticalDensity * (2 * PortableMath.log(s.freeFlow / v)).squareRoot())
    }

    /// Vehicles an hour and lane. Nothing that slows a street lets more through than before.
    static func flow(_ s: Source, _ o: StreetState) -> Double {
        let before = o.density * s.freeFlow * o.ratio
        return min(before, densityBefore(s, o) * speedBefore(s, o)) * (1 - 0.5 * o.crash) * (1 - 0.4 * o.flood)
    }

    /// People in a camera's view.
    static func people(_ s: Source, _ o: StreetState, _ ms: Int64, _ r: inout SplitMix) -> Double {
        poisson(density(ofPeople: s.seed, s.device, o, ms) * s.area, &r)
    }

    /// People a square metre, expected, where the camera of this seed and device looks.
    static func density(ofPeople seed: UInt64, _ device: UInt64, _ o: StreetState, _ ms: Int64) -> Double {
        let usual = (0.02 + 0.3 * Mixing.unit(seed)) * DayRhythm.crowd(ms) * (1 - 0.5 * min(1, o.rain / 30))
        let share = o.crowdDevice == 0 || o.crowdDevice == device ? 1 : 0.3
        let full = 6 + 2 * Mixing.noise(seed, ms, everyMs: 60_000)
        return usual + (full - usual) * o.crowd * share
    }

    private static func fireShare(_ s: Source, _ o: StreetState) -> Double {
        o.fireDevice == 0 || o.fireDevice == s.device ? 1 : 0.3
    }

    /// Vehicles in a camera's view: 60 m of two lanes.
    static func vehiclesInView(_ s: Source, _ o: StreetState, _ r: inout SplitMix) -> Double {
        poisson(min(120, density(s, o)) * 0.12, &r)
    }

    /// A Poisson number; above a mean of 12 by its normal approximation.
    static func poisson(_ mean: Double, _ r: inout SplitMix) -> Double {
        guard mean > 0 else { return 0 }
        if mean >= 12 { return max(0, (mean + mean.squareRoot() * r.bell()).rounded()) }
        let floor = PortableMath.exp(-mean)
        var p = r.unit()
        var n = 0.0
        while p > floor, n < 60 {
            p *= r.unit()
            n += 1
        }
        return n
    }
}
