import CityModel
import Yams

/// Reads `departments:` and `runbooks:` of a theme.
extension ThemeReader {
    /// - Parameter measures: those of the theme, as they were read.
    static func runbooks(_ m: YamlMap, _ measures: [MeasureDef]) -> [RunbookDef] {
        var departments: [String: RunbookDef.Text] = [:]
        if m.has("departments") {
            for (name, d) in m.map("departments").entries {
                d.checkKeys(["zh", "en"])
                departments[name] = ["zh": d.text("zh"), "en": d.text("en")]
            }
        }
        guard m.has("runbooks") else { return [] }
        return m.map("runbooks").entries.map { name, r in
            r.checkKeys(["department", "source", "levels"])
            let measure = measures.first { $0.name == name }
            if measure == nil { r.problem("there is no measure `\(name)`", "Name a measure of this theme") }
            let department = r.text("department")
            if !department.isEmpty, departments[department] == nil {
                r.problem("there is no department `\(department)`", "Add it to `departments`", at: r.child("department"))
            }
            return RunbookDef(
                measure: name, department: departments[department] ?? [:], levels: levels(r, of: measure),
                source: r.text("source"))
        }
    }

    private static func levels(_ r: YamlMap, of measure: MeasureDef?) -> [Severity: RunbookDef.Level] {
        var out: [Severity: RunbookDef.Level] = [:]
        let levels = r.map("levels")
        if !r.has("levels") || levels.node?.isEmpty == true {
            r.problem("the runbook has no levels", "Add `levels: { red: { steps: [...] } }`")
        }
        for (name, l) in levels.entries {
            let level = Severity(rawValue: name)
            if let measure, !(measure.levels?.steps.contains { $0.severity == level } ?? false) {
                l.problem("`\(measure.name)` has no level \(name)", "One of its own levels, or mend the name")
            }
            l.checkKeys(["steps", "resources"])
            let steps = texts(l, "steps")
            if steps.isEmpty, l.child("steps")?.sequence?.isEmpty ?? !l.has("steps") {
                l.problem("there are no steps", "Add `steps:`, one `- { zh: ..., en: ... }` a line")
            }
            if let level { out[level] = .init(steps: steps, resources: texts(l, "resources")) }
        }
        return out
    }

    private static func texts(_ m: YamlMap, _ key: String) -> [RunbookDef.Text] {
        m.list(key).filter { $0.node != nil }.map { t in
            t.checkKeys(["zh", "en"])
            return ["zh": t.text("zh"), "en": t.text("en")]
        }
    }
}
