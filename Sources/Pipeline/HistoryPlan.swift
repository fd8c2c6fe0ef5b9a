import CityModel
import Contracts
import Windowing

/// Which registry rows of a contract keep a memory of their own history, and by which rules.
struct HistoryPlan: Sendable {
    /// Where a row's memories lie in `SensorMemories`; -1: it has none.
    struct Slot: Sendable {
        var freeFlow: Int32 = -1
        var rate: Int32 = -1
        var alarm: Int32 = -1
        var any: Bool { freeFlow >= 0 || rate >= 0 || alarm >= 0 }
    }
    /// A sensor whose alarm confirms another's, as long as its newest reading is so near in time.
    struct Neighbour: Sendable {
        var row: Int32
        var alarm: Int32
        var withinMs: Int64
    }
    /// By row.
    let slots: [Slot]
    /// By row: whether it keeps any.
    let keeps: [Bool]
    /// By row: the registry's free-flow speed, km/h in millionths; 0: none.
    let registry: [Int64]
    /// Of `slots`' numbers: the row, and the rule.
    private(set) var freeFlowRows: [Int] = []
    private(set) var rates: [RateTrack.Rule] = []
    private(set) var alarms: [AlarmTrack.Rule] = []
    private(set) var freeFlow: FreeFlowTrack.Rule?
    private(set) var neighbours: [[Neighbour]] = []

    /// A neighbour's alarm counts, and a count of people speaks, for at most so many of the sensor's intervals.
    static let holds: Int64 = 3

    init(_ contract: TopicContract, _ sensors: [Sensor]) {
        let rules = Dictionary(contract.kinds.map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
        func micro(_ v: Double) -> Int64 { Micro(v)?.raw ?? 0 }
        var slots: [Slot] = []
        var alarmed: [UInt64: [(row: Int, kind: String)]] = [:]
        for (row, s) in sensors.enumerated() {
            var slot = Slot()
            defer { slots.append(slot) }
            guard let rule = rules[s.kind] else { continue }
            if let f = rule.freeFlow, s.lengthM != nil {
                slot.freeFlow = Int32(freeFlowRows.count)
                freeFlowRows.append(row)
                freeFlow = .init(
                    percentile: Int64(f.percentile), weekdays: f.weekdays, weekends: f.weekends,
                    offsetMs: f.utcOffsetMs, after: Int64(f.after))
            }
            if let r = rule.rate {
                slot.rate = Int32(rates.count)
                rates.append(.init(overMs: r.overMs, perMs: r.perMs))
            }
            if let a = rule.alarm {
                slot.alarm = Int32(alarms.count)
                alarms.append(
                    .init(
                        raise: a.raise.map(micro), clear: a.clear.map(micro), readings: Int64(a.readings),
                        lastingMs: a.lastingMs))
                alarmed[s.street, default: []].append((row, s.kind))
            }
        }
        self.slots = slots
        keeps = slots.map(\.any)
        registry = sensors.map { micro($0.freeFlowKmh ?? 0) }
        for (row, s) in sensors.enumerated() where slots[row].alarm >= 0 {
            let confirming = rules[s.kind]?.alarm?.confirmedBy ?? []
            neighbours.append(
                (alarmed[s.street] ?? []).filter { confirming.contains($0.kind) && $0.row != row }.map {
                    Neighbour(
                        row: Int32($0.row), alarm: slots[$0.row].alarm,
                        withinMs: Self.holds * Int64(sensors[$0.row].intervalSeconds) * 1000)
                })
        }
    }
}

/// The memories of a partition's sensors.
struct SensorMemories: Sendable {
    var freeFlow: ContiguousArray<FreeFlowTrack>
    var rates: ContiguousArray<RateTrack>
    var alarms: ContiguousArray<AlarmTrack>

    init(_ plan: HistoryPlan) {
        freeFlow = ContiguousArray(plan.freeFlowRows.map { FreeFlowTrack(registry: plan.registry[$0]) })
        rates = ContiguousArray(repeating: RateTrack(), count: plan.rates.count)
        alarms = ContiguousArray(repeating: AlarmTrack(), count: plan.alarms.count)
    }

    /// What to store of a row; nil where it keeps nothing.
    func memory(_ slot: HistoryPlan.Slot, _ plan: HistoryPlan) -> SensorMemory? {
        guard slot.any else { return nil }
        var m = SensorMemory()
        if slot.freeFlow >= 0 { m.freeFlow = freeFlow[Int(slot.freeFlow)] }
        if slot.rate >= 0 {
            m.rate = rates[Int(slot.rate)]
            m.rateSlotMs = plan.rates[Int(slot.rate)].slotMs
        }
        if slot.alarm >= 0 { m.alarm = alarms[Int(slot.alarm)] }
        return m
    }

    /// What the configuration no longer has, or measures otherwise, is left behind.
    mutating func restore(_ m: SensorMemory, _ row: Int, _ plan: HistoryPlan) {
        let slot = plan.slots[row]
        if slot.freeFlow >= 0, var f = m.freeFlow {
            f.follow(registry: plan.registry[row])
            freeFlow[Int(slot.freeFlow)] = f
        }
        if slot.rate >= 0, let r = m.rate, m.rateSlotMs == plan.rates[Int(slot.rate)].slotMs {
            rates[Int(slot.rate)] = r
        }
        if slot.alarm >= 0, let a = m.alarm { alarms[Int(slot.alarm)] = a }
    }
}
