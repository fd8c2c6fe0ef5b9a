import CityModel
import Contracts
import HubAPI

/// All that is known of one key between steps. Facts stand apart, and the alert's state is made of them, so that no two
/// of them can contradict each other.
public struct AlertRecord: Codable, Sendable, Hashable {
    public var key: AlertKey
    /// The alert, pending or active; nil between alerts.
    public internal(set) var alert: Alert?
    /// End of the newest window that was evidence, event ms.
    var evidenceEnd: Int64?
    /// By severity, blue to red: end of the first window of the run that reaches, or has cleared, its level. Event ms.
    var reachedSince: [Int64?] = [nil, nil, nil, nil]
    var clearedSince: [Int64?] = [nil, nil, nil, nil]
    /// Openings and raisings from clearing, event ms, as far back as flapping looks.
    var raises: [Int64] = []
    /// A person ended the alert at this severity: it is not raised up to it until the measure has come below.
    var endedAt: Severity?
    var clearing = false
    var stale = false
    var flapping = false
    /// Wall clock since which the present desk is called, ms; nil where it is not: held back, or not open yet.
    var calledAt: Int64?
    /// Told as soon as nothing holds it back.
    var due: Set<AlertNotice.Kind> = []

    init(_ key: AlertKey) { self.key = key }

    private enum CodingKeys: String, CodingKey {
        case key, alert, evidenceEnd, reachedSince, clearedSince, raises, endedAt, clearing, stale, flapping, calledAt
        case due
    }
    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        key = try c.decode(AlertKey.self, forKey: .key)
        alert = try c.decodeIfPresent(Alert.self, forKey: .alert)
        evidenceEnd = try c.decodeIfPresent(Int64.self, forKey: .evidenceEnd)
        reachedSince = try Self.four(c.decode([Int64?].self, forKey: .reachedSince), c.codingPath)
        clearedSince = try Self.four(c.decode([Int64?].self, forKey: .clearedSince), c.codingPath)
        raises = try c.decode([Int64].self, forKey: .raises)
        endedAt = try c.decodeIfPresent(Severity.self, forKey: .endedAt)
        clearing = try c.decode(Bool.self, forKey: .clearing)
        stale = try c.decode(Bool.self, forKey: .stale)
        flapping = try c.decode(Bool.self, forKey: .flapping)
        calledAt = try c.decodeIfPresent(Int64.self, forKey: .calledAt)
        due = Set(try c.decode([AlertNotice.Kind].self, forKey: .due))
        let times = reachedSince + clearedSince + [evidenceEnd, calledAt] + raises
        guard times.allSatisfy({ $0.map((EventTime.distantPast.ms...EventTime.distantFuture.ms).contains) ?? true })
        else { throw DecodingError.dataCorrupted(.init(codingPath: c.codingPath, debugDescription: "no such time")) }
    }
    private static func four(_ all: [Int64?], _ path: [any CodingKey]) throws -> [Int64?] {
        guard all.count == 4 else {
            throw DecodingError.dataCorrupted(.init(codingPath: path, debugDescription: "not four severities"))
        }
        return all
    }
    /// The same record gives the same bytes (with sorted keys): sets are written in order.
    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        try c.encode(key, forKey: .key)
        try c.encodeIfPresent(alert, forKey: .alert)
        try c.encodeIfPresent(evidenceEnd, forKey: .evidenceEnd)
        try c.encode(reachedSince, forKey: .reachedSince)
        try c.encode(clearedSince, forKey: .clearedSince)
        try c.encode(raises, forKey: .raises)
        try c.encodeIfPresent(endedAt, forKey: .endedAt)
        try c.encode(clearing, forKey: .clearing)
        try c.encode(stale, forKey: .stale)
        try c.encode(flapping, forKey: .flapping)
        try c.encodeIfPresent(calledAt, forKey: .calledAt)
        try c.encode(due.sorted(), forKey: .due)
    }

    /// Nothing that a later window could need.
    var isEmpty: Bool {
        alert == nil && raises.isEmpty && endedAt == nil && reachedSince.allSatisfy { $0 == nil }
    }

    private func state(of a: Alert) -> AlertState {
        if a.ended != nil { return .resolved }
        if a.opened == nil { return .pending }
        if stale { return .stale }
        if flapping { return .flapping }
        if clearing { return .clearing }
        if a.acknowledgement != nil { return .acknowledged }
        return a.desk == a.level ? .open : .escalated
    }

    /// Changes facts, and notes the change as one transition of the alert.
    mutating func move(
        _ cause: AlertCause, _ log: inout StepLog, eventTime: Int64, actor: String = kapok, reason: String = "",
        _ change: (inout AlertRecord) -> Void
    ) {
        guard let before = alert else { return }
        change(&self)
        alert!.state = state(of: alert!)
        alert!.revision = before.revision + 1
        if alert!.isActive { alert!.worst = max(alert!.worst, alert!.severity) }
        log.transitions.append(
            AlertTransition(
                alert!, from: before.revision == 0 ? nil : before.state, cause: cause, at: EventTime(ms: log.now),
                eventTime: EventTime(ms: eventTime), actor: actor, reason: reason))
    }

    /// The alert is over: it leaves the record, and what is due of it goes with it.
    mutating func end(
        _ cause: AlertCause, _ log: inout StepLog, eventTime: Int64, actor: String = kapok, reason: String = ""
    ) {
        let (wasOpen, now) = (alert?.opened != nil, log.now)
        move(cause, &log, eventTime: eventTime, actor: actor, reason: reason) {
            $0.alert!.ended = EventTime(ms: eventTime)
            $0.alert!.endedAt = EventTime(ms: now)
            $0.alert!.urgency = .past
        }
        if let a = alert { log.ended.append((a, wasOpen ? due.union([.resolved]) : [])) }
        alert = nil
        (clearing, stale, flapping, calledAt, due) = (false, false, false, nil, [])
        reachedSince = [nil, nil, nil, nil]
        clearedSince = [nil, nil, nil, nil]
    }
}

/// The hub itself, as an actor.
public let kapok = "kapok"

/// What one step has done so far.
struct StepLog {
    /// Wall clock, ms.
    let now: Int64
    var transitions: [AlertTransition] = []
    /// Alerts that ended in this step, with what was due of them.
    var ended: [(alert: Alert, due: Set<AlertNotice.Kind>)] = []
}
