import CityModel
import Contracts
import HubAPI

/// Rules over summaries of the past, as if each window had been shown at its end: what would have been raised and
/// cleared when, and how much each desk would have had to hear. Nobody acknowledges anything.
public struct RuleRehearsal: Sendable {
    public private(set) var engine: AlertEngine
    private var load: AlertLoad
    private var now = Int64.min
    /// Most notices that a desk got within ten minutes, by desk.
    public private(set) var worstLoad: [AlertLoad.Desk: Int] = [:]
    /// Notices that asked for attention, and for how long the rehearsal ran, ms.
    public private(set) var calls = 0
    private var first: Int64?

    /// - Parameter theme: only this one's rules; nil: of all themes.
    public init(_ catalogue: Catalogue, theme: String? = nil) {
        var c = catalogue
        if let theme { c.themes.removeAll { $0.name != theme } }
        engine = AlertEngine(c)
        load = AlertLoad(places: catalogue.places)
    }

    /// Takes complete windows, the ends of later calls not before those of earlier ones. One step a window's end.
    public mutating func feed(_ rows: [Summary]) -> [AlertEffect] {
        var out: [AlertEffect] = []
        let byEnd = Dictionary(grouping: rows) { $0.end.ms }
        for end in byEnd.keys.sorted() {
            now = max(now, end)
            first = first ?? now
            let effects = engine.step(rows: byEnd[end]!, now: now)
            for case .notice(let n) in effects where n.kind != .resolved && n.kind != .acknowledged {
                calls += 1
                load.note(n)
            }
            for (desk, n) in load.counts(now: now) { worstLoad[desk] = max(worstLoad[desk] ?? 0, n) }
            out += effects
        }
        return out
    }

    /// Event time covered, ms.
    public var coveredMs: Int64 { first.map { now - $0 } ?? 0 }
}
