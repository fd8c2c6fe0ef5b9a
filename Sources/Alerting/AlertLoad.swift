import CityModel
import HubAPI

/// How many notices each desk got in the last ten minutes. EEMUA 191 holds about one to be what a person can follow in
/// the long run (*unverified*: quoted in the field, the guide itself was not read).
public struct AlertLoad: Sendable {
    public static let windowMs: Int64 = 600_000

    public struct Desk: Codable, Sendable, Hashable, Comparable {
        public var theme: String
        /// Code of the place whose desk it is.
        public var place: String
        public init(theme: String, place: String) {
            self.theme = theme
            self.place = place
        }
        public static func < (a: Desk, b: Desk) -> Bool { (a.theme, a.place) < (b.theme, b.place) }
    }

    private let places: PlaceTree
    private var told: [(at: Int64, desk: Desk)] = []

    public init(places: PlaceTree) { self.places = places }

    /// Counts a notice for the desk that is called; ends and acknowledgements ask nothing of anybody.
    public mutating func note(_ n: AlertNotice) {
        guard n.kind != .resolved, n.kind != .acknowledged, let desk = desk(of: n.alert) else { return }
        forget(before: n.at.ms - Self.windowMs)
        told.append((n.at.ms, desk))
    }

    /// Of each desk that got any in `(now - 10 min, now]`, in the order of theme and place.
    public mutating func counts(now: Int64) -> [(desk: Desk, notices: Int)] {
        forget(before: now - Self.windowMs)
        let by = Dictionary(grouping: told) { $0.desk }
        return by.keys.sorted().map { ($0, by[$0]!.count) }
    }

    private mutating func forget(before time: Int64) { told.removeAll { $0.at <= time } }

    /// The place at the called desk's level that holds the alert's.
    private func desk(of a: Alert) -> Desk? {
        guard let code = UInt64(a.place), var i = places.index(of: code) else { return nil }
        while places.places[i].level != a.desk, places.parentIndex[i] >= 0 { i = Int(places.parentIndex[i]) }
        return Desk(theme: a.theme, place: places.places[i].codeText)
    }
}
