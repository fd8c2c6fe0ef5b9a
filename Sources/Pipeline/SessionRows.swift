import CityModel
import HubAPI
import Windowing

/// One theme's sessions out of their partials, as `SessionRollUp` shows them: `kapok verify` makes them again.
public struct SessionRows: Sendable {
    public let plan: ThemePlan

    public init(_ plan: ThemePlan) { self.plan = plan }

    /// The rows of every session that a table holds, as complete ones that were never revised.
    /// - Parameter table: what all partitions have: sessions that overlap are one, whoever counted them.
    public func all(_ table: SessionTable) -> [Summary] {
        var rollUp = SessionRollUp(plan)
        rollUp.noteRestored(table)
        return rollUp.emit([table], clock: .max) { _, _, _, _ in [] }
    }

    /// What a row says once its session has become part of another; nil where the theme has no such row.
    public func withdrawn(_ s: Summary) -> Summary? {
        guard let place = UInt64(s.place).flatMap({ plan.places.index(of: $0) }), plan.places.streets.contains(place)
        else { return nil }
        for stream in plan.streams where stream.window.name == s.window {
            guard let m = stream.measures.first(where: { $0.name == s.measure }) else { continue }
            return SessionRow(
                plan: plan, place: s.place, code: plan.places.places[place].code, window: s.window, start: s.start.ms,
                end: s.end.ms, aggregate: nil, expected: stream.expected[place - plan.places.streets.lowerBound]
            ).summary(m, s.status, s.revision)
        }
        return nil
    }
}
