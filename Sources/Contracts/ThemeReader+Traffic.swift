import CityModel
import Yams

/// What the pipeline derives from speeds and counts, and how ratios become shares and indices.
extension ThemeReader {
    /// Derived from speed and the registry's road data.
    static let derivedFromSpeed = ["travel_time", "free_flow_time", "time_ratio", "free_flow", "speed_class"]
    /// Derived from the vehicles that a device counts, its speed and the registry's road data.
    static let derivedFromVehicles = ["vehicle_km", "vehicle_km_ratio"]
    /// Derived from those who come and go, and the registry's area.
    static let derivedFromPeople = ["people_net", "area_hours"]
    /// The names that no contract may send, besides those that its own keys derive.
    static let derived = derivedFromSpeed + derivedFromVehicles + derivedFromPeople

    /// The derived kinds that the contracts of a theme make possible. A count finds its speed within its partition, so
    /// one contract must have both.
    static func derived(from contracts: [TopicContract]) -> [String] {
        func sends(_ c: TopicContract, _ kind: String) -> Bool { c.kinds.contains { $0.name == kind } }
        let speed = contracts.contains { sends($0, "speed") }
        let both = contracts.contains { sends($0, "speed") && sends($0, "vehicles") }
        let people = contracts.contains { sends($0, "people_in") && sends($0, "people_out") }
        var names: [String] = []
        if speed { names += derivedFromSpeed }
        if both { names += derivedFromVehicles }
        if people { names += derivedFromPeople }
        for c in contracts {
            names += c.kinds.flatMap(\.ownDerived)
            names += c.stations?.derived ?? []
        }
        if contracts.contains(where: { $0.video != nil }) { names += VideoRules.derived }
        return names
    }

    /// `congested: { from: 1.5, source: ... }`.
    func congested(_ m: YamlMap) -> MeasureSource {
        let c = m.map("congested")
        c.checkKeys(["from", "source"])
        if c.node != nil { _ = c.text("source") }
        if kinds?.contains(Self.derivedFromVehicles[0]) == false {
            m.problem(
                "`congested` needs `speed` and `vehicles` in one of the theme's contracts", "Add them, or use a ratio",
                at: m.child("congested"))
        }
        if c.node != nil, !c.has("from") { c.problem("`from` is missing", "Add `from: 1.5`, a travel time ratio") }
        return .congested(from: c.number("from", in: 1...100) ?? 1)
    }

    /// Aggregates of a kind that an index cannot be laid over: they are no value of the kind.
    private static let noValues = ["variance", "distinct"]

    /// `index: { from: [...], to: [...], round: up, source: ... }`.
    static func index(
        _ m: YamlMap, of source: MeasureSource, _ aggregates: [(text: String, at: Node)]
    ) -> IndexScale? {
        guard let i = m.optionalMap("index") else { return nil }
        i.checkKeys(["from", "to", "round", "source"])
        for a in aggregates where noValues.contains(a.text) {
            m.problem("a measure with an `index` has no `\(a.text)`", "Remove it, or the index", at: a.at)
        }
        let (scale, why) = (points(i), i.text("source"))
        let round = i.choice("round", IndexScale.Rounding.none, required: false)
        return scale.map { IndexScale(from: $0.from, to: $0.to, source: why, round: round) }
    }

    /// `{ from: [...], to: [...] }`: as many of one as of the other, the first rising.
    static func points(_ i: YamlMap) -> (from: [Double], to: [Double])? {
        func points(_ key: String) -> [Double]? {
            guard let all = i.numbers(key), all.count > 1, all.allSatisfy({ $0.magnitude <= 1e9 }) else {
                i.problem("`\(key)` must be a list of two or more numbers within ±1e9", "Write `[1, 2]`", at: i.child(key))
                return nil
            }
            return all
        }
        func rises(_ a: [Double]) -> Bool { zip(a, a.dropFirst()).allSatisfy { $0 < $1 } }
        let (from, to) = (points("from"), points("to"))
        guard let from, let to else { return nil }
        if !rises(from) { i.problem("`from` does not rise throughout", "Order its numbers", at: i.child("from")) }
        if !rises(to), !rises(to.reversed()) {
            i.problem("`to` neither rises nor falls throughout", "Order its numbers", at: i.child("to"))
        }
        if from.count != to.count {
            i.problem("`to` has \(to.count) numbers, `from` has \(from.count)", "Write one for each", at: i.child("to"))
            return nil
        }
        return (from, to)
    }

    /// `names: { normal: { zh: ..., en: ... }, blue: ... }`: one for each level, or none at all.
    static func levelNames(_ m: YamlMap, _ steps: [LevelStep]) -> [Severity: [String: String]] {
        guard let names = m.optionalMap("names") else { return [:] }
        let levels = [.normal] + steps.map(\.severity)
        names.checkKeys(levels.map(\.rawValue))
        var out: [Severity: [String: String]] = [:]
        let nameless = levels.filter { !names.has($0.rawValue) }.map(\.rawValue)
        if let first = nameless.first {
            let all = nameless.joined(separator: ", ")
            names.problem("there is no name for \(all)", "Add `\(first): { zh: ..., en: ... }`", at: m.child("names"))
        }
        for l in levels where names.has(l.rawValue) {
            let n = names.map(l.rawValue)
            n.checkKeys(["zh", "en"])
            if n.node != nil { out[l] = ["zh": n.text("zh"), "en": n.text("en")] }
        }
        return out
    }
}
