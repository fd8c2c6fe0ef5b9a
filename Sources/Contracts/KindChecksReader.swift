import CityModel

/// Turns `checks:` of a reading kind into its rules.
enum KindChecksReader {
    static let numbers = -Micro.limit...Micro.limit

    static func checks(_ m: YamlMap, kind: String) -> KindChecks {
        m.checkKeys(["stuck_after", "rest_value", "max_change_per_minute", "agree", "weights", "source"])
        if !["stuck_after", "max_change_per_minute", "agree"].contains(where: m.has) {
            m.problem("`checks` of \(kind) check nothing", "Give stuck_after, max_change_per_minute or agree")
        }
        if m.has("rest_value"), !m.has("stuck_after") {
            m.problem("`rest_value` means nothing without stuck_after", "Remove it", at: m.child("rest_value"))
        }
        return KindChecks(
            stuckAfterMs: m.has("stuck_after") ? m.duration("stuck_after", min: 1) : nil,
            restValue: m.number("rest_value", in: numbers),
            maxChangePerMinute: m.number("max_change_per_minute", in: 1e-6...Micro.limit),
            agreement: m.optionalMap("agree").map { agreement($0, kind: kind) },
            weights: weights(m.map("weights")), source: m.text("source"))
    }

    private static func agreement(_ m: YamlMap, kind: String) -> AgreementRule {
        m.checkKeys(["quantity", "compare", "tolerance", "percent", "over"])
        if !m.has("tolerance"), !m.has("percent") {
            m.problem("`agree` has neither tolerance nor percent", "Say how far two sensors may be apart")
        }
        return AgreementRule(
            quantity: m.text("quantity", kind), compare: m.choice("compare", .mean, required: false),
            tolerance: m.number("tolerance", in: 0...Micro.limit) ?? 0, percent: m.number("percent", in: 0...100) ?? 0,
            overMs: m.duration("over", 0))
    }

    /// Defaults: unverified. A stuck sensor says next to nothing, a jump may be the truth.
    private static func weights(_ m: YamlMap) -> CheckWeights {
        m.checkKeys(["stuck", "jump", "off", "disagree"])
        func weight(_ key: String, _ fallback: Double) -> Int64 {
            Int64(((m.number(key, in: 0...1) ?? fallback) * 1000).rounded())
        }
        return CheckWeights(
            stuck: weight("stuck", 0.1), jump: weight("jump", 0.25), off: weight("off", 0.1),
            disagree: weight("disagree", 0.5))
    }
}
