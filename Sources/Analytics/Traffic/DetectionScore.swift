/// How well a detector did against what really happened.
public struct DetectionScore: Sendable, Hashable, Codable {
    public struct Incident: Sendable, Hashable {
        public var place: String
        /// ms, ends included.
        public var start: Int64
        public var end: Int64
        public init(place: String, start: Int64, end: Int64) {
            self.place = place
            self.start = start
            self.end = end
        }
    }
    /// The step at which an operator would have been told.
    public struct Alarm: Sendable, Hashable {
        public var place: String
        public var time: Int64
        public init(place: String, time: Int64) {
            self.place = place
            self.time = time
        }
    }

    public var incidents = 0
    public var detected = 0
    /// Alarms with an incident, the second and third of one incident too, and those without.
    public var trueAlarms = 0
    public var falseAlarms = 0
    /// Steps at which the detector could have told an alarm.
    public var decisions = 0
    /// From each detected incident's start to its first alarm, summed, ms.
    public var delayMs: Int64 = 0

    /// Incidents detected, of all; nil without any.
    public var detectionRate: Double? { incidents > 0 ? Double(detected) / Double(incidents) : nil }
    /// False alarms, of all decisions; nil without any.
    public var falseAlarmRate: Double? { decisions > 0 ? Double(falseAlarms) / Double(decisions) : nil }
    /// ms; nil where nothing was detected.
    public var meanTimeToDetectMs: Double? { detected > 0 ? Double(delayMs) / Double(detected) : nil }

    /// - Parameters:
    ///   - decisions: how many steps were judged, over all places.
    ///   - graceMs: an alarm so long after an incident's end still belongs to it: its queue outlives it.
    public init(_ incidents: [Incident], alarms: [Alarm], decisions: Int, graceMs: Int64) {
        self.decisions = decisions
        self.incidents = incidents.count
        func belongs(_ a: Alarm, _ i: Incident) -> Bool {
            a.place == i.place && a.time >= i.start && a.time - i.end <= graceMs
        }
        for i in incidents {
            guard let first = alarms.filter({ belongs($0, i) }).map(\.time).min() else { continue }
            detected += 1
            delayMs += first - i.start
        }
        trueAlarms = alarms.count { a in incidents.contains { belongs(a, $0) } }
        falseAlarms = alarms.count - trueAlarms
    }
}

extension DetectionScore {
    /// One place's values, one an interval, in the order of time.
    public struct Series: Sendable {
        public var place: String
        /// When the interval ended, ms; nil: not measured.
        public var values: [(end: Int64, value: Double?)]
        public init(place: String, values: [(end: Int64, value: Double?)]) {
            self.place = place
            self.values = values
        }
    }

    /// Runs a detector over every place and judges what it told.
    /// - Parameter detector: a fresh one; called once a place.
    public static func run(
        _ series: [Series], against incidents: [Incident], graceMs: Int64,
        detector: () -> (Double?) -> IncidentState
    ) -> DetectionScore {
        var alarms: [Alarm] = []
        var decisions = 0
        for s in series {
            let step = detector()
            for v in s.values {
                if v.value != nil { decisions += 1 }
                if step(v.value) == .confirmed { alarms.append(Alarm(place: s.place, time: v.end)) }
            }
        }
        return DetectionScore(incidents, alarms: alarms, decisions: decisions, graceMs: graceMs)
    }
}
