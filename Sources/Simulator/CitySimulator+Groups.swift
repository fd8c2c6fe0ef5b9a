/// A vehicle that all sensors of a group see.
struct GroupVehicle {
    /// The second in which it passes, since the epoch.
    var second: Int64
    /// One of its own in the group.
    var id: UInt64
}

/// Sensors of one group measure the same thing: a loop counts the vehicles that a camera shows, two gauges stand in one
/// water. Which vehicle passes in which second is a function of the group's seed and the street's state, so that a
/// reading that is sent late or twice is the same each time.
extension CitySimulator {
    /// Counts over longer than this are drawn as those of sensors without a group, ms.
    private static let longestCountMs: Int64 = 600_000
    private static let mostASecond = 63.0

    /// What a camera shows: what passed since its last frame, and 2 s before, ms.
    func viewMs(_ s: Source) -> Int64 { min(s.intervalUs / 1000, Self.longestCountMs) + 2_000 }

    /// The vehicles that a sensor notices in (from, to], ms.
    mutating func groupVehicles(_ s: Source, after from: Int64, through to: Int64) -> [GroupVehicle] {
        var out: [GroupVehicle] = []
        var second = from / 1000 + 1
        while second <= to / 1000 {
            let o = city.state(Int(s.street), second * 1000)
            var r = SplitMix(Mixing.mix(s.group, UInt64(bitPattern: second)))
            let passing = min(Self.mostASecond, Signals.poisson(Signals.flow(s, o) / 3600, &r))
            for n in 0..<Int(passing) {
                let id = UInt64(bitPattern: second) &* 64 &+ UInt64(n)
                // Each sensor overlooks others.
                guard s.share >= 1 || Mixing.unit(Mixing.mix(s.seed, id)) < s.share else { continue }
                out.append(GroupVehicle(second: second, id: id))
            }
            second += 1
        }
        return out
    }

    /// A grouped sensor's value, model units; nil where it is drawn like any other's.
    mutating func grouped(_ s: Source, _ o: StreetState, _ ms: Int64) -> Double? {
        let interval = s.intervalUs / 1000
        guard s.signal == .vehicles, interval <= Self.longestCountMs else { return nil }
        return Double(groupVehicles(s, after: ms - interval, through: ms).count)
    }

    /// One reading in ten of a jumping sensor drops out of what is possible, or shoots up where it cannot drop.
    func spiked(_ steps: Double, _ s: Source, _ ordinal: Int64) -> Double {
        let own = Mixing.mix(s.seed ^ 0x5b1e, UInt64(ordinal))
        guard own % 10 == 0 else { return steps }
        let far = s.spike * (1 + 0.8 * Mixing.unit(Mixing.mix(own, 1)))
        let low = max(Double(s.low), steps - far)
        return steps - low >= 0.6 * s.spike ? low : steps + far
    }
}
