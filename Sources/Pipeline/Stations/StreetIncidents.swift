import Analytics
import Contracts

/// An incident of a street, with what it was told by.
public struct StreetIncident: Sendable, Hashable {
    /// 12-digit code.
    public var street: UInt64
    /// `tentative`: something was told, not enough to raise it; `confirmed`: raised by the newest thing told;
    /// `continuing`: raised before; `clear`: over.
    public var state: IncidentState
    /// Since when it is suspected, and when it was raised (nil: never) and cleared (nil: it is not), ms.
    public var since: Int64
    public var raised: Int64?
    public var cleared: Int64?
    /// The highest certainty that it has reached, thousandths.
    public var certainty: Int64
    public var evidence: [SeenIncident]
}

/// Makes incidents of streets out of what detectors saw: raised when the sources that speak at one time make it certain
/// enough (each source counts once: 1 - product of (1 - weight)), held while they do, cleared `hold` after.
///
/// A pure function of the episodes and of one time, so it is the same whatever the order in which partitions gave them.
public enum StreetIncidents {
    /// - Parameters:
    ///   - seen: of any streets, in any order.
    ///   - asOf: the time up to which silence is known, ms: what was last seen `lostAfterMs` before it is lost.
    /// - Returns: in the order of street and time.
    public static func find(_ seen: [SeenIncident], _ rules: IncidentRules, asOf: Int64) -> [StreetIncident] {
        let streets = Dictionary(grouping: seen.filter { rules.weights[$0.source.name] ?? 0 > 0 && $0.episode.finding != spillBack }, by: \.street)
        return streets.keys.sorted().flatMap { street -> [StreetIncident] in
            let all = (streets[street] ?? []).sorted(by: order)
            return one(street, all, rules, asOf)
        }
    }

    /// A queue that reaches the junction behind is a jam, no incident by itself.
    private static let spillBack = VideoIncidentDetector.Finding.Kind.spillBack.rawValue

    private static func order(_ a: SeenIncident, _ b: SeenIncident) -> Bool {
        (a.episode.told, a.source.rawValue, a.device, a.episode.finding)
            < (b.episode.told, b.source.rawValue, b.device, b.episode.finding)
    }

    /// When an episode no longer speaks; `.max`: it still does.
    static func end(_ e: IncidentEpisode, _ rules: IncidentRules, asOf: Int64) -> Int64 {
        let lost = add(e.last, rules.lostAfterMs)
        guard let ended = e.ended else { return lost <= asOf ? lost : .max }
        return min(ended, lost)
    }

    private static func add(_ a: Int64, _ b: Int64) -> Int64 {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? .max : sum
    }

    private static func certainty(_ all: [(seen: SeenIncident, end: Int64)], at t: Int64, _ rules: IncidentRules) -> Double {
        let speaking = Set(all.filter { $0.seen.episode.told <= t && t < $0.end }.map { $0.seen.source.rawValue })
        return 1 - speaking.sorted().reduce(1) { p, s in
            p * (1 - (IncidentSource(rawValue: s).flatMap { rules.weights[$0.name] } ?? 0))
        }
    }

    private static func one(
        _ street: UInt64, _ all: [SeenIncident], _ rules: IncidentRules, _ asOf: Int64
    ) -> [StreetIncident] {
        let spans = all.map { (seen: $0, end: end($0.episode, rules, asOf: asOf)) }
        let times = Set(spans.flatMap { [$0.seen.episode.told, $0.end] }).filter { $0 < .max }.sorted()
        var out: [StreetIncident] = []
        var open: StreetIncident?
        // Since when it is no longer certain enough.
        var fading: Int64?
        func close(at t: Int64) {
            guard var o = open else { return }
            o.cleared = t
            o.state = .clear
            out.append(o)
            open = nil
            fading = nil
        }
        for t in times {
            if let f = fading, add(f, rules.holdMs) <= t { close(at: add(f, rules.holdMs)) }
            let c = certainty(spans, at: t, rules)
            let told = spans.filter { $0.seen.episode.told == t && t < $0.end }.map(\.seen)
            if open == nil {
                guard !told.isEmpty else { continue }
                // Also what speaks since before: an incident that was cleared though someone still told it.
                let speaking = spans.filter { $0.seen.episode.told <= t && t < $0.end }.map(\.seen)
                open = StreetIncident(
                    street: street, state: .tentative, since: speaking.map(\.episode.since).min() ?? t, raised: nil,
                    cleared: nil, certainty: 0, evidence: speaking)
            } else {
                open?.evidence += told
            }
            guard var o = open else { continue }
            o.certainty = max(o.certainty, Int64((c * 1000).rounded()))
            if o.raised == nil, c >= rules.raise {
                o.raised = t
                o.state = .confirmed
            } else if o.raised != nil {
                o.state = .continuing
            }
            open = o
            // A suspicion lasts as long as anyone speaks.
            let holds = o.raised == nil ? c > 0 : c >= rules.clear
            fading = holds ? nil : fading ?? t
        }
        if let f = fading, add(f, rules.holdMs) <= asOf { close(at: add(f, rules.holdMs)) }
        if let o = open { out.append(o) }
        return out
    }
}
