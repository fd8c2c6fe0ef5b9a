import CityModel
import Contracts
import Windowing

/// What a reading's sensor has behind it, as of this reading.
struct ReadingHistory {
    /// Change a unit of time, millionths; nil where it is not known.
    var rate: Int64?
    /// Alarm level; -1 where the kind has none or the reading is not the sensor's newest.
    var level: Int64 = -1
    /// The sensor's newest reading before this one; `.min`: none.
    var before: Int64
}

/// Derived kinds: what becomes of a reading in inputs that are not the reading itself.
extension PartitionProcessor {
    /// Adds a reading to its sensor's memory. Like the checks, only what is newer than all before says anything; what
    /// is flagged is not learned from, and holds an alarm's level as it is.
    @inline(never)
    mutating func remember(
        _ source: Int32, _ value: Int64, _ time: Int64, _ flag: SensorFlag?, _ history: inout ReadingHistory
    ) {
        guard time > history.before else { return }
        let plan = plan.history
        let slot = plan.slots[Int(source)]
        if slot.freeFlow >= 0, let rule = plan.freeFlow {
            memories.freeFlow[Int(slot.freeFlow)].note(value, at: time, sound: flag == nil, rule)
        }
        if slot.rate >= 0, flag == nil {
            let rule = plan.rates[Int(slot.rate)]
            memories.rates[Int(slot.rate)].note(value, at: time, rule)
            history.rate = memories.rates[Int(slot.rate)].rate(at: time, rule)
        }
        if slot.alarm >= 0 {
            if flag == nil { memories.alarms[Int(slot.alarm)].note(value, at: time, plan.alarms[Int(slot.alarm)]) }
            history.level = memories.alarms[Int(slot.alarm)].level
        }
    }

    /// A reading as a derived input's value, in millionths; nil where the input has no use for it.
    @inline(__always)
    func derived(
        _ route: ThemePlan.Route, _ source: Int32, _ value: Int64, _ time: Int64, _ history: ReadingHistory
    ) -> Int64? {
        let slowest = Int64(ThemePlan.slowestKmh * 1e6)
        switch route.transform {
        case .value: return value
        case .area: return Int64(route.constant)
        case .travelTime, .freeFlowTime, .timeRatio, .freeFlow:
            let free = freeFlow(of: source, at: time)
            guard free > 0 else { return nil }
            switch route.transform {
            case .travelTime: return Int64((route.constant / Double(max(value, slowest))).rounded())
            case .freeFlowTime: return Int64((route.constant / Double(free)).rounded())
            case .timeRatio: return Int64((Double(free) * 1e6 / Double(max(value, slowest))).rounded())
            default: return free
            }
        case .vehicleKm, .vehicleKmRatio, .congestedVehicleKm:
            guard let own = speed(of: source, at: time) else { return nil }
            let free = freeFlow(of: plan.partners[Int(source)].row, at: time)
            guard free > 0 else { return nil }
            let travel = Double(value) * route.constant
            let x: Double =
                switch route.transform {
                case .vehicleKmRatio: travel * (Double(free) / Double(max(own, slowest)))
                case .congestedVehicleKm(let from): Double(own) <= (Double(free) / from).rounded() ? travel : 0
                default: travel
                }
            return Int64(max(-ThemePlan.most, min(ThemePlan.most, x.rounded())))
        case .speedClass: return speedClass(route, value)
        case .rate: return history.rate
        case .alarm: return history.level >= 0 ? history.level * Micro.scale : nil
        case .confirmed:
            guard history.level >= 0 else { return nil }
            return history.level > 0 && isConfirmed(source, time) ? history.level * Micro.scale : 0
        case .net: return route.constant < 0 ? -value : value
        case .areaHours: return areaHours(route, time, history)
        }
    }

    /// The free-flow speed in use at a road section, km/h in millionths; 0: none.
    @inline(__always)
    private func freeFlow(of row: Int32, at time: Int64) -> Int64 {
        let slot = plan.history.slots[Int(row)].freeFlow
        return slot >= 0 ? memories.freeFlow[Int(slot)].reference(at: time) : plan.history.registry[Int(row)]
    }

    @inline(never)
    private func speedClass(_ route: ThemePlan.Route, _ value: Int64) -> Int64 {
        let bounds = plan.speedBounds[Int(route.constant)]
        var c: Int64 = 1
        for i in 0..<4 where value <= bounds[i] { c += 1 }
        return c * Micro.scale
    }

    /// Whether another sensor of the street is in alarm too, by the readings of this partition.
    @inline(never)
    private func isConfirmed(_ source: Int32, _ time: Int64) -> Bool {
        for n in plan.history.neighbours[Int(plan.history.slots[Int(source)].alarm)]
        where memories.alarms[Int(n.alarm)].level > 0 {
            let (apart, overflow) = time.subtractingReportingOverflow(tracks.all[Int(n.row)].time)
            if !overflow, apart.magnitude <= UInt64(n.withinMs) { return true }
        }
        return false
    }

    /// The share of the place that a counter stands for, times how long its reading speaks for: since the one before,
    /// but not longer than the route allows; for a first reading one interval.
    @inline(never)
    private func areaHours(_ route: ThemePlan.Route, _ time: Int64, _ history: ReadingHistory) -> Int64? {
        let longest = route.speed
        guard history.before != .min else {
            return Int64((route.constant * longest / Double(HistoryPlan.holds)).rounded())
        }
        guard time > history.before else { return nil }
        let (elapsed, overflow) = time.subtractingReportingOverflow(history.before)
        return Int64((route.constant * (overflow ? longest : min(longest, Double(elapsed)))).rounded())
    }
}
