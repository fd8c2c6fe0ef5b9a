import CityModel

/// Turns `stations:` of a contract into its rules.
enum StationRulesReader {
    static func rules(_ m: YamlMap, kinds: [KindRule], format: WireFormat, outOfOrdernessMs: Int64) -> StationRules? {
        m.checkKeys(["interval", "california", "deviate", "smoothing"])
        if format != .kapokJSON {
            m.problem("`stations` needs format kapok-json", "Remove it")
            return nil
        }
        if !kinds.contains(where: { $0.name == StationChain.kind }) {
            m.problem("`stations` needs the kind \(StationChain.kind)", "Add the kind, or remove `stations`")
        }
        if !["california", "deviate", "smoothing"].contains(where: m.has) {
            m.problem("`stations` names no detector", "Give california, deviate or smoothing")
        }
        let interval = m.duration("interval", 60_000, min: 1)
        // Few intervals are open at a time then, so that a station's state is small.
        if interval < max(1000, outOfOrdernessMs) || interval > 3_600_000 {
            m.problem(
                "`interval` must be from out_of_orderness (1s at least) to 1h", "Write `interval: 1m`",
                at: m.child("interval"))
        }
        return StationRules(
            intervalMs: max(1000, interval), california: m.optionalMap("california").map(california),
            deviate: m.optionalMap("deviate").map { deviate($0, kinds) },
            smoothing: m.optionalMap("smoothing").map { smoothing($0, kinds) })
    }

    private static let persistence = 1...60
    private static let longest = 2...1440

    private static func california(_ m: YamlMap) -> StationRules.California {
        m.checkKeys(["difference", "relative", "downstream", "persistence", "source"])
        return .init(
            difference: m.number("difference", in: 0...100) ?? 8, relative: m.number("relative", in: 0...1) ?? 0.5,
            downstream: m.number("downstream", in: 0...100) ?? 15,
            persistence: m.integer("persistence", 2, in: persistence), source: m.text("source"))
    }

    private static func quantity(_ m: YamlMap, _ kinds: [KindRule]) -> StationRules.Quantity {
        let of = m.choice("of", StationRules.Quantity.occupancy, required: false)
        if !kinds.contains(where: { $0.name == of.rawValue }) {
            m.problem("there is no kind \(of.rawValue) in this contract", "Add it, or judge another", at: m.child("of"))
        }
        return of
    }

    private static func deviate(_ m: YamlMap, _ kinds: [KindRule]) -> StationRules.Deviate {
        m.checkKeys(["of", "history", "critical", "least_deviation", "persistence", "longest", "source"])
        return .init(
            of: quantity(m, kinds), history: m.integer("history", 10, in: 2...120),
            critical: m.number("critical", in: 0.1...100) ?? 3,
            leastDeviation: m.number("least_deviation", in: 1e-6...1000) ?? 2,
            persistence: m.integer("persistence", 2, in: persistence), longest: m.integer("longest", 60, in: longest),
            source: m.text("source"))
    }

    private static func smoothing(_ m: YamlMap, _ kinds: [KindRule]) -> StationRules.Smoothing {
        m.checkKeys([
            "of", "alpha", "error_alpha", "critical", "least_error", "persistence", "warm_up", "longest", "source",
        ])
        return .init(
            of: quantity(m, kinds), alpha: m.number("alpha", in: 0.01...0.9) ?? 0.3,
            errorAlpha: m.number("error_alpha", in: 0.01...0.9) ?? 0.1,
            critical: m.number("critical", in: 0.1...100) ?? 5,
            leastError: m.number("least_error", in: 1e-6...1000) ?? 1.5,
            persistence: m.integer("persistence", 2, in: persistence), warmUp: m.integer("warm_up", 10, in: 1...1000),
            longest: m.integer("longest", 60, in: longest), source: m.text("source"))
    }
}
