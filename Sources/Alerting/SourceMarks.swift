import HubAPI

/// How far one topic-partition had been read.
public struct SourceMark: Codable, Sendable, Hashable {
    public var topic: String
    public var partition: Int
    /// Newest event time accepted so far, ms.
    public var maxEventTime: Int64
    /// The first offset ever counted, and the one that comes next.
    public var first: Int64
    public var next: Int64
    public init(topic: String, partition: Int, maxEventTime: Int64, first: Int64 = 0, next: Int64) {
        self.topic = topic
        self.partition = partition
        self.maxEventTime = maxEventTime
        self.first = first
        self.next = next
    }
}

/// From which offset on records of a time can lie: all those before a mark are older than the mark's event time.
public struct SourceMarks: Codable, Sendable, Hashable {
    /// At most one mark a minute of event time and partition, the newest `kept` of them.
    static let everyMs: Int64 = 60_000
    static let kept = 64

    /// In the order of topic and partition, then of event time.
    private var marks: [[SourceMark]] = []
    /// As of the newest step; not part of the state.
    private var now: [SourceMark] = []

    private enum CodingKeys: String, CodingKey { case marks }

    public static func == (a: SourceMarks, b: SourceMarks) -> Bool { a.marks == b.marks }
    public func hash(into hasher: inout Hasher) { hasher.combine(marks) }

    init() {}
    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        marks = try c.decode([[SourceMark]].self, forKey: .marks).filter { !$0.isEmpty }
    }

    /// Takes the partitions' positions; true where a mark was kept.
    mutating func note(_ all: [SourceMark]) -> Bool {
        now = all.sorted { ($0.topic, $0.partition) < ($1.topic, $1.partition) }
        var kept = false
        for m in now {
            guard let i = marks.firstIndex(where: { $0[0].topic == m.topic && $0[0].partition == m.partition }) else {
                marks.append([m])
                kept = true
                continue
            }
            let last = marks[i][marks[i].count - 1]
            // Offsets that go back: another hub's partition, or a topic made anew.
            guard m.next >= last.next else {
                marks[i] = [m]
                kept = true
                continue
            }
            guard m.maxEventTime / Self.everyMs > last.maxEventTime / Self.everyMs else { continue }
            marks[i].append(m)
            if marks[i].count > Self.kept { marks[i].removeFirst() }
            kept = true
        }
        if kept { marks.sort { ($0[0].topic, $0[0].partition) < ($1[0].topic, $1[0].partition) } }
        return kept
    }

    /// The offsets, of each partition of the topics, that hold every record of event time `since` or later read so far.
    /// - Parameter known: as given before: where a range begins does not change.
    func ranges(_ topics: Set<String>, since: Int64, known: [AlertEvidence.Source]) -> [AlertEvidence.Source] {
        var out = known
        for m in now where topics.contains(m.topic) {
            if let i = out.firstIndex(where: { $0.topic == m.topic && $0.partition == m.partition }) {
                out[i].next = max(out[i].next, m.next)
                continue
            }
            let history = marks.first { $0[0].topic == m.topic && $0[0].partition == m.partition } ?? []
            // Without a mark that is old enough, anything since the first record may be of that time.
            let first = history.last { $0.maxEventTime < since }?.next ?? m.first
            out.append(.init(topic: m.topic, partition: m.partition, first: min(first, m.next), next: m.next))
        }
        return out
    }
}
