import CityModel

/// What a person does to alerts; `POST /v1/alerts/actions`.
public struct AlertAction: Codable, Sendable, Hashable {
    public enum Verb: String, Codable, Sendable, CaseIterable {
        /// Takes the alert on: needs `deadline`; `owner` is the actor where it is absent.
        case acknowledge
        case unacknowledge
        /// Ends the alert whatever the data say; needs a reason. It is raised again when the measure has come below its
        /// threshold and reaches it anew, or gets worse than it was.
        case resolve
        /// Calls the desk above, or the one below again.
        case escalate, deescalate
        /// Needs `matcher`, `until` and a reason.
        case silence
        /// Ends a silence now.
        case unsilence
    }
    public var verb: Verb
    /// Who does it.
    public var actor: String
    /// Why; of an acknowledgement its note.
    public var reason: String
    /// The alert's id, or the silence's.
    public var id: String?
    public var owner: String?
    /// Wall clock: the acknowledgement's deadline, or the silence's end.
    public var until: EventTime?
    public var matcher: Silence.Matcher?
    public init(
        _ verb: Verb, actor: String, reason: String, id: String? = nil, owner: String? = nil,
        until: EventTime? = nil, matcher: Silence.Matcher? = nil
    ) {
        self.verb = verb
        self.actor = actor
        self.reason = reason
        self.id = id
        self.owner = owner
        self.until = until
        self.matcher = matcher
    }
}
