import CityModel

/// `GET /v1/alerts`.
public struct AlertsResponse: Codable, Sendable, Equatable {
    /// The newest first.
    public var alerts: [Alert]
    /// The limit cut the answer: there are more.
    public var truncated: Bool
    public init(alerts: [Alert], truncated: Bool) {
        self.alerts = alerts
        self.truncated = truncated
    }
}

/// `GET /v1/alerts/alert`.
public struct AlertResponse: Codable, Sendable, Equatable {
    public var alert: Alert
    /// Every step of its life, oldest first.
    public var transitions: [AlertTransition]
    public init(alert: Alert, transitions: [AlertTransition]) {
        self.alert = alert
        self.transitions = transitions
    }
}

/// `GET /v1/alerts/history`.
public struct AlertHistoryResponse: Codable, Sendable, Equatable {
    /// By wall clock, oldest first.
    public var transitions: [AlertTransition]
    public var truncated: Bool
    public init(transitions: [AlertTransition], truncated: Bool) {
        self.transitions = transitions
        self.truncated = truncated
    }
}

/// `GET /v1/alerts/silences`: those that have not ended.
public struct SilencesResponse: Codable, Sendable, Equatable {
    public var silences: [Silence]
    public init(silences: [Silence]) { self.silences = silences }
}

/// What `POST /v1/alerts/actions` answers to an action that was done.
public struct AlertActionResponse: Codable, Sendable, Equatable {
    /// The silence that was made or ended.
    public var silence: Silence?
    public init(silence: Silence? = nil) { self.silence = silence }
}

/// What came of an action, once it is on disk.
public enum AlertActionAnswer: Sendable, Hashable {
    case done
    case silenced(Silence)
    /// A stable code, what is wrong, and how to mend it.
    case refused(code: String, what: String, mend: String)
    /// The hub stops before it could act.
    case gone
}
