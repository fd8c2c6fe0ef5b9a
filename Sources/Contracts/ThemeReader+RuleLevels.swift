import CityModel
import Yams

extension RuleReader {
    static let colours: [Severity] = [.blue, .yellow, .orange, .red]

    /// `levels: { yellow: { raise: 4, clear: 3.5 } }`, or the measure's own levels from `least` on, each cleared at
    /// `margin` beyond its threshold.
    func levels(_ m: YamlMap, _ measure: MeasureDef?) -> (Direction, [RuleLevel]) {
        m.has("levels") ? own(m, measure) : borrowed(m, measure)
    }

    private func own(_ m: YamlMap, _ measure: MeasureDef?) -> (Direction, [RuleLevel]) {
        for key in ["least", "margin"] where m.has(key) {
            m.problem("`\(key)` goes with the measure's own levels", "Remove it, or `levels`", at: m.child(key))
        }
        let inherited = measure?.levels?.direction
        let direction = m.choice("direction", inherited ?? .above, required: false)
        let all = m.map("levels")
        all.checkKeys(Self.colours.map(\.rawValue))
        var out: [RuleLevel] = []
        for c in Self.colours where all.has(c.rawValue) {
            let l = all.map(c.rawValue)
            guard l.node != nil else { continue }
            l.checkKeys(["raise", "clear"])
            guard let raise = number(l, "raise"), let clear = number(l, "clear") else { continue }
            let level = RuleLevel(severity: c, raise: raise, clear: clear)
            check(level, after: out.last, direction, l)
            out.append(level)
        }
        if all.node?.isEmpty == true {
            m.problem("there are no levels", "Add blue, yellow, orange or red", at: m.child("levels"))
        }
        return (direction, out)
    }

    private func number(_ l: YamlMap, _ key: String) -> Double? {
        guard l.has(key) else {
            l.problem("`\(key)` is missing", "Write `{ raise: 4, clear: 3.5 }`")
            return nil
        }
        guard let v = SourceText.decimal(l.child(key)?.scalar?.string ?? ""), v.magnitude <= 1e9 else {
            l.problem("`\(key)` must be a number within ±1e9", "Write the threshold", at: l.child(key))
            return nil
        }
        return v
    }

    private func check(_ level: RuleLevel, after last: RuleLevel?, _ direction: Direction, _ l: YamlMap) {
        func milder(_ a: Double, _ b: Double) -> Bool { direction == .above ? a < b : a > b }
        if !milder(level.clear, level.raise) {
            return l.problem(
                "`clear` is not milder than `raise`", "Set them apart, or the alert flaps", at: l.child("clear"))
        }
        guard let last else { return }
        if !milder(last.raise, level.raise) || milder(level.clear, last.clear) {
            l.problem("\(level.severity) is not worse than \(last.severity)", "Order the thresholds, mild to bad")
        }
    }

    private func borrowed(_ m: YamlMap, _ measure: MeasureDef?) -> (Direction, [RuleLevel]) {
        if m.has("direction") {
            m.problem("`direction` goes with `levels`", "Remove it: the measure says it", at: m.child("direction"))
        }
        let least = m.choice("least", Severity.blue, required: false)
        if !Self.colours.contains(least) {
            m.problem("`least` is no colour", "One of: blue, yellow, orange, red", at: m.child("least"))
        }
        guard let measure else { return (.above, []) }
        guard let levels = measure.levels else {
            m.problem("measure \(measure.name) has no levels", "Add `levels: { yellow: { raise: ..., clear: ... } }`")
            return (.above, [])
        }
        let aggregate = m.child("aggregate")?.scalar?.string ?? measure.display
        if aggregate != measure.display, measure.aggregates.contains(aggregate) {
            m.problem(
                "the measure's levels are of its `\(measure.display)`", "Add `levels` for this aggregate",
                at: m.child("aggregate"))
        }
        if !m.has("margin") {
            m.problem("`margin` is missing", "Add `margin: 0.1`: how far beyond a threshold it clears")
        }
        let margin = m.number("margin", in: 0...1e9) ?? 1
        if margin <= 0 {
            m.problem("`margin` must be more than 0", "Set raising and clearing apart", at: m.child("margin"))
        }
        let taken = levels.steps.filter { $0.severity >= least }
        if taken.isEmpty, Self.colours.contains(least) {
            m.problem(
                "measure \(measure.name) has no level from \(least) on", "Name a milder one", at: m.child("least"))
        }
        let sign: Double = levels.direction == .above ? -1 : 1
        return (
            levels.direction,
            taken.map { .init(severity: $0.severity, raise: $0.threshold, clear: $0.threshold + sign * margin) }
        )
    }
}
