/// One session of one partition: a street's stream of readings, and the session's first event, ms.
public struct SessionCell: Hashable, Sendable, Comparable {
    /// Index of the theme's session stream: what kind is read, under what condition, with what gap.
    public var stream: Int32
    public var street: Int32
    public var start: Int64
    public init(stream: Int32, street: Int32, start: Int64) {
        self.stream = stream
        self.street = street
        self.start = start
    }
    public var key: SessionKey { SessionKey(stream: stream, street: street) }
    public static func < (a: SessionCell, b: SessionCell) -> Bool {
        (a.stream, a.street, a.start) < (b.stream, b.street, b.start)
    }
}

/// Whose sessions: those of different keys never meet.
public struct SessionKey: Hashable, Sendable, Comparable {
    public var stream: Int32
    public var street: Int32
    public init(stream: Int32, street: Int32) {
        self.stream = stream
        self.street = street
    }
    public static func < (a: SessionKey, b: SessionKey) -> Bool { (a.stream, a.street) < (b.stream, b.street) }
}

/// The sessions of one partition and theme.
///
/// An event of time `t` fills `[t, t + gap)`; intervals of one key that overlap are one session, `[first, last + gap)`.
/// So a key's sessions are the connected pieces of all its accepted events, in whatever order these came. An event is
/// late where the session that it would be in ends, with the allowed lateness, at or below the watermark, or where the
/// event itself is `reach` or more behind that: so sessions that end `reach` behind it can never change again.
public struct SessionTable: Sendable {
    public struct Stream: Sendable, Hashable {
        public var gapMs: Int64
        public var reachMs: Int64
        public init(gapMs: Int64, reachMs: Int64) {
            self.gapMs = gapMs
            self.reachMs = reachMs
        }
    }
    public struct Session: Sendable {
        /// Time of the first event, ms; that of the last is `aggregate.lastTime`.
        public internal(set) var start: Int64
        public internal(set) var aggregate: Aggregate
        var touched: Bool
    }

    public let streams: [Stream]
    public let latenessMs: Int64
    public let streets: Int
    /// By stream and street; each in the order of starts, none overlapping another.
    private var lists: [ContiguousArray<Session>]
    private var touchedLists: Set<Int> = []
    private var removed: Set<SessionCell> = []

    public init(streams: [Stream], latenessMs: Int64, streets: Int) {
        self.streams = streams
        self.latenessMs = latenessMs
        self.streets = streets
        lists = Array(repeating: [], count: streams.count * streets)
    }

    /// Counts an observation. False where it is late; it changes nothing then.
    public mutating func add(
        _ value: Int64, time: Int64, stream: Int, street: Int, ordinal: Int, needs: AggregateNeeds, watermark: Int64
    ) -> Bool {
        let (gap, reach) = (streams[stream].gapMs, streams[stream].reachMs)
        let at = stream * streets + street
        let met = touching(at, from: time, to: time + gap, gap)
        if watermark > .min {
            let closed = watermark - latenessMs
            let last = met.isEmpty ? time : max(time, lists[at][met.upperBound - 1].aggregate.lastTime)
            guard last + gap > closed, time + reach > closed else { return false }
        }
        let i = join(at, met, start: time, stream, street)
        lists[at][i].aggregate.add(value, time: time, ordinal: ordinal, identity: 0, needs: needs)
        return true
    }

    /// The sessions of a list that overlap `[from, to)`: they stand together.
    private func touching(_ at: Int, from: Int64, to: Int64, _ gap: Int64) -> Range<Int> {
        var high = lists[at].count
        while high > 0, lists[at][high - 1].start >= to { high -= 1 }
        var low = high
        while low > 0, lists[at][low - 1].aggregate.lastTime + gap > from { low -= 1 }
        return low..<high
    }

    /// Makes the sessions that are met one, which begins at `start` at the latest. Returns where it is.
    private mutating func join(_ at: Int, _ met: Range<Int>, start: Int64, _ stream: Int, _ street: Int) -> Int {
        let i = met.lowerBound
        // Mostly: the session has just been changed, and does not begin earlier now.
        if met.count == 1, lists[at][i].touched, lists[at][i].start <= start { return i }
        touchedLists.insert(at)
        guard !met.isEmpty else {
            lists[at].insert(Session(start: start, aggregate: Aggregate(), touched: true), at: i)
            return i
        }
        for other in met.dropFirst() {
            removed.insert(cell(stream, street, lists[at][other].start))
            lists[at][i].aggregate.merge(lists[at][other].aggregate)
        }
        lists[at].removeSubrange(met.dropFirst())
        if start < lists[at][i].start {
            removed.insert(cell(stream, street, lists[at][i].start))
            lists[at][i].start = start
        }
        lists[at][i].touched = true
        return i
    }

