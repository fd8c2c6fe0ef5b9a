import CityModel
import HubAPI

/// What people do.
extension AlertEngine {
    /// An acknowledgement or a silence lasts at most so long, ms.
    public static let longestAcknowledgement: Int64 = 86_400_000
    public static let longestSilence: Int64 = 7 * 86_400_000
    /// Names, notes and reasons are at most so many bytes of UTF-8.
    public static let longestText = 2000

    private struct Refused: Error {
        var code, what, mend: String
        init(_ code: String, _ what: String, _ mend: String) { (self.code, self.what, self.mend) = (code, what, mend) }
    }

    mutating func perform(_ a: AlertAction, _ index: Int, _ log: inout StepLog, _ out: inout [AlertEffect]) {
        do {
            guard !a.actor.isEmpty, a.actor != kapok else {
                throw Refused("no-actor", "an action needs an actor", "Say who does it")
            }
            guard [a.actor, a.reason, a.owner ?? ""].allSatisfy({ $0.utf8.count <= Self.longestText }) else {
                throw Refused("text-too-long", "a text is longer than \(Self.longestText) bytes", "Shorten it")
            }
            switch a.verb {
            case .silence: out.append(.silence(try silence(a, log.now)))
            case .unsilence: out.append(.silence(try unsilence(a, log.now)))
            default: try act(a, &log)
            }
        } catch let r as Refused {
            out.append(.refused(index, code: r.code, what: r.what, mend: r.mend))
        } catch {
            out.append(.refused(index, code: "internal", what: "\(error)", mend: "Report this as a defect"))
        }
    }

    private mutating func act(_ a: AlertAction, _ log: inout StepLog) throws {
        guard let id = a.id, let key = records.values.first(where: { $0.alert?.id == id })?.key,
            let alert = records[key]?.alert, alert.isActive, let rule = rules.rule(key)
        else { throw Refused("unknown-alert", "there is no active alert `\(a.id ?? "")`", "See `kapok alerts`") }
        let clock = header.clocks[key.theme + "/" + rule.def.window] ?? alert.since.ms
        let now = log.now
        func move(_ cause: AlertCause, _ change: (inout AlertRecord) -> Void) {
            records[key]!.move(cause, &log, eventTime: clock, actor: a.actor, reason: a.reason, change)
        }
        switch a.verb {
        case .acknowledge:
            let until = try deadline(a, longest: Self.longestAcknowledgement, log.now)
            let ack = Alert.Acknowledgement(
                owner: a.owner ?? a.actor, note: a.reason, at: EventTime(ms: log.now), deadline: until)
            move(.acknowledged) {
                $0.alert!.acknowledgement = ack
                // Somebody acts on it: the desks above are let go.
                $0.alert!.desk = alert.level
                $0.due.insert(.acknowledged)
                $0.due.subtract([.escalated, .reopened])
            }
        case .unacknowledge:
            guard alert.acknowledgement != nil else {
                throw Refused("not-acknowledged", "nobody has acknowledged \(id)", "Nothing is to be done")
            }
            move(.unacknowledged) { $0.reopen(now) }
        case .resolve:
            guard !a.reason.isEmpty else { throw Refused("no-reason", "ending an alert needs a reason", "Say why") }
            records[key]!.endedAt = alert.severity
            records[key]!.end(.resolved, &log, eventTime: clock, actor: a.actor, reason: a.reason)
        case .escalate:
            guard let up = alert.desk.above else {
                throw Refused("at-the-top", "the city's desk is called already", "Nothing is above it")
            }
            move(.escalated) { $0.call(up, now) }
        case .deescalate:
            guard alert.desk != alert.level, let down = alert.desk.below else {
                throw Refused("at-its-own", "the place's own desk has it", "Nothing is to be done")
            }
            move(.deescalated) {
                $0.alert!.desk = down
                $0.calledAt = now
                $0.due.remove(.escalated)
            }
        case .silence, .unsilence: break
        }
    }

    private func deadline(_ a: AlertAction, longest: Int64, _ now: Int64) throws -> EventTime {
        guard let until = a.until, until.ms > now, until.ms - now <= longest else {
            throw Refused(
                "bad-deadline", "`until` must be from now to \(longest / 3_600_000) hours ahead", "Name such a time")
        }
        return until
    }

    private mutating func silence(_ a: AlertAction, _ now: Int64) throws -> Silence {
        guard let matcher = a.matcher, !matcher.isEmpty else {
            throw Refused(
                "no-matcher", "a silence needs something to match", "Name a theme, rule, place, alert or severity")
        }
        if let p = matcher.place, rules.place(p) == nil {
            throw Refused("unknown-place", "there is no place `\(p)`", "Name a place by its code")
        }
        guard !a.reason.isEmpty else { throw Refused("no-reason", "a silence needs a reason", "Say why") }
        let until = try deadline(a, longest: Self.longestSilence, now)
        let text = "\(now)\n\(until.ms)\n\(a.actor)\n\(a.reason)\n\(matcher.text)"
        let s = Silence(
            id: shortDigest(text), matcher: matcher, reason: a.reason, author: a.actor, starts: EventTime(ms: now),
            ends: until)
        header.silences.removeAll { $0.id == s.id }
        header.silences.append(s)
        header.silences.sort { $0.id < $1.id }
        return s
    }

    private mutating func unsilence(_ a: AlertAction, _ now: Int64) throws -> Silence {
        guard let i = header.silences.firstIndex(where: { $0.id == a.id }) else {
            throw Refused("unknown-silence", "there is no silence `\(a.id ?? "")`", "See `kapok alerts silences`")
        }
        var s = header.silences.remove(at: i)
        s.ends = EventTime(ms: max(now, s.starts.ms))
        return s
    }
}

extension Silence.Matcher {
    /// Every member, told apart from its absence.
    var text: String { "\(alert ?? "*")\n\(theme ?? "*")\n\(rule ?? "*")\n\(place ?? "*")\n\(upTo?.rawValue ?? "*")" }
}

extension PlaceLevel {
    /// The desk above, and the one below.
    var above: PlaceLevel? { self == .street ? .district : self == .district ? .city : nil }
    var below: PlaceLevel? { self == .city ? .district : self == .district ? .street : nil }
}
