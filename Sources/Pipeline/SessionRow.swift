import Analytics
import CityModel
import Contracts
import HubAPI
import Windowing

/// One session of a street as measures show it.
struct SessionRow {
    let plan: ThemePlan
    let place: String
    let code: UInt64
    let window: String
    let start: Int64
    let end: Int64
    /// Nil: the session has become part of another.
    let aggregate: Aggregate?
    let expected: Int

    func summary(_ m: MeasureDef, _ status: WindowStatus, _ revision: Int) -> Summary {
        let reporting = aggregate?.sensors.count ?? 0
        let v = MeasureValues(m, numerator: aggregate, denominator: nil, sizeMs: end - start, reporting: reporting)
        return Summary(
            place: place, level: .street, theme: plan.def.name, measure: m.name, window: window,
            start: EventTime(ms: start), end: EventTime(ms: end), status: status, revision: revision, unit: m.unit,
            value: v.display, values: v.values, severity: v.severity, count: aggregate?.count ?? 0, expected: expected,
            reporting: reporting, coverage: expected > 0 ? min(100, 100 * Double(reporting) / Double(expected)) : nil,
            late: aggregate?.late ?? 0, digest: status == .provisional ? "" : digest(m, reporting))
    }

    /// SHA-256 over the session's canonical bytes, as of other windows, and its end.
    private func digest(_ m: MeasureDef, _ reporting: Int) -> String {
        var b: [UInt8] = []
        for text in [plan.def.name, m.name, window] {
            b += text.utf8
            b.append(0)
        }
        b.appendInteger(Int64(plan.def.version))
        b.appendInteger(start)
        b.appendInteger(end)
        b.appendInteger(code)
        b.appendInteger(Int64(expected))
        b.appendInteger(Int64(reporting))
        (aggregate ?? Aggregate()).append(to: &b)
        return hexDigest(b)
    }
}
