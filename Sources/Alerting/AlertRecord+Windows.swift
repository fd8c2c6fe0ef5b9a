import CityModel
import Contracts
import HubAPI

/// What a complete window does to an alert. Event time only: the same windows give the same transitions, however they
/// are cut into steps.
extension AlertRecord {
    /// Judges one window, later than every one before.
    mutating func judge(_ row: Summary, _ rule: RuleBook.Rule, _ sources: SourceMarks, _ log: inout StepLog) {
        let end = row.end.ms
        let certainty = Certainty.of(row)
        let value = rule.value(row)
        lapse(rule, clock: end, waited: 0, &log)
        note(row, value, certainty, rule, sources)
        guard let value, rule.corroborates(row, certainty) else { return }
        evidenceEnd = end
        alert?.certainty = certainty
        for l in rule.def.levels {
            let i = l.severity.rank - Severity.blue.rank
            reachedSince[i] = rule.def.reached(l, value) ? reachedSince[i] ?? end : nil
            clearedSince[i] = rule.def.cleared(l, value) ? clearedSince[i] ?? end : nil
        }
        if alert?.opened != nil {
            follow(rule, end, &log)
        } else {
            watch(row, value, certainty, rule, sources, &log)
        }
    }

    /// Without evidence for longer than the rule bears, runs are broken, a pending alert is withdrawn and an active one
    /// stale.
    /// - Parameter waited: how long the theme's clock has stood still, wall ms.
    mutating func lapse(_ rule: RuleBook.Rule, clock: Int64, waited: Int64, _ log: inout StepLog) {
        let limit = rule.def.staleAfterMs
        guard let last = evidenceEnd, clock - last > limit || waited > limit else { return }
        reachedSince = [nil, nil, nil, nil]
        clearedSince = [nil, nil, nil, nil]
        guard let a = alert, !stale else { return }
        if a.opened == nil { return end(.withdrawn, &log, eventTime: max(clock, last)) }
        move(.dataStopped, &log, eventTime: max(clock, last)) {
            $0.stale = true
            $0.due.insert(.stale)
        }
    }

    // MARK: before it is open

    private mutating func watch(
        _ row: Summary, _ value: Double, _ certainty: Certainty, _ rule: RuleBook.Rule, _ sources: SourceMarks,
        _ log: inout StepLog
    ) {
        let end = row.end.ms
        let mildest = since(rule.def.levels[0], reachedSince)
        if mildest == nil { endedAt = nil }
        guard
            let worst = rule.def.levels.last(where: {
                since($0, reachedSince) != nil && $0.severity > endedAt ?? .unknown
            })
        else {
            if alert != nil { self.end(.withdrawn, &log, eventTime: end) }
            return
        }
        let held = rule.def.levels.last {
            $0.severity > endedAt ?? .unknown && since($0, reachedSince).map { end - $0 >= rule.def.forMs } ?? false
        }
        if alert == nil {
            begin(row, worst.severity, certainty, rule)
            note(row, value, certainty, rule, sources)
            if held == nil { move(.reached, &log, eventTime: end) { _ in } }
        } else {
            alert!.severity = worst.severity
            alert!.urgency = rule.urgency(worst.severity)
        }
        guard let held else { return }
        endedAt = nil
        raised(at: end, rule)
        let now = log.now
        move(.held, &log, eventTime: end) {
            $0.alert!.severity = held.severity
            $0.alert!.worst = held.severity
            $0.alert!.urgency = rule.urgency(held.severity)
            $0.alert!.opened = EventTime(ms: end)
            $0.alert!.openedAt = EventTime(ms: now)
            $0.alert!.swings = $0.raises.count - 1
            $0.flapping = $0.raises.count >= rule.def.flap.raises
            $0.calledAt = now
            $0.due = [.opened]
        }
    }

    private mutating func begin(_ row: Summary, _ s: Severity, _ c: Certainty, _ rule: RuleBook.Rule) {
        let def = rule.def
        alert = Alert(
            id: key.id(since: row.start), theme: key.theme, rule: key.rule, title: def.title, place: key.place,
            level: row.level, state: .pending, severity: s, urgency: rule.urgency(s), certainty: c, since: row.start,
            evidence: AlertEvidence(
                themeVersion: rule.themeVersion, measure: def.measure, window: def.window, aggregate: rule.aggregate,
                unit: rule.unit,
                thresholds: def.levels.map { .init(severity: $0.severity, raise: $0.raise, clear: $0.clear) },
                source: def.source))
    }

    // MARK: once it is open

