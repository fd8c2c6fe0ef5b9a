import CityModel
import Yams

/// Turns `Topics/themes/*.yaml` into themes.
struct ThemeReader {
    /// All that a measure of `ratio`, `density` or `congested` can be asked for.
    static let ratioAggregates = ["ratio", "weighted", "count"]

    /// Keys that say which kinds a measure reads.
    static let kindKeys = ["kind", "ratio", "density", "congested"]

    /// Nil where the contracts are not known, so that no kind can be called unknown.
    let kinds: Set<String>?
    /// Kinds whose observations carry identities.
    let identified: Set<String>
    let packs: LevelPacks
    /// Kinds that no contract sends.
    let derivedKinds: Set<String>
    private let windows: [WindowDef]
    private let sessions: [SessionDef]

    /// - Parameter contracts: nil where a file of inputs/ could not be read at all.
    static func theme(
        _ m: YamlMap, name: String, contracts: [TopicContract]?, packs: LevelPacks
    ) -> ThemeDef {
        m.checkKeys([
            "version", "title", "topics", "pane", "windows", "measures", "speed_classes", "departments", "runbooks",
            "incidents", "outlook", "rules",
        ])
        m.checkName(name, "theme")
        let topics = m.items("topics")
        if topics.isEmpty { m.problem("the theme reads no topics", "Add `topics: [...]`", at: m.child("topics")) }
        for t in topics where contracts?.contains(where: { $0.name == t.text }) == false {
            m.problem("there is no contract `\(t.text)`", "Name a file of inputs/", at: t.at)
        }
        let pane = m.duration("pane", min: 1)
        let entries = m.map("windows").entries
        let sessions = entries.filter { $0.map.has("gap") }.map { session($0.name, $0.map) }
        let windows = entries.filter { !$0.map.has("gap") }.map { window($0.name, $0.map, pane: pane) }
        if entries.isEmpty { m.problem("there are no windows", "Add `windows:`", at: m.child("windows")) }
        let read = (contracts ?? []).filter { c in topics.contains { $0.text == c.name } }
        var kinds = Set(read.flatMap { $0.kinds.map(\.name) })
        kinds.formUnion(derived(from: read))
        let classes = m.optionalMap("speed_classes").map(speedClasses)
        if classes == nil { kinds.remove("speed_class") }
        // An alarm's identities are the sensors that are in alarm.
        let identified = Set(read.filter { $0.format == .deepstream }.flatMap { $0.kinds.map(\.name) })
            .union(read.flatMap(\.kinds).filter { $0.alarm != nil }.map { $0.name + "_alarm" })
        let reader = ThemeReader(
            kinds: contracts == nil ? nil : kinds, identified: identified, packs: packs,
            derivedKinds: Set(derived(from: read)), windows: windows, sessions: sessions)
        let entriesOfMeasures = m.map("measures").entries
        var measures = entriesOfMeasures.map { reader.measure($0.name, $0.map) }
        compose(&measures, entriesOfMeasures.map(\.map), windows)
        if measures.isEmpty { m.problem("there are no measures", "Add `measures:`", at: m.child("measures")) }
        return ThemeDef(
            name: name, version: m.integer("version", 1, in: 1...1_000_000), title: m.titles(),
            topics: topics.map(\.text),
            paneMs: pane, windows: windows, sessions: sessions, measures: measures, speedClasses: classes,
            runbooks: runbooks(m, measures), incidents: m.optionalMap("incidents").map { .read($0) },
            outlook: outlook(m, windows, measures),
            rules: RuleReader.rules(m, measures, windows))
    }

    static func window(_ name: String, _ m: YamlMap, pane: Int64) -> WindowDef {
        m.checkKeys(["size", "every"])
        m.checkName(name, "window")
        let size = m.duration("size", min: 1)
        let every = m.duration("every", size, min: 1)
        if size % pane != 0 || every % pane != 0 || size % every != 0 {
            m.problem("window \(name): pane must divide size and every, and every must divide size", "Mend the lengths")
        } else if size / pane > 10_000 {
            m.problem("window \(name) is longer than 10000 panes", "Shorten it, or lengthen the pane")
        }
        return WindowDef(name: name, sizeMs: size, everyMs: every)
    }

    private func source(_ m: YamlMap) -> MeasureSource {
        func known(_ kind: String, _ at: Node?) -> String {
            if !kind.isEmpty, kinds?.contains(kind) == false {
                m.problem(
                    "`\(kind)` is not a kind of the theme's topics", "Add it to a contract, or mend the name", at: at)
            }
            return kind
        }
        let given = (Self.kindKeys + Self.composedKeys).filter(m.has)
        if given.count != 1 {
            let all = (Self.kindKeys + Self.composedKeys).map { "`\($0)`" }.joined(separator: ", ")
            m.problem("a measure has one of \(all), not \(given.count)", "Keep one")
        }
        switch given.first {
        case "ratio":
            let parts = m.items("ratio")
            guard parts.count == 2 else {
                m.problem("`ratio` must name two kinds", "Write `ratio: [a, b]`", at: m.child("ratio"))
                return .ratio(numerator: "", denominator: "")
            }
            return .ratio(numerator: known(parts[0].text, parts[0].at), denominator: known(parts[1].text, parts[1].at))
        case "congested": return congested(m)
        case "density": return .density(known(m.text("density"), m.child("density")))
        case "kind": return .kind(known(m.text("kind"), m.child("kind")))
        default: return .kind("")
        }
    }

