import Yams

/// `outlook`: what is forecast and scored.
extension ThemeReader {
    private enum Answer: String, CaseIterable {
        case yes = "true"
        case no = "false"
    }

    /// Nil where the theme has none, or one of which too little is known.
    static func outlook(_ theme: YamlMap, _ windows: [WindowDef], _ measures: [MeasureDef]) -> OutlookDef? {
        guard let m = theme.optionalMap("outlook") else { return nil }
        m.checkKeys([
            "window", "horizons", "measures", "interval", "history", "anomaly", "threshold", "utc_offset_minutes",
        ])
        let name = m.text("window")
        let window = windows.first { $0.name == name }
        if window == nil, !name.isEmpty {
            let all = windows.map(\.name).joined(separator: ", ")
            m.problem(
                "`\(name)` is not a window of fixed length of this theme", "One of: \(all)", at: m.child("window"))
        }
        let named = m.items("measures")
        if named.isEmpty { m.problem("`measures` is missing", "Add `measures: [...]`", at: m.child("measures")) }
        for item in named { check(item, window, measures, m) }
        let threshold = m.number("threshold", in: 1...12)
        let scored = m.choice("anomaly", Answer.no, required: false) == .yes
        if m.has("threshold"), !scored {
            m.problem(
                "`threshold` says nothing without `anomaly: true`", "Add it, or remove this", at: m.child("threshold"))
        }
        let horizons = window.map { self.horizons(m, stepMs: $0.sizeMs) } ?? []
        guard let window, !horizons.isEmpty else { return nil }
        return OutlookDef(
            window: name, stepMs: window.sizeMs, horizonsMs: horizons, measures: named.map(\.text),
            interval: (m.number("interval", in: 50...99) ?? 80) / 100,
            history: m.integer("history", 24, in: 1...100_000), threshold: scored ? threshold ?? 3.5 : nil,
            utcOffsetMinutes: m.integer("utc_offset_minutes", 480, in: -840...840))
    }

    private static func check(
        _ item: (text: String, at: Node), _ window: WindowDef?, _ measures: [MeasureDef], _ m: YamlMap
    ) {
        guard let measure = measures.first(where: { $0.name == item.text }) else {
            return m.problem("there is no measure `\(item.text)`", "Name a measure of this theme", at: item.at)
        }
        if let window, !measure.windows.contains(window.name) {
            m.problem(
                "measure \(item.text) has no window `\(window.name)`", "Add it to the measure's `windows`", at: item.at)
        }
    }

    private static func horizons(_ m: YamlMap, stepMs: Int64) -> [Int64] {
        let items = m.items("horizons")
        if items.isEmpty {
            m.problem("`horizons` is missing", "Add `horizons: [15m, 30m, 60m]`", at: m.child("horizons"))
        } else if items.count > OutlookDef.mostHorizons {
            m.problem("there are more than \(OutlookDef.mostHorizons) horizons", "Remove some", at: m.child("horizons"))
        }
        var out: [Int64] = []
        for item in items {
            guard let ms = YamlMap.milliseconds(item.text), ms > 0 else {
                m.problem(
                    "`\(item.text)` is not a duration", "Write a whole number and ms, s, m, h or d: `15m`", at: item.at)
                continue
            }
            if ms % stepMs != 0 || ms / stepMs > OutlookDef.longestSteps {
                m.problem(
                    "a horizon is 1 to \(OutlookDef.longestSteps) whole windows", "Mend `\(item.text)`", at: item.at)
            } else if let last = out.last, ms <= last {
                m.problem("the horizons do not rise", "Order them", at: item.at)
            } else {
                out.append(ms)
            }
        }
        return out
    }
}
