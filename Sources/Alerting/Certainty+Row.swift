import CityModel
import HubAPI

extension Certainty {
    /// How sure a window's value is. CAP 1.2 names the grades; where they begin is ours, *unverified*:
    /// nothing measured is `unknown`; readings that weigh a quarter or less on average `unlikely` (only flagged sensors
    /// say so); those below three quarters, a single sensor, or a group that disagrees `possible`; two sensors or more
    /// `likely`, and `observed` where they weigh 0.9 or more and half of the expected ones report.
    static func of(_ row: Summary) -> Certainty {
        // A measure that fuses others says it itself.
        if let fused = row.certainty { return fused }
        guard row.value != nil, row.count > 0 else { return .unknown }
        let quality = row.quality ?? 1
        if quality <= 0.25 { return .unlikely }
        let disagree = row.findings?.agreements.contains { $0.status == .disagree } ?? false
        if quality < 0.75 || row.reporting < 2 || disagree { return .possible }
        return quality >= 0.9 && row.coverage ?? 100 >= 50 ? .observed : .likely
    }
}

extension RuleBook.Rule {
    /// The value that is compared; nil where there is none, or it is not finite.
    func value(_ row: Summary) -> Double? {
        let v = isDisplayed ? row.value : row.values[aggregate]
        return v.flatMap { $0.isFinite ? $0 : nil }
    }

    /// Whether a row is evidence, for raising as for clearing.
    func corroborates(_ row: Summary, _ certainty: Certainty) -> Bool {
        let c = def.corroboration
        return certainty >= c.certainty && certainty > .unknown && row.reporting >= c.sensors
            && row.coverage ?? 100 >= c.coverage
    }

    func urgency(_ s: Severity) -> Urgency { def.urgency ?? (s >= .orange ? .immediate : .expected) }
}
