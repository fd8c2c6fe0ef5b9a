import CityModel
import HubAPI

/// What time asks of people, and what they are told.
extension AlertEngine {
    /// Deadlines that have passed, and desks that must be called. Wall time.
    mutating func attend(_ log: inout StepLog) {
        let now = log.now
        for key in records.keys.sorted() {
            guard let rule = rules.rule(key), var a = records[key]?.alert, a.isActive else { continue }
            let clock = header.clocks[key.theme + "/" + rule.def.window] ?? a.since.ms
            if let ack = a.acknowledgement, ack.deadline.ms <= log.now {
                records[key]!.move(.deadline, &log, eventTime: clock) { $0.reopen(now) }
                a = records[key]!.alert!
            }
            let held = holds(a)
            if records[key]!.alert!.silences != held.silences { records[key]!.alert!.silences = held.silences }
            if records[key]!.alert!.heldBackBy != held.parent { records[key]!.alert!.heldBackBy = held.parent }
            if !held.isNone {
                // Nobody is told, so nobody is late.
                records[key]!.calledAt = nil
            } else if records[key]!.calledAt == nil {
                records[key]!.calledAt = log.now
            } else {
                escalate(key, rule, clock, &log)
            }
        }
    }

    private mutating func escalate(_ key: AlertKey, _ rule: RuleBook.Rule, _ clock: Int64, _ log: inout StepLog) {
        guard let r = records[key], let a = r.alert, a.acknowledgement == nil, !r.clearing, let up = a.desk.above
        else { return }
        let now = log.now
        let steps = PlaceLevel.allCases.firstIndex(of: a.level)! - PlaceLevel.allCases.firstIndex(of: a.desk)!
        guard steps < rule.def.escalateMs.count, let called = r.calledAt,
            now - called >= rule.def.escalateMs[steps]
        else { return }
        records[key]!.move(.escalated, &log, eventTime: clock) { $0.call(up, now) }
    }

    /// What holds an alert's notices back.
    struct Holds {
        var silences: [String]
        var parent: String?
        var isNone: Bool { silences.isEmpty && parent == nil }
    }

    func holds(_ a: Alert) -> Holds {
        var parent: String?
        if a.severity <= .yellow {
            for code in rules.above(a.place) {
                let key = AlertKey(theme: a.theme, rule: a.rule, place: code)
                // A silenced parent tells nobody: then the children do.
                if let p = records[key]?.alert, p.isActive, p.state != .stale, p.severity == .red, silences(p).isEmpty {
                    parent = p.id
                    break
                }
            }
        }
        return Holds(silences: silences(a), parent: parent)
    }

    /// Silences that match an alert, by id. `header.silences` holds only those that last.
    private func silences(_ a: Alert) -> [String] {
        header.silences.filter { s in
            let m = s.matcher
            return m.alert ?? a.id == a.id && m.theme ?? a.theme == a.theme && m.rule ?? a.rule == a.rule
                && a.severity <= m.upTo ?? .red && m.place.map { rules.isAt(a.place, orBelow: $0) } ?? true
        }.map(\.id)
    }

    /// Gives out notices, then what has changed: alerts, and the records to keep.
    mutating func settle(_ before: [AlertKey: AlertRecord], _ log: StepLog) -> [AlertEffect] {
        var told: [(alert: Alert, kind: AlertNotice.Kind)] = []
        for (alert, due) in log.ended {
            let held = holds(alert)
            // What nobody heard of because its parent told it needs no end. A silenced alert tells its end all the same.
            guard let kind = due.max(), !(due.contains(.opened) && held.parent != nil && held.silences.isEmpty)
            else { continue }
            told.append((alert, kind))
        }
        for key in records.keys.sorted() {
            guard let r = records[key], let a = r.alert, let kind = r.due.max(), holds(a).isNone else { continue }
            told.append((a, kind))
            records[key]!.due = []
        }
        told.sort { rank($0.alert) < rank($1.alert) }
        var out: [AlertEffect] = log.ended.map { .alert($0.alert) }
        for key in Set(before.keys).union(records.keys).sorted() where records[key] != before[key] {
            if let a = records[key]?.alert, a != before[key]?.alert { out.append(.alert(a)) }
            out.append(records[key].map { .record($0) } ?? .forget(key))
        }
        for t in told {
            header.sequence += 1
            out.append(
                .notice(
                    AlertNotice(
                        sequence: header.sequence, kind: t.kind, at: EventTime(ms: log.now), below: below(t.alert),
                        alert: t.alert)))
        }
        return out
    }

    /// The order in which notices of one step are told: the city first, in each level by place.
    private func rank(_ a: Alert) -> (String, Int, String, String, Int) {
        (a.theme, rules.rank(a.place) ?? .max, a.rule, a.id, a.revision)
    }

    private func below(_ a: Alert) -> Int {
        guard a.level != .street else { return 0 }
        return records.values.count { r in
            r.key.theme == a.theme && r.key.rule == a.rule && r.alert?.isActive == true && r.key.place != a.place
                && rules.isAt(r.key.place, orBelow: a.place)
        }
    }
}

extension AlertRecord {
    /// The alert waits for somebody again, at its own desk.
    mutating func reopen(_ now: Int64) {
        alert!.acknowledgement = nil
        alert!.desk = alert!.level
        calledAt = now
        due.insert(.reopened)
    }

    mutating func call(_ desk: PlaceLevel, _ now: Int64) {
        alert!.desk = desk
        calledAt = now
        due.insert(.escalated)
    }
}
