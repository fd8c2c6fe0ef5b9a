import CityModel
import Yams

/// Turns `rules:` of a theme into rules; read after its measures.
struct RuleReader {
    /// Longest `for`, `keep_firing_for`, `stale_after`, flapping and escalation time: a week, ms.
    static let longestMs: Int64 = 7 * 86_400_000
    static let keys = [
        "title", "measure", "window", "aggregate", "direction", "levels", "least", "margin", "for", "keep_firing_for",
        "stale_after", "scope", "corroborate", "urgency", "flapping", "escalate", "category", "subcategory", "source",
    ]

    let measures: [MeasureDef]
    let windows: [WindowDef]

    static func rules(_ m: YamlMap, _ measures: [MeasureDef], _ windows: [WindowDef]) -> [RuleDef] {
        guard let rules = m.optionalMap("rules") else { return [] }
        let reader = RuleReader(measures: measures, windows: windows)
        return rules.entries.compactMap { reader.rule($0.name, $0.map) }
    }

    private func rule(_ name: String, _ m: YamlMap) -> RuleDef? {
        m.checkKeys(Self.keys)
        m.checkName(name, "rule")
        let title = m.titles()
        let measure = measure(m)
        let window = window(m, of: measure)
        let aggregate = m.has("aggregate") ? m.text("aggregate") : nil
        if let aggregate, let measure, !aggregate.isEmpty, !measure.aggregates.contains(aggregate) {
            m.problem(
                "measure \(measure.name) has no `\(aggregate)`",
                "One of: \(measure.aggregates.joined(separator: ", "))",
                at: m.child("aggregate"))
        }
        let (direction, levels) = levels(m, measure)
        let step = window?.everyMs ?? 60_000
        return RuleDef(
            name: name, title: title, measure: measure?.name ?? "", window: window?.name ?? "", aggregate: aggregate,
            direction: direction, levels: levels, forMs: span(m, "for", 0), keepFiringMs: span(m, "keep_firing_for", 0),
            // Three windows in a row without evidence, and at least five minutes.
            staleAfterMs: span(m, "stale_after", max(3 * step, 300_000), min: step), scope: scope(m),
            corroboration: corroboration(m),
            urgency: m.has("urgency") ? m.choice("urgency", Urgency.unknown) : nil, flap: flapping(m),
            escalateMs: escalation(m), category: m.choice("category", AlertCategory.other, required: false),
            subcategory: m.has("subcategory") ? m.text("subcategory") : nil, source: m.text("source"))
    }

    private func measure(_ m: YamlMap) -> MeasureDef? {
        let name = m.text("measure")
        guard !name.isEmpty else { return nil }
        if let def = measures.first(where: { $0.name == name }) { return def }
        m.problem("there is no measure `\(name)`", "Name a measure of this theme", at: m.child("measure"))
        return nil
    }

    private func window(_ m: YamlMap, of measure: MeasureDef?) -> WindowDef? {
        let name = m.text("window")
        guard !name.isEmpty, let measure else { return nil }
        if measure.windows.contains(name), let def = windows.first(where: { $0.name == name }) { return def }
        let why =
            measure.sessions.contains(name) ? "is a session, which has no steps to count by" : "is none of its windows"
        m.problem(
            "measure \(measure.name): `\(name)` \(why)",
            measure.windows.isEmpty ? "Use another measure" : "One of: \(measure.windows.joined(separator: ", "))",
            at: m.child("window"))
        return nil
    }

    private func span(_ m: YamlMap, _ key: String, _ fallback: Int64, min: Int64 = 0) -> Int64 {
        let ms = m.duration(key, fallback)
        if ms > Self.longestMs {
            m.problem("`\(key)` is longer than 7d", "Shorten it", at: m.child(key))
            return fallback
        }
        if m.has(key), ms < min {
            m.problem(
                "`\(key)` is shorter than the window's step", "Lengthen it to `\(min)ms` or more", at: m.child(key))
            return fallback
        }
        return ms
    }

    private func scope(_ m: YamlMap) -> [PlaceLevel] {
        guard m.has("scope") else { return [.street] }
        let items = m.items("scope")
        if items.isEmpty, m.child("scope")?.sequence != nil {
            m.problem("`scope` names no level", "Write `scope: [street]`", at: m.child("scope"))
        }
        return items.compactMap { item in
            if let level = PlaceLevel(rawValue: item.text) { return level }
            let known = PlaceLevel.allCases.map(\.rawValue).joined(separator: ", ")
            let why = item.text == "road" ? "the registry names no roads" : "`\(item.text)` is not a level of places"
            m.problem(why, "One of: \(known)", at: item.at)
            return nil
        }
    }

    private func corroboration(_ m: YamlMap) -> Corroboration {
        guard let c = m.optionalMap("corroborate") else { return Corroboration() }
        c.checkKeys(["sensors", "coverage", "certainty"])
        let certainty = c.choice("certainty", Certainty.possible, required: false)
        if certainty == .unknown {
            c.problem(
                "`certainty: unknown` would take anything", "One of: unlikely, possible, likely, observed",
                at: c.child("certainty"))
        }
        return Corroboration(
            sensors: c.integer("sensors", 1, in: 1...1000), coverage: c.number("coverage", in: 0...100) ?? 0,
            certainty: certainty)
    }

    /// Defaults: unverified. Four raises an hour are more than people follow.
    private func flapping(_ m: YamlMap) -> FlapDef {
        guard let f = m.optionalMap("flapping") else { return FlapDef(raises: 4, withinMs: 3_600_000) }
        f.checkKeys(["raises", "within"])
        let within = span(f, "within", 3_600_000)
        if f.has("within"), within == 0 {
            f.problem("`within` must be longer than 0", "Write a duration such as `1h`", at: f.child("within"))
        }
        return FlapDef(raises: f.integer("raises", 4, in: 2...100), withinMs: max(1, within))
    }

    /// Defaults: unverified.
    private func escalation(_ m: YamlMap) -> [Int64] {
        guard m.has("escalate") else { return [600_000, 1_200_000] }
        guard let list = m.child("escalate")?.sequence else {
            m.problem(
                "`escalate` must be a list", "Write `escalate: [10m, 20m]`, or `[]` for never", at: m.child("escalate"))
            return []
        }
        if list.count > 2 {
            m.problem(
                "`escalate` has more than two steps", "Street to district, district to city", at: m.child("escalate"))
        }
        return list.compactMap { item in
            if let ms = YamlMap.milliseconds(item.scalar?.string ?? ""), (1...Self.longestMs).contains(ms) { return ms }
            m.problem("an item of `escalate` is not a duration up to 7d", "Write `[10m, 20m]`", at: item)
            return nil
        }
    }
}
