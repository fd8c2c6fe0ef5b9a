import Analytics
import CityModel

/// All stations of one partition. Intervals close as the partition's watermark passes their ends, in order, and the
/// detectors step then: what they say is a function of the partition's own records, in their order.
///
/// A reading of an interval that is closed already still counts in its windows, and no longer for the detectors.
struct StationTable: Sendable {
    /// What a detector said of an interval: a reading of the derived kind.
    struct Verdict: Sendable {
        var station: Int32
        var source: IncidentSource
        /// Millionths: 0 clear, half suspicious, 1 an incident.
        var value: Int64
        /// The last ms of the interval.
        var time: Int64
    }

    private let plan: StationPlan?
    private let codes: ContiguousArray<Int32>
    private var stations: ContiguousArray<Station> = []
    /// The first interval that is not closed; `.min` before the first event.
    private var first = Int64.min
    /// An event of this time, or later, closes one; `.max` where there are no stations.
    private(set) var dueAt: Int64
    private var touched: ContiguousArray<Bool> = []
    private var touchedList: ContiguousArray<Int32> = []
    private var changed: [SeenKey: IncidentEpisode] = [:]
    private struct SeenKey: Hashable {
        var station: Int32
        var source: IncidentSource
        var told: Int64
    }

    init(_ plan: StationPlan?) {
        self.plan = plan
        codes = plan?.codes ?? []
        dueAt = plan == nil ? .max : .min
        guard let plan else { return }
        stations = ContiguousArray(plan.stations.indices.map { Station(plan, $0) })
        touched = ContiguousArray(repeating: false, count: stations.count)
    }

    var isEmpty: Bool { codes.isEmpty }

    @inline(__always)
    mutating func add(_ row: Int32, _ value: Int64, at time: Int64) {
        let code = codes[Int(row)]
        guard code >= 0, let plan else { return }
        let interval = plan.interval(of: time)
        guard interval >= first else { return }
        let s = Int(code >> 2)
        stations[s].add(value, code & 3, interval: interval)
        touch(s)
    }

    @inline(__always)
    private mutating func touch(_ s: Int) {
        guard !touched[s] else { return }
        touched[s] = true
        touchedList.append(Int32(s))
    }

    /// Closes every interval that ends at or before a watermark, oldest first.
    mutating func close(through watermark: Int64, _ verdicts: inout [Verdict]) {
        guard let plan else { return }
        let boundary = plan.interval(of: watermark)
        if first == .min { first = boundary }
        guard boundary >= first else { return }
        for k in first..<max(first, min(boundary, first + 2)) { step(plan, k, &verdicts) }
        // Nothing was measured in the others: one such step says as much as many.
        if boundary > first + 2 { step(plan, boundary - 1, &verdicts) }
        begin(boundary)
    }

    /// Where the stream itself has ended: also the intervals that have begun.
    mutating func closeAll(_ verdicts: inout [Verdict]) {
        guard let plan, first > .min else { return }
        for k in first...(first + 1) where stations.contains(where: { !$0.sums(k).isEmpty }) { step(plan, k, &verdicts) }
        begin(first + 2)
    }

    private mutating func begin(_ interval: Int64) {
        guard let plan else { return }
        first = interval
        let (end, a) = (interval + 1).multipliedReportingOverflow(by: plan.rules.intervalMs)
        let (due, b) = end.addingReportingOverflow(plan.outOfOrdernessMs)
        dueAt = a || b ? .max : due
    }

    /// Takes up where a stored state left off; stations are put back after it.
    mutating func restore(watermark: Int64) {
        guard let plan, watermark > .min else { return }
        begin(plan.interval(of: watermark))
    }

    private mutating func step(_ plan: StationPlan, _ k: Int64, _ verdicts: inout [Verdict]) {
        let end = (k &+ 1) &* plan.rules.intervalMs
        for s in stations.indices where stations[s].known {
            let own = stations[s].sums(k)
            let up = plan.stations[s].upstream
            let above = up >= 0 ? stations[Int(up)].sums(k) : Station.Sums()
            judge(plan, s, own, above, end, &verdicts)
            touch(s)
        }
        for s in stations.indices { stations[s].clear(k) }
    }

