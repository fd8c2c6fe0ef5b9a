import Yams

/// Session windows, and what a measure over them may say.
extension ThemeReader {
    static func session(_ name: String, _ m: YamlMap) -> SessionDef {
        m.checkKeys(["gap", "reach"])
        m.checkName(name, "window")
        let gap = m.duration("gap", min: 1)
        if gap > SessionDef.longestGapMs {
            m.problem("`gap` is longer than a day", "Shorten it to 24h or less", at: m.child("gap"))
        }
        let reach = m.duration("reach", max(gap, 24 * 3_600_000), min: 1)
        if reach < gap || reach > SessionDef.longestReachMs {
            m.problem("`reach` must be at least the gap, and at most 7d", "Mend the length", at: m.child("reach"))
        }
        return SessionDef(name: name, gapMs: gap, reachMs: reach)
    }

    /// A session holds readings as they are measured: nothing derived, no areas, no identities, no weights.
    func checkSession(_ source: MeasureSource, _ m: YamlMap, at node: Node, _ aggregates: [(text: String, at: Node)]) {
        switch source {
        case .worst, .timeTo, .fuse: break  // has none, which has been told
        case .ratio, .density, .congested:
            m.problem("a measure of ratio, density or congested has no session windows", "Use another window", at: node)
        case .kind(let kind):
            if Self.derived.contains(kind) || derivedKinds.contains(kind) || StationRules.derivedKinds.contains(kind) {
                m.problem("`\(kind)` is derived and has no session windows", "Use a kind of a contract", at: node)
            }
            // Of kinds without identities it has been told already that there is nothing to count.
            let none = identified.contains(kind) ? ["distinct", "weighted"] : ["weighted"]
            for a in aggregates where none.contains(a.text) {
                m.problem("a measure with a session window has no `\(a.text)`", "Remove it, or the window", at: a.at)
            }
        }
    }

    func condition(_ m: YamlMap, onlySessions: Bool) -> ReadingCondition? {
        guard m.has("when") else { return nil }
        if !onlySessions {
            m.problem(
                "`when` is for measures whose windows are all sessions", "Remove it, or name session windows only",
                at: m.child("when"))
            return nil
        }
        let when = m.map("when")
        guard let keys = when.node?.count else { return nil }
        guard keys == 1, let direction = Direction.allCases.first(where: { when.has($0.rawValue) }) else {
            m.problem("`when` has one of `above` and `below`", "Write `when: { above: 0 }`", at: m.child("when"))
            return nil
        }
        let at = when.child(direction.rawValue)
        guard let t = SourceText.decimal(at?.scalar?.string ?? ""), t.magnitude <= 1e9 else {
            m.problem("`\(direction.rawValue)` must be a number within ±1e9", "Write the threshold", at: at)
            return nil
        }
        return ReadingCondition(direction, t)
    }
}
