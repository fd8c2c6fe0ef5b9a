import Yams

/// Reads measures that are made of other measures, and checks them once all are known: they stand in any order.
extension ThemeReader {
    /// Keys that say of which measures a measure is made.
    static let composedKeys = ["worst", "time_to", "fuse"]

    /// - Parameter key: the one of `composedKeys` that it has.
    func composed(_ name: String, _ key: String, _ m: YamlMap) -> MeasureDef {
        m.checkKeys(["title", key, "unit", "windows", "levels"] + (key == "fuse" ? ["certainty"] : []))
        m.checkName(name, "measure")
        let over = m.items("windows")
        for w in over where !isFixed(w.text) {
            let what = isSession(w.text) ? "a measure made of others has no session windows" : "there is no window `\(w.text)`"
            m.problem(what, "Name a window of this theme with a size", at: w.at)
        }
        if m.has("windows"), over.isEmpty {
            m.problem("the measure has no window", "Name its windows: `windows: [...]`", at: m.child("windows"))
        }
        let (source, display, unit): (MeasureSource, String, String?) =
            switch key {
            case "time_to": (.timeTo(Self.timeTo(m.map("time_to"))), "minutes", "min")
            case "fuse": (.fuse(Self.fuse(m)), "certainty", "1")
            default: (.worst(Self.worst(m)), "worst", nil)
            }
        let written = m.text("unit", unit)
        if let unit, written != unit {
            m.problem("a measure of `\(key)` is in `\(unit)`", "Leave `unit` out", at: m.child("unit"))
        }
        return MeasureDef(
            name: name, title: m.titles(), source: source, unit: written, windows: over.map(\.text),
            aggregates: [display], display: display, levels: measureLevels(m, unit: written))
    }

    /// Windows of composed measures, and all that can be wrong between measures.
    /// - Parameters:
    ///   - measures: as they were read, in the order of `maps`; composed ones get their windows.
    static func compose(_ measures: inout [MeasureDef], _ maps: [YamlMap], _ windows: [WindowDef]) {
        let index = Dictionary(measures.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { a, _ in a })
        var open = measures.indices.filter { measures[$0].source.isComposed }
        var unsound = Set<Int>()
        for i in open {
            for part in measures[i].source.parts where index[part] == nil {
                told(maps[i], part, "there is no measure `\(part)`", "Name a measure of this theme")
                unsound.insert(i)
            }
        }
        for _ in 0..<MeasureSource.deepest {
            let waiting = Set(open)
            let ready = open.filter { i in !measures[i].source.parts.contains { index[$0].map(waiting.contains) ?? false } }
            for i in ready {
                let parts = measures[i].source.parts.compactMap { index[$0] }
                if unsound.contains(i) || parts.contains(where: unsound.contains) { unsound.insert(i) }
                if !unsound.contains(i), !check(i, parts, &measures, maps[i], windows) { unsound.insert(i) }
            }
            open.removeAll(where: ready.contains)
        }
        for i in open { tellCircle(i, measures, index, maps) }
    }

    /// One composed measure whose parts are known and sound. False where something was told.
    private static func check(
        _ i: Int, _ parts: [Int], _ measures: inout [MeasureDef], _ m: YamlMap, _ windows: [WindowDef]
    ) -> Bool {
        var sound = true
        func tell(_ part: String, _ what: String, _ mend: String) {
            told(m, part, what, mend)
            sound = false
        }
        for p in parts where measures[p].windows.isEmpty {
            // Without sessions either, its own mistake has been told.
            guard !measures[p].sessions.isEmpty else { return false }
            tell(measures[p].name, "`\(measures[p].name)` has session windows only", "Name a measure with other windows")
        }
        guard sound else { return false }
        let common = windows.map(\.name).filter { w in parts.allSatisfy { measures[$0].windows.contains(w) } }
        let own = measures[i].windows
        for p in parts {
            for w in own where windows.contains(where: { $0.name == w }) && !measures[p].windows.contains(w) {
                tell(measures[p].name, "`\(measures[p].name)` has no window `\(w)`", "Add it there, or leave it out here")
            }
        }
        if common.isEmpty, sound {
            m.problem("what it is made of has no window in common", "Give the parts a common window")
            return false
        }
        if own.isEmpty { measures[i].windows = common }
        let byName = Dictionary(parts.map { (measures[$0].name, measures[$0]) }, uniquingKeysWith: { a, _ in a })
        switch measures[i].source {
        case .kind, .ratio, .density, .congested: break
        case .worst: checkWorst(measures[i], byName, tell)
        case .timeTo(let t): measures[i].source = .timeTo(checked(t, byName, tell))
        case .fuse(let f):
            for p in f.parts { checkValue(p.value, byName[p.measure], tell) }
        }
        return sound
    }

    private static func tellCircle(_ i: Int, _ measures: [MeasureDef], _ index: [String: Int], _ maps: [YamlMap]) {
        // Along the first part that is itself composed of others, until a measure comes a second time.
        var path = [i]
        while let next = measures[path[path.count - 1]].source.parts.compactMap({ index[$0] })
            .first(where: { measures[$0].source.isComposed }), path.count <= measures.count
        {
            if next == i {
                let names = (path + [i]).map { measures[$0].name }.joined(separator: " of ")
                return maps[i].problem("the measure is made of itself: \(names)", "Break the circle")
            }
            guard !path.contains(next) else { break }
            path.append(next)
        }
        maps[i].problem(
            "the measure is made of itself, or through more than \(MeasureSource.deepest) others",
            "Break the circle, or shorten the chain")
    }

    /// Tells a problem at the line where a measure names a part.
    static func told(_ m: YamlMap, _ part: String, _ what: String, _ mend: String) {
        let key = composedKeys.first(where: m.has)
        m.problem(what, mend, at: key.flatMap(m.child).flatMap { find(part, in: $0) })
    }

    private static func find(_ text: String, in node: Node) -> Node? {
        switch node {
        case .scalar(let s): s.string == text ? node : nil
        case .sequence(let all): all.lazy.compactMap { find(text, in: $0) }.first
        case .mapping(let all): all.lazy.compactMap { find(text, in: $0.value) }.first
        case .alias: nil
        }
    }
}