    private mutating func judge(
        _ plan: StationPlan, _ s: Int, _ own: Station.Sums, _ above: Station.Sums, _ end: Int64,
        _ verdicts: inout [Verdict]
    ) {
        var measured = IncidentEpisode.Measured()
        measured.occupancy = own.occupancy.flatMap { Micro($0)?.raw }
        measured.speed = own.speed.flatMap { Micro($0)?.raw }
        measured.vehicles = own.vehicles.flatMap { Micro($0)?.raw }
        if let up = above.occupancy, stations[s].california != nil {
            let can = own.occupancy != nil
            let state = stations[s].california?.step(upstream: up, downstream: own.occupancy) ?? .clear
            var m = measured
            m.upstream = Micro(up)?.raw
            note(s, .california, state, can, end, plan.california?.persistence ?? 1, m, &verdicts)
        } else if let state = stations[s].california?.step(upstream: nil, downstream: own.occupancy) {
            note(s, .california, state, false, end, 1, measured, &verdicts)
        }
        if let d = stations[s].deviate {
            let value = plan.rules.deviate?.of == .speed ? own.speed : own.occupancy
            let can = value != nil && d.canJudge
            var m = measured
            m.usual = d.mean.flatMap { Micro($0)?.raw }
            let state = stations[s].deviate?.step(value) ?? .clear
            note(s, .deviate, state, can, end, d.parameters.persistence, m, &verdicts)
        }
        if let d = stations[s].smoothing {
            let value = plan.rules.smoothing?.of == .speed ? own.speed : own.occupancy
            let can = value != nil && d.canJudge
            var m = measured
            m.usual = d.forecast.flatMap { Micro($0)?.raw }
            let state = stations[s].smoothing?.step(value) ?? .clear
            note(s, .smoothing, state, can, end, d.parameters.persistence, m, &verdicts)
        }
    }

    /// Makes a verdict of a state where the interval was measured, and keeps the incident that it tells or ends.
    private mutating func note(
        _ s: Int, _ source: IncidentSource, _ state: IncidentState, _ measuredIt: Bool, _ end: Int64, _ steps: Int,
        _ m: IncidentEpisode.Measured, _ verdicts: inout [Verdict]
    ) {
        guard let plan else { return }
        if measuredIt {
            let value: Int64 = state.isAlarm ? Micro.scale : state == .tentative ? Micro.scale / 2 : 0
            verdicts.append(Verdict(station: Int32(s), source: source, value: value, time: end - 1))
        }
        var episode = stations[s].open[source.rawValue]
        switch (state, episode != nil) {
        case (.confirmed, _):
            episode = IncidentEpisode(
                since: end - Int64(max(1, steps)) * plan.rules.intervalMs, told: end, last: end, measured: m)
        case (.continuing, true): if measuredIt { episode?.last = end }
        case (.clear, true), (.tentative, true): episode?.ended = end
        default: return
        }
        guard let episode else { return }
        changed[SeenKey(station: Int32(s), source: source, told: episode.told)] = episode
        stations[s].open[source.rawValue] = episode.ended == nil ? episode : nil
    }
}

extension StationTable {
    /// States of the stations changed since the last call, in their order.
    mutating func drain() -> [(station: String, bytes: [UInt8])] {
        guard let plan else { return [] }
        defer { touchedList.removeAll(keepingCapacity: true) }
        return touchedList.sorted().map { s in
            touched[Int(s)] = false
            return (plan.stations[Int(s)].id, stations[Int(s)].bytes(plan, interval: first))
        }
    }

    /// Incidents told, seen on or ended since the last call, in the order of station, source and time.
    mutating func drainIncidents() -> [(station: Int, source: IncidentSource, episode: IncidentEpisode)] {
        defer { changed.removeAll(keepingCapacity: true) }
        return changed.sorted {
            ($0.key.station, $0.key.source.rawValue, $0.key.told) < ($1.key.station, $1.key.source.rawValue, $1.key.told)
        }.map { (Int($0.key.station), $0.key.source, $0.value) }
    }

    /// Puts a stored station back. False where the bytes are damaged; one that left the registry is dropped.
    mutating func restore(_ station: String, _ bytes: [UInt8]) -> Bool {
        guard let plan, let s = plan.station(station) else { return true }
        guard let state = Station(bytes, plan, s, interval: first) else { return false }
        stations[s] = state
        return true
    }
}