    func isSession(_ name: String) -> Bool { sessions.contains { $0.name == name } }
    func isFixed(_ name: String) -> Bool { windows.contains { $0.name == name } }

    private func measure(_ name: String, _ m: YamlMap) -> MeasureDef {
        if let key = Self.composedKeys.first(where: m.has), !Self.kindKeys.contains(where: m.has) {
            return composed(name, key, m)
        }
        m.checkKeys(
            Self.kindKeys + Self.composedKeys
                + ["title", "index", "unit", "windows", "when", "aggregates", "display", "levels"])
        m.checkName(name, "measure")
        let source = source(m)
        let over = m.items("windows")
        let (inSessions, fixed) = (over.filter { isSession($0.text) }, over.filter { !isSession($0.text) })
        for w in fixed where !windows.contains(where: { $0.name == w.text }) {
            m.problem("there is no window `\(w.text)`", "Name a window of this theme", at: w.at)
        }
        if m.has("windows") ? over.isEmpty : windows.isEmpty && !sessions.isEmpty {
            m.problem("the measure has no window", "Name its windows: `windows: [...]`", at: m.child("windows"))
        }
        let aggregates = m.items("aggregates")
        if aggregates.isEmpty {
            m.problem("there are no aggregates", "Add `aggregates: [mean]`", at: m.child("aggregates"))
        }
        for a in aggregates { check(a.text, of: source, m, at: a.at) }
        if let first = inSessions.first { checkSession(source, m, at: first.at, aggregates) }
        let hasFixed = over.isEmpty || over.contains { w in windows.contains { $0.name == w.text } }
        let when = condition(m, onlySessions: !hasFixed)
        let display = m.text("display", aggregates.first?.text ?? "")
        if !aggregates.isEmpty, !aggregates.contains(where: { $0.text == display }) {
            m.problem("`display: \(display)` is not among the aggregates", "Add it there", at: m.child("display"))
        }
        let unit = m.text("unit")
        return MeasureDef(
            name: name, title: m.titles(), source: source, unit: unit,
            windows: m.has("windows") ? fixed.map(\.text) : windows.map(\.name), aggregates: aggregates.map(\.text),
            display: display, levels: measureLevels(m, unit: unit),
            index: Self.index(m, of: source, aggregates),
            sessions: inSessions.map(\.text), when: when)
    }

    private func check(_ aggregate: String, of source: MeasureSource, _ m: YamlMap, at node: Node) {
        guard MeasureDef.aggregateNames.contains(aggregate) || MeasureDef.quantile(aggregate) != nil else {
            let all = MeasureDef.aggregateNames.sorted().joined(separator: ", ")
            return m.problem("`\(aggregate)` is not an aggregate", "One of: \(all), p1 to p99", at: node)
        }
        switch source {
        case .kind(let kind):
            if aggregate == "ratio" {
                m.problem("`ratio` is for measures of ratio, density or congested", "Use another aggregate", at: node)
            } else if aggregate == "distinct", kinds?.contains(kind) == true, !identified.contains(kind) {
                m.problem("`distinct` counts tracked objects, and `\(kind)` has none", "Remove it", at: node)
            }
        case .worst, .timeTo, .fuse: break
        case .ratio, .density, .congested:
            if !Self.ratioAggregates.contains(aggregate) {
                m.problem("a measure of ratio, density or congested has no `\(aggregate)`", "Use ratio, weighted or count", at: node)
            }
        }
    }

    /// - Parameter besides: keys that stand beside the levels' own.
    static func levels(_ m: YamlMap, besides: [String] = []) -> Levels {
        let colours: [Severity] = [.blue, .yellow, .orange, .red]
        m.checkKeys(["direction", "source", "names", "grades"] + colours.map(\.rawValue) + besides)
        let direction = m.choice("direction", Direction.above)
        let ordered = Direction(rawValue: m.child("direction")?.scalar?.string ?? "") != nil
        var steps: [LevelStep] = []
        for c in colours where m.has(c.rawValue) {
            let at = m.child(c.rawValue)
            guard let t = SourceText.decimal(m.child(c.rawValue)?.scalar?.string ?? "") else {
                m.problem("`\(c.rawValue)` must be a number", "Write the threshold", at: at)
                continue
            }
            if ordered, let last = steps.last, direction == .above ? t <= last.threshold : t >= last.threshold {
                m.problem(
                    "`\(c.rawValue)` is not worse than \(last.severity)", "Order the thresholds, mild to bad", at: at)
            }
            steps.append(LevelStep(severity: c, threshold: t))
        }
        if steps.isEmpty { m.problem("there are no thresholds", "Add blue, yellow, orange or red") }
        return Levels(direction: direction, steps: steps, source: m.text("source"), names: levelNames(m, steps),
            grades: grades(m))
    }
}
