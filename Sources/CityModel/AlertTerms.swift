/// Where an alert stands in its life.
public enum AlertState: String, Sendable, Codable, CaseIterable {
    /// Its threshold is reached, but not yet for as long as the rule asks.
    case pending
    case open
    /// Somebody has taken it on, up to a deadline.
    case acknowledged
    /// Nobody has in time: the desk above is called.
    case escalated
    /// The measure has fallen below the clearing threshold, not yet for as long as the rule asks.
    case clearing
    /// Over; the last state.
    case resolved
    /// There is no evidence any more. Only data or a person can end it.
    case stale
    /// Its measure swings about the thresholds: held open, told once, the swings counted.
    case flapping
}

/// How soon one must act, after CAP 1.2.
public enum Urgency: String, Sendable, Codable, CaseIterable {
    case immediate, expected, future, past, unknown
}

/// What an alert is about, as CAP 1.2 names it.
public enum AlertCategory: String, Sendable, Codable, CaseIterable {
    case geo = "Geo"
    case met = "Met"
    case safety = "Safety"
    case security = "Security"
    case rescue = "Rescue"
    case fire = "Fire"
    case health = "Health"
    case env = "Env"
    case transport = "Transport"
    case infra = "Infra"
    case cbrne = "CBRNE"
    case other = "Other"
}
