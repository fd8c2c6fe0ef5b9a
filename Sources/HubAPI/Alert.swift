import CityModel

/// One alert: what a rule says of a place, from its first window to its end. At most one a rule and place at a time.
public struct Alert: Codable, Sendable, Hashable {
    /// 16 hex digits, from theme, rule, place and the first window's start.
    public var id: String
    /// 1 with the first transition, one more with each; `id` and revision name what was told.
    public var revision: Int
    public var theme: String
    public var rule: String
    /// The rule's title by language.
    public var title: [String: String]
    /// 12-digit place code.
    public var place: String
    public var level: PlaceLevel
    public var state: AlertState
    public var severity: Severity
    /// The worst it has been.
    public var worst: Severity
    public var urgency: Urgency
    public var certainty: Certainty
    /// Start of the first window that reached the threshold; event time.
    public var since: EventTime
    /// End of the window that opened it, event time, and the wall clock then; nil while pending.
    public var opened: EventTime?
    public var openedAt: EventTime?
    /// End of the window that ended it (the newest one, where a person did), and the wall clock then.
    public var ended: EventTime?
    public var endedAt: EventTime?
    public var acknowledgement: Acknowledgement?
    /// The desk that is called: the place's own, or after escalation one above.
    public var desk: PlaceLevel
    /// Clearings that were raised again, and openings soon after an end.
    public var swings: Int
    /// Silences that hold its notices back, by id.
    public var silences: [String]
    /// The alert of a place above that holds its notices back; nil: none.
    public var heldBackBy: String?
    public var evidence: AlertEvidence

    /// Somebody has taken an alert on.
    public struct Acknowledgement: Codable, Sendable, Hashable {
        public var owner: String
        public var note: String
        /// Wall clock; without an end of the alert it is open again at the deadline.
        public var at: EventTime
        public var deadline: EventTime
        public init(owner: String, note: String, at: EventTime, deadline: EventTime) {
            self.owner = owner
            self.note = note
            self.at = at
            self.deadline = deadline
        }
    }

    public init(
        id: String, theme: String, rule: String, title: [String: String], place: String, level: PlaceLevel,
        state: AlertState, severity: Severity, urgency: Urgency, certainty: Certainty, since: EventTime,
        evidence: AlertEvidence
    ) {
        self.id = id
        revision = 0
        self.theme = theme
        self.rule = rule
        self.title = title
        self.place = place
        self.level = level
        self.state = state
        self.severity = severity
        worst = severity
        self.urgency = urgency
        self.certainty = certainty
        self.since = since
        desk = level
        swings = 0
        silences = []
        self.evidence = evidence
    }

    /// Told to people: neither pending nor over.
    public var isActive: Bool { state != .pending && state != .resolved }
}