    private mutating func follow(_ rule: RuleBook.Rule, _ end: Int64, _ log: inout StepLog) {
        if stale { move(.dataBack, &log, eventTime: end) { $0.stale = false } }
        let mildest = rule.def.levels[0]
        let keep = flapping ? max(rule.def.keepFiringMs, rule.def.flap.withinMs) : rule.def.keepFiringMs
        func quiet(_ l: RuleLevel) -> Bool { since(l, clearedSince).map { end - $0 >= keep } ?? false }
        if quiet(mildest) { return self.end(.quiet, &log, eventTime: end) }
        if since(mildest, clearedSince) != nil, !clearing {
            if flapping { clearing = true } else { move(.cleared, &log, eventTime: end) { $0.clearing = true } }
        } else if since(mildest, reachedSince) != nil, clearing {
            if flapping { clearing = false } else { move(.raisedAgain, &log, eventTime: end) { $0.clearing = false } }
            swing(rule, end, &log)
        }
        if flapping, !clearing, raises.allSatisfy({ end - $0 > rule.def.flap.withinMs }) {
            move(.steady, &log, eventTime: end) {
                $0.flapping = false
                $0.raises = []
            }
        }
        let held = rule.def.levels.last { since($0, reachedSince).map { end - $0 >= rule.def.forMs } ?? false }
        if let held, held.severity > alert!.severity {
            let again = held.severity <= alert!.worst
            move(.worsened, &log, eventTime: end) {
                $0.alert!.severity = held.severity
                $0.alert!.urgency = rule.urgency(held.severity)
                if !again { $0.due.insert(.raised) }
            }
            if again { swing(rule, end, &log) }
        } else if let left = rule.def.levels.last(where: { $0.severity <= alert!.severity && !quiet($0) }),
            left.severity < alert!.severity
        {
            move(.eased, &log, eventTime: end) {
                $0.alert!.severity = left.severity
                $0.alert!.urgency = rule.urgency(left.severity)
            }
        }
    }

    /// It is up where it was before. While it flaps these are counted and no more.
    private mutating func swing(_ rule: RuleBook.Rule, _ end: Int64, _ log: inout StepLog) {
        raised(at: end, rule)
        alert!.swings += 1
        guard !flapping, raises.count >= rule.def.flap.raises else { return }
        move(.swings, &log, eventTime: end) {
            $0.flapping = true
            $0.due.insert(.flapping)
        }
    }

    private mutating func raised(at end: Int64, _ rule: RuleBook.Rule) {
        forgetRaises(rule, clock: end)
        // As many as decide anything.
        if raises.count >= rule.def.flap.raises { raises.removeFirst() }
        raises.append(end)
    }

    mutating func forgetRaises(_ rule: RuleBook.Rule, clock: Int64) {
        raises.removeAll { clock - $0 > rule.def.flap.withinMs }
    }

    private func since(_ l: RuleLevel, _ runs: [Int64?]) -> Int64? { runs[l.severity.rank - Severity.blue.rank] }

    // MARK: evidence

    private mutating func note(
        _ row: Summary, _ value: Double?, _ certainty: Certainty, _ rule: RuleBook.Rule, _ sources: SourceMarks
    ) {
        guard alert != nil else { return }
        alert!.evidence.add(.init(row, value, certainty))
        alert!.evidence.sources = sources.ranges(rule.topics, since: alert!.since.ms, known: alert!.evidence.sources)
        guard let value else { return }
        let worst = alert!.evidence.worstValue
        if worst.map({ rule.def.direction == .above ? value >= $0 : value <= $0 }) ?? true {
            alert!.evidence.worstValue = value
            alert!.evidence.findings = row.findings
        }
    }

    /// A window that was judged is shown again: noted beside what was judged, and no more.
    mutating func noteRevised(_ row: Summary, _ rule: RuleBook.Rule) {
        guard let a = alert, a.evidence.windows.contains(where: { $0.start == row.start }) else { return }
        alert!.evidence.revised.removeAll { $0.start == row.start }
        alert!.evidence.revised.append(.init(row, rule.value(row), Certainty.of(row)))
        if alert!.evidence.revised.count > AlertEvidence.revisedKept { alert!.evidence.revised.removeFirst() }
    }
}

extension AlertEvidence.Window {
    init(_ row: Summary, _ value: Double?, _ certainty: Certainty) {
        self.init(
            start: row.start, end: row.end, revision: row.revision, value: value, count: row.count,
            expected: row.expected, reporting: row.reporting, late: row.late,
            quality: row.quality.flatMap { $0.isFinite ? $0 : nil }, flagged: row.flagged, certainty: certainty,
            digest: row.digest)
    }
}
