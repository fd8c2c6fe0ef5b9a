import CityModel
import Yams

/// What the pipeline derives from speeds and counts, and how ratios become shares and indices.
extension ThemeReader {
    /// Derived from speed and the registry's road data.
    static let derivedFromSpeed = ["travel_time", "free_flow_time", "time_ratio"]
    /// Derived from the vehicles that a device counts, its speed and the registry's road data.
    static let derivedFromVehicles = ["vehicle_km", "vehicle_km_ratio"]
    static let derived = derivedFromSpeed + derivedFromVehicles

    /// The derived kinds that the contracts of a theme make possible. A count finds its speed within its partition, so
    /// one contract must have both.
    static func derived(from contracts: [TopicContract]) -> [String] {
        func sends(_ c: TopicContract, _ kind: String) -> Bool { c.kinds.contains { $0.name == kind } }
        let speed = contracts.contains { sends($0, "speed") }
        let both = contracts.contains { sends($0, "speed") && sends($0, "vehicles") }
        return (speed ? derivedFromSpeed : []) + (both ? derivedFromVehicles : [])
            + contracts.flatMap { $0.stations?.derived ?? [] }
            + (contracts.contains { $0.video != nil } ? VideoRules.derived : [])
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

    /// `index: { from: [...], to: [...], source: ... }`.
    static func index(_ m: YamlMap, of source: MeasureSource) -> IndexScale? {
        guard let i = m.optionalMap("index") else { return nil }
        i.checkKeys(["from", "to", "source"])
        if !source.isRatio {
            m.problem("`index` is for measures of a ratio", "Remove it, or measure a ratio", at: m.child("index"))
        }
        func points(_ key: String) -> [Double]? {
            guard let all = i.numbers(key), all.count > 1, all.allSatisfy({ $0.magnitude <= 1e9 }) else {
                i.problem("`\(key)` must be a list of two or more numbers within ±1e9", "Write `[1, 2]`", at: i.child(key))
                return nil
            }
            return all
        }
        func rises(_ a: [Double]) -> Bool { zip(a, a.dropFirst()).allSatisfy { $0 < $1 } }
        let (from, to, why) = (points("from"), points("to"), i.text("source"))
        guard let from, let to else { return nil }
        if !rises(from) { i.problem("`from` does not rise throughout", "Order its numbers", at: i.child("from")) }
        if !rises(to), !rises(to.reversed()) {
            i.problem("`to` neither rises nor falls throughout", "Order its numbers", at: i.child("to"))
        }
        if from.count != to.count {
            i.problem("`to` has \(to.count) numbers, `from` has \(from.count)", "Write one for each", at: i.child("to"))
            return nil
        }
        return IndexScale(from: from, to: to, source: why)
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
