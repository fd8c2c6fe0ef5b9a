import CityModel
import HubAPI

/// What one subscriber wants to hear.
public struct AlertFilter: Codable, Sendable, Hashable {
    /// Nil: every theme.
    public var theme: String?
    /// A place's code: the place and all below it. Nil: everywhere.
    public var place: String?
    /// Alerts that are or were at least so bad.
    public var minSeverity: Severity
    public init(theme: String? = nil, place: String? = nil, minSeverity: Severity = .blue) {
        self.theme = theme
        self.place = place
        self.minSeverity = minSeverity
    }
}

/// What a subscriber is handed at once: the notices of one theme and district, or of the city.
public struct AlertDelivery: Codable, Sendable, Hashable {
    public var theme: String
    /// Code of the district or the city.
    public var place: String
    /// Wall clock.
    public var at: EventTime
    /// In the order of sequence; every alert is in it, however many.
    public var notices: [AlertNotice]
    /// Every notice up to this sequence has been delivered, or is not for this subscriber: go on behind it.
    public var settled: Int64

    public var worst: Severity { notices.map(\.alert.severity).max() ?? .unknown }
    public init(theme: String, place: String, at: EventTime, notices: [AlertNotice], settled: Int64) {
        self.theme = theme
        self.place = place
        self.at = at
        self.notices = notices
        self.settled = settled
    }
}

/// Groups one subscriber's notices by theme and district: each group speaks at once, and then not again for `intervalMs`;
/// what comes meanwhile is gathered. So of a city of 11 districts no storm makes more than 12 deliveries a minute and
/// theme, and none of it is lost.
public struct NoticeRouter: Sendable {
    struct Group: Hashable, Comparable {
        var theme: String
        var rank: Int
        static func < (a: Group, b: Group) -> Bool { (a.theme, a.rank) < (b.theme, b.rank) }
    }
    private struct Held {
        var spokeAt: Int64?
        var notices: [AlertNotice] = []
    }

    public let filter: AlertFilter
    private let intervalMs: Int64
    private let places: PlaceTree
    private var groups: [Group: Held] = [:]
    /// Newest sequence offered.
    private var newest: Int64

    /// - Parameter after: sequence of the newest notice that the subscriber has (`settled` of its newest delivery).
    public init(_ filter: AlertFilter, places: PlaceTree, after: Int64 = 0, intervalMs: Int64 = 60_000) {
        self.filter = filter
        self.places = places
        self.intervalMs = max(0, intervalMs)
        newest = after
    }

    /// Takes notices in the order of sequence, and gives out what may be told now; those offered before are passed over.
    public mutating func offer(_ notices: [AlertNotice], now: Int64) -> [AlertDelivery] {
        for n in notices where n.sequence > newest {
            newest = n.sequence
            if let g = group(n) { groups[g, default: Held()].notices.append(n) }
        }
        return speak(now: now)
    }

    /// What the passing of time lets through.
    public mutating func tick(now: Int64) -> [AlertDelivery] { speak(now: now) }

    /// When `tick` will have something, wall ms; nil: never.
    public var nextDue: Int64? {
        groups.values.compactMap { h in h.notices.isEmpty ? nil : (h.spokeAt ?? .min / 2) + intervalMs }.min()
    }

    /// Notices gathered and not yet told.
    public var waiting: Int { groups.values.reduce(0) { $0 + $1.notices.count } }

    /// Up to where nothing waits.
    public var settled: Int64 {
        groups.values.compactMap { $0.notices.first?.sequence }.min().map { $0 - 1 } ?? newest
    }

    /// What a subscriber missed while it was away, in one delivery by theme and all in order; it does not count as
    /// having spoken.
    public mutating func catchUp(_ missed: [AlertNotice], now: Int64) -> [AlertDelivery] {
        var byTheme: [String: [AlertNotice]] = [:]
        for n in missed where n.sequence > newest {
            newest = n.sequence
            if group(n) != nil { byTheme[n.alert.theme, default: []].append(n) }
        }
        // Only the last of them says that all before are settled.
        let before = byTheme.values.compactMap { $0.first?.sequence }.min().map { $0 - 1 } ?? newest
        let themes = byTheme.sorted { $0.key < $1.key }
        return themes.enumerated().map { i, t in
            AlertDelivery(
                theme: t.key, place: filter.place ?? places.places[0].codeText, at: EventTime(ms: now),
                notices: t.value,
                settled: i == themes.count - 1 ? settled : before)
        }
    }

    private mutating func speak(now: Int64) -> [AlertDelivery] {
        var out: [AlertDelivery] = []
        for g in groups.keys.sorted() {
            // A clock that was set back must not make anybody wait longer.
            if let spoke = groups[g]!.spokeAt, spoke > now { groups[g]!.spokeAt = now }
            if let spoke = groups[g]!.spokeAt, now - spoke < intervalMs { continue }
            let notices = groups[g]!.notices
            guard !notices.isEmpty else {
                groups[g] = nil
                continue
            }
            groups[g] = Held(spokeAt: now)
            out.append(
                AlertDelivery(
                    theme: g.theme, place: places.places[g.rank].codeText, at: EventTime(ms: now), notices: notices,
                    settled: settled))
        }
        return out
    }

    /// The group that a notice belongs to; nil: it is not for this subscriber.
    private func group(_ n: AlertNotice) -> Group? {
        let a = n.alert
        guard filter.theme ?? a.theme == a.theme, a.worst >= filter.minSeverity,
            let code = UInt64(a.place), let rank = places.index(of: code)
        else { return nil }
        var line = [rank]
        while places.parentIndex[line[line.count - 1]] >= 0 {
            line.append(Int(places.parentIndex[line[line.count - 1]]))
        }
        if let place = filter.place, !line.contains(where: { places.places[$0].codeText == place }) { return nil }
        return Group(theme: a.theme, rank: line.first { places.places[$0].level != .street } ?? rank)
    }
}
