import Windowing
import Wire

/// What the session windows of all themes made of a reading.
enum SessionVerdict { case unwanted, taken, late }

/// Session windows. Nothing here runs where no theme of the topic has any.
extension PartitionProcessor {
    mutating func addToSessions(_ source: Int32, _ value: Int64, _ time: Int64, _ wm: Int64) -> SessionVerdict {
        var verdict = SessionVerdict.unwanted
        for r in plan.sessionRoutes(source) where r.route.above < value && value < r.route.below {
            let taken = sessions[Int(r.theme)].add(
                value, time: time, stream: Int(r.route.stream), street: Int(r.street), ordinal: Int(r.route.ordinal),
                needs: r.route.needs, watermark: wm)
            if taken { verdict = .taken } else if verdict == .unwanted { verdict = .late }
        }
        return verdict
    }

    mutating func countLateInSessions(_ source: Int32, _ value: Int64) {
        for r in plan.sessionRoutes(source) where r.route.above < value && value < r.route.below {
            sessions[Int(r.theme)].addLate(
                time: watermark.maxEventTime, stream: Int(r.route.stream), street: Int(r.street))
        }
    }

    /// Sessions of one theme changed and gone since the last call.
    public mutating func drainSessions(theme: Int) -> (changed: [SessionCell], removed: [SessionCell]) {
        sessions[theme].drain()
    }
    public mutating func restoreSession(theme: Int, _ c: SessionCell, _ a: Aggregate) { sessions[theme].restore(c, a) }
    public mutating func removeSession(theme: Int, _ c: SessionCell) { sessions[theme].remove(c) }
}
