import CityModel

/// Why an alert changed.
public enum AlertCause: String, Codable, Sendable, CaseIterable {
    /// The threshold is reached.
    case reached
    /// It was reached for as long as the rule asks.
    case held
    /// It was not: a pending alert is withdrawn.
    case withdrawn
    case worsened, eased
    /// The measure is below the clearing threshold.
    case cleared
    /// A clearing alert has reached its threshold again.
    case raisedAgain = "raised-again"
    /// Cleared for as long as the rule asks.
    case quiet
    case swings, steady
    case dataStopped = "data-stopped"
    case dataBack = "data-back"
    case acknowledged, unacknowledged
    /// The deadline of an acknowledgement has passed.
    case deadline
    /// Nobody acknowledged in time, or a person asked for it.
    case escalated
    case deescalated
    /// A person has ended it.
    case resolved
    /// The rule or the place is no longer configured.
    case removed
}

/// One step of an alert's life; kept for good.
public struct AlertTransition: Codable, Sendable, Hashable {
    public var alert: String
    public var revision: Int
    public var theme: String
    public var rule: String
    public var place: String
    /// Nil: it begins.
    public var from: AlertState?
    public var to: AlertState
    public var severity: Severity
    public var desk: PlaceLevel
    public var cause: AlertCause
    /// Wall clock.
    public var at: EventTime
    /// End of the newest window judged.
    public var eventTime: EventTime
    /// Who did it; `kapok` for the hub itself.
    public var actor: String
    /// What a person gave as reason; empty for the hub itself.
    public var reason: String

    public init(
        _ a: Alert, from: AlertState?, cause: AlertCause, at: EventTime, eventTime: EventTime, actor: String,
        reason: String
    ) {
        alert = a.id
        revision = a.revision
        theme = a.theme
        rule = a.rule
        place = a.place
        self.from = from
        to = a.state
        severity = a.severity
        desk = a.desk
        self.cause = cause
        self.at = at
        self.eventTime = eventTime
        self.actor = actor
        self.reason = reason
    }
}

/// What people are told: of each alert at most one thing a step, the most important one.
public struct AlertNotice: Codable, Sendable, Hashable {
    /// In rising order of importance.
    public enum Kind: String, Codable, Sendable, CaseIterable, Comparable {
        case acknowledged, stale, flapping, raised, escalated, reopened, opened, resolved
        public static func < (a: Kind, b: Kind) -> Bool {
            allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
        }
    }
    /// Rises by one with each notice of a hub, over restarts.
    public var sequence: Int64
    public var kind: Kind
    /// Wall clock.
    public var at: EventTime
    /// Active alerts of the same rule in places below, told or not.
    public var below: Int
    public var alert: Alert
    public init(sequence: Int64, kind: Kind, at: EventTime, below: Int, alert: Alert) {
        self.sequence = sequence
        self.kind = kind
        self.at = at
        self.below = below
        self.alert = alert
    }
}

/// Holds notices back for a while. What is silenced still counts, and its end is still told.
public struct Silence: Codable, Sendable, Hashable {
    /// What it matches; an absent member matches everything, and one at least is there.
    public struct Matcher: Codable, Sendable, Hashable {
        public var alert: String?
        public var theme: String?
        public var rule: String?
        /// A place's code: the place and all below it.
        public var place: String?
        /// Alerts up to this severity.
        public var upTo: Severity?
        public init(
            alert: String? = nil, theme: String? = nil, rule: String? = nil, place: String? = nil,
            upTo: Severity? = nil
        ) {
            self.alert = alert
            self.theme = theme
            self.rule = rule
            self.place = place
            self.upTo = upTo
        }
        public var isEmpty: Bool { alert == nil && theme == nil && rule == nil && place == nil && upTo == nil }
    }
    public var id: String
    public var matcher: Matcher
    public var reason: String
    public var author: String
    /// Wall clock, `[starts, ends)`.
    public var starts: EventTime
    public var ends: EventTime
    public init(
        id: String, matcher: Matcher, reason: String, author: String, starts: EventTime, ends: EventTime
    ) {
        self.id = id
        self.matcher = matcher
        self.reason = reason
        self.author = author
        self.starts = starts
        self.ends = ends
    }
}
