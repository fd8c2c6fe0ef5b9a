import CityModel

/// Turns `Topics/themes/*.yaml` into themes.
enum ThemeReader {
    /// Kinds that the pipeline derives from speed and the registry's road data.
    static let derived = ["travel_time", "free_flow_time"]

    static func theme(_ m: YamlMap, name: String, contracts: [TopicContract]) -> ThemeDef {
        m.checkKeys(["version", "title", "topics", "pane", "windows", "measures"])
        let topics = m.texts("topics")
        for t in topics where !contracts.contains(where: { $0.name == t }) {
            m.problem("there is no contract `\(t)`", "Name a file of inputs/", at: m.child("topics"))
        }
        let kinds = Set(contracts.filter { topics.contains($0.name) }.flatMap { $0.kinds.map(\.name) } + derived)
        let pane = max(1, m.duration("pane"))
        var windows: [WindowDef] = []
        for (w, def) in m.map("windows").entries {
            def.checkKeys(["size", "every"])
            let size = max(1, def.duration("size"))
            let every = max(1, def.duration("every", size))
            if size % pane != 0 || every % pane != 0 || size % every != 0 {
                def.problem("window \(w): pane must divide size and every, and every must divide size", "Mend the lengths")
            }
            windows.append(WindowDef(name: w, sizeMs: size, everyMs: every))
        }
        if windows.isEmpty { m.problem("there are no windows", "Add `windows:`") }
        let measures = m.map("measures").entries.map { measure($0.name, $0.map, windows: windows, kinds: kinds) }
        if measures.isEmpty { m.problem("there are no measures", "Add `measures:`") }
        return ThemeDef(
            name: name, version: m.integer("version", 1, in: 1...1_000_000), title: m.titles("title"), topics: topics,
            paneMs: pane, windows: windows, measures: measures)
    }

    static func measure(_ name: String, _ m: YamlMap, windows: [WindowDef], kinds: Set<String>) -> MeasureDef {
        m.checkKeys(["title", "kind", "ratio", "density", "unit", "windows", "aggregates", "display", "levels"])
        func known(_ kind: String, _ key: String) -> String {
            if !kinds.contains(kind) {
                m.problem("`\(kind)` is not a kind of the theme's topics", "Add it to a contract, or mend the name", at: m.child(key))
            }
            return kind
        }
        let source: MeasureSource
        if m.child("ratio") != nil {
            let parts = m.texts("ratio")
            if parts.count != 2 { m.problem("`ratio` must name two kinds", "Write `ratio: [a, b]`", at: m.child("ratio")) }
            source = .ratio(
                numerator: known(parts.first ?? "", "ratio"), denominator: known(parts.last ?? "", "ratio"))
        } else if m.child("density") != nil {
            source = .density(known(m.text("density"), "density"))
        } else {
            source = .kind(known(m.text("kind"), "kind"))
        }
        let names = m.child("windows") == nil ? windows.map(\.name) : m.texts("windows")
        for w in names where !windows.contains(where: { $0.name == w }) {
            m.problem("there is no window `\(w)`", "Name a window of this theme", at: m.child("windows"))
        }
        let aggregates = m.texts("aggregates")
        for a in aggregates where !MeasureDef.aggregateNames.contains(a) && MeasureDef.quantile(a) == nil {
            let all = MeasureDef.aggregateNames.sorted().joined(separator: ", ")
            m.problem("`\(a)` is not an aggregate", "One of: \(all), p1 to p99", at: m.child("aggregates"))
        }
        let display = m.text("display", aggregates.first)
        if !aggregates.contains(display) {
            m.problem("`display: \(display)` is not among the aggregates", "Add it there", at: m.child("display"))
        }
        return MeasureDef(
            name: name, title: m.titles("title"), source: source, unit: m.text("unit"), windows: names,
            aggregates: aggregates, display: display, levels: m.child("levels") == nil ? nil : levels(m.map("levels")))
    }

    static func levels(_ m: YamlMap) -> Levels {
        let colours: [Severity] = [.blue, .yellow, .orange, .red]
        m.checkKeys(["direction", "source"] + colours.map(\.rawValue))
        let direction = m.choice("direction", Direction.above)
        var steps: [LevelStep] = []
        for c in colours where m.child(c.rawValue) != nil {
            guard let t = Double(m.text(c.rawValue)), t.isFinite else {
                m.problem("`\(c.rawValue)` must be a number", "Write the threshold", at: m.child(c.rawValue))
                continue
            }
            if let last = steps.last, direction == .above ? t <= last.threshold : t >= last.threshold {
                m.problem("`\(c.rawValue)` is not worse than \(last.severity)", "Order the steps", at: m.child(c.rawValue))
            }
            steps.append(LevelStep(severity: c, threshold: t))
        }
        return Levels(direction: direction, steps: steps, source: m.text("source"))
    }
}