    private func cell(_ stream: Int, _ street: Int, _ start: Int64) -> SessionCell {
        SessionCell(stream: Int32(stream), street: Int32(street), start: start)
    }

    /// Counts an event dropped as late in the session that holds `time`, the newest event time of the partition.
    public mutating func addLate(time: Int64, stream: Int, street: Int) {
        let at = stream * streets + street
        guard let i = lists[at].lastIndex(where: { $0.start <= time }),
            lists[at][i].aggregate.lastTime + streams[stream].gapMs > time
        else { return }
        lists[at][i].aggregate.addLate()
        lists[at][i].touched = true
        touchedLists.insert(at)
    }

    /// Puts a stored session back. It counts as changed only where it meets others, as after a change of the gap.
    public mutating func restore(_ c: SessionCell, _ aggregate: Aggregate) {
        let (stream, street) = (Int(c.stream), Int(c.street))
        guard streams.indices.contains(stream), street >= 0, street < streets, aggregate.count > 0,
            aggregate.lastTime >= c.start
        else { return }
        let (at, gap) = (stream * streets + street, streams[stream].gapMs)
        let met = touching(at, from: c.start, to: aggregate.lastTime + gap, gap)
        if met.isEmpty {
            lists[at].insert(Session(start: c.start, aggregate: aggregate, touched: false), at: met.lowerBound)
        } else {
            if lists[at][met.lowerBound].start < c.start { removed.insert(c) }
            lists[at][join(at, met, start: c.start, stream, street)].aggregate.merge(aggregate)
        }
    }

    /// Puts a state of a session that is counted elsewhere, where it is newer than what is here: a session only ever grows,
    /// and takes in those that it meets. Any order of the states, and any repetition, ends with the newest.
    /// - Returns: whether it is newer.
    @discardableResult
    public mutating func put(_ c: SessionCell, _ aggregate: Aggregate) -> Bool {
        let (stream, street) = (Int(c.stream), Int(c.street))
        guard streams.indices.contains(stream), street >= 0, street < streets, aggregate.count > 0,
            aggregate.lastTime >= c.start
        else { return false }
        let at = stream * streets + street
        let met = touching(at, from: c.start, to: aggregate.lastTime + streams[stream].gapMs, streams[stream].gapMs)
        if met.count == 1 {
            guard aggregate.isNewer(than: lists[at][met.lowerBound].aggregate) else { return false }
        } else {
            // More than one are pieces of it.
            guard aggregate.count >= met.reduce(0, { $0 + lists[at][$1].aggregate.count }) else { return false }
        }
        for i in met where lists[at][i].start != c.start { removed.insert(cell(stream, street, lists[at][i].start)) }
        lists[at].replaceSubrange(met, with: [Session(start: c.start, aggregate: aggregate, touched: true)])
        touchedLists.insert(at)
        return true
    }

    /// Sessions changed and sessions gone (another's part now) since the last call, in order.
    public mutating func drain() -> (changed: [SessionCell], removed: [SessionCell]) {
        guard !touchedLists.isEmpty || !removed.isEmpty else { return ([], []) }
        var changed: [SessionCell] = []
        for at in touchedLists.sorted() {
            let (stream, street) = at.quotientAndRemainder(dividingBy: streets)
            for i in lists[at].indices where lists[at][i].touched {
                lists[at][i].touched = false
                changed.append(cell(stream, street, lists[at][i].start))
            }
        }
        let gone = removed.subtracting(changed).sorted()
        touchedLists = []
        removed = []
        return (changed, gone)
    }

    /// Keys that hold a session, in order.
    public var keys: [SessionKey] {
        lists.indices.filter { !lists[$0].isEmpty }.map {
            SessionKey(stream: Int32($0 / streets), street: Int32($0 % streets))
        }
    }

    public func sessions(_ key: SessionKey) -> ContiguousArray<Session> {
        let at = Int(key.stream) * streets + Int(key.street)
        return lists.indices.contains(at) ? lists[at] : []
    }

    public func aggregate(_ c: SessionCell) -> Aggregate? { sessions(c.key).first { $0.start == c.start }?.aggregate }

    /// Forgets a session that nothing can change any more.
    public mutating func remove(_ c: SessionCell) {
        let at = Int(c.stream) * streets + Int(c.street)
        guard lists.indices.contains(at) else { return }
        lists[at].removeAll { $0.start == c.start }
    }
}
