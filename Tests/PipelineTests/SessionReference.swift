/// Session windows written down again in the plainest way: all accepted events of a street, sorted, and cut where the
/// silence is as long as the gap. Only which events are accepted is decided one by one.
struct SessionReference {
    struct Event {
        var time: Int64
        var value: Int64
        var partition: Int
    }
    struct Session: Equatable {
        var start: Int64
        var end: Int64
        var count: Int
        var sum: Int64
        var max: Int64
        var sensors: Int
    }
    let gap: Int64
    let reach: Int64
    let lateness: Int64
    let outOfOrderness: Int64 = 5_000
    /// Only values above this open or extend a session.
    let above: Int64
    static let streetOf = ["rain-1": "440106001000", "rain-2": "440106001000", "rain-3": "440106002000"]

    /// Accepted events in sessions, by street and partition.
    private(set) var events: [String: [(event: Event, sensor: String)]] = [:]
    private(set) var newest: [Int64?]
    private(set) var accepted = 0
    private(set) var late = 0

    init(partitions: Int, gap: Int64, reach: Int64, lateness: Int64, above: Int64) {
        (self.gap, self.reach, self.lateness, self.above) = (gap, reach, lateness, above)
        newest = Array(repeating: nil, count: partitions)
    }

    /// Sorted times in groups: a new one begins where nothing came for the gap.
    private func groups(_ times: [Int64]) -> [[Int64]] {
        var out: [[Int64]] = []
        for t in times.sorted() {
            if let last = out.last?.last, t - last < gap { out[out.count - 1].append(t) } else { out.append([t]) }
        }
        return out
    }

    /// `fixedTakes`: a fixed window of the theme takes the event.
    mutating func add(_ p: Int, _ sensor: String, _ time: Int64, _ value: Int64, fixedTakes: Bool) {
        guard let street = Self.streetOf[sensor] else { return }
        let wanted = value > above
        var inTime = true
        if let n = newest[p] {
            let closed = n - outOfOrderness - lateness
            let mine = (events[street] ?? []).filter { $0.event.partition == p }.map(\.event.time)
            let group = groups(mine + [time]).first { $0.contains(time) } ?? []
            inTime = (group.last ?? time) + gap > closed && time + reach > closed
        }
        if wanted, inTime {
            events[street, default: []].append((Event(time: time, value: value, partition: p), sensor))
        }
        if !wanted || inTime || fixedTakes {
            accepted += 1
            newest[p] = max(newest[p] ?? time, time)
        } else {
            late += 1
        }
    }

    func sessions(_ street: String) -> [Session] {
        let all = (events[street] ?? []).sorted { $0.event.time < $1.event.time }
        return groups(all.map(\.event.time)).map { times in
            let (first, last) = (times.first ?? 0, times.last ?? 0)
            let mine = all.filter { $0.event.time >= first && $0.event.time <= last }
            return Session(
                start: first, end: last + gap, count: mine.count, sum: mine.reduce(0) { $0 + $1.event.value },
                max: mine.map(\.event.value).max() ?? 0, sensors: Set(mine.map(\.sensor)).count)
        }
    }
}
