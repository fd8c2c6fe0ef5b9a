import CityModel

/// Where a measure's levels come from: the theme itself, or the jurisdiction.
extension ThemeReader {
    private static let packPrefix = "pack:"

    /// `levels: { ... }`, or `levels: pack:NAME`, a level set of the jurisdiction.
    func measureLevels(_ m: YamlMap, unit: String) -> Levels? {
        guard let node = m.child("levels") else { return nil }
        guard let text = node.scalar?.string else { return Self.levels(m.map("levels")) }
        guard text.hasPrefix(Self.packPrefix) else {
            m.problem("`levels` must be a mapping or `pack:NAME`", "Write thresholds, or name a level set", at: node)
            return nil
        }
        guard packs.known else { return nil }
        let name = String(text.dropFirst(Self.packPrefix.count))
        guard let j = packs.jurisdiction else {
            m.problem("`\(text)` needs a jurisdiction, and none is chosen", "Name one in city.yaml", at: node)
            return nil
        }
        guard let set = j.sets[name] else {
            let all = j.sets.keys.sorted().joined(separator: ", ")
            m.problem(
                "jurisdiction \(j.name) has no level set `\(name)`", "Add it there, or use one of: \(all)", at: node)
            return nil
        }
        if set.unit != unit {
            m.problem(
                "level set \(name) of \(j.name) is in \(set.unit), the measure in \(unit)", "Use one unit", at: node)
        }
        return set.levels
    }

    /// `grades: [{ from: 0, zh: ..., en: ... }, ...]`: what the field calls the values, finer than the severities.
    static func grades(_ m: YamlMap) -> [Grade] {
        guard m.has("grades") else { return [] }
        if m.has("names") {
            m.problem("`grades` and `names` both name the levels", "Keep one", at: m.child("grades"))
        }
        var out: [Grade] = []
        for g in m.list("grades") where g.node != nil {
            g.checkKeys(["from", "zh", "en"])
            if !g.has("from") { g.problem("`from` is missing", "Write the value at which the grade begins") }
            let from = g.number("from", in: -Micro.limit...Micro.limit) ?? 0
            if let last = out.last, g.has("from"), from <= last.from {
                g.problem("`from` does not rise", "Order the grades by their values", at: g.child("from"))
            }
            out.append(Grade(from: from, name: ["zh": g.text("zh"), "en": g.text("en")]))
        }
        if out.isEmpty {
            m.problem("there are no grades", "Add `- { from: 0, zh: ..., en: ... }`", at: m.child("grades"))
        }
        return out
    }
}
