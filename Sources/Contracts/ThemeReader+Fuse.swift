import CityModel
import Yams

/// What measures made of others say, one key each: `worst`, `time_to`, `fuse`.
extension ThemeReader {
    typealias Tell = (_ part: String, _ what: String, _ mend: String) -> Void

    /// `worst: [a, b]`.
    static func worst(_ m: YamlMap) -> [String] {
        let parts = m.items("worst")
        if let list = m.child("worst")?.sequence, list.count < 2 {
            m.problem("`worst` must name two measures or more", "Write `worst: [a, b]`", at: m.child("worst"))
        }
        return parts.map(\.text)
    }

    static func checkWorst(_ m: MeasureDef, _ parts: [String: MeasureDef], _ tell: Tell) {
        for (name, p) in parts.sorted(by: { $0.key < $1.key }) where p.unit != m.unit {
            tell(name, "`\(name)` is in \(p.unit), this measure in \(m.unit)", "Compare measures of one unit")
        }
    }

    /// `time_to: { of: water_level, value: last, rate: water_rise, level: next, within: 6h }`.
    static func timeTo(_ t: YamlMap) -> TimeToDef {
        t.checkKeys(["of", "value", "rate", "level", "within"])
        let longest: Int64 = 7 * 24 * 3_600_000
        let within = t.duration("within", 24 * 3_600_000, min: 1)
        if within > longest { t.problem("`within` is longer than 7d", "Shorten it", at: t.child("within")) }
        guard t.node != nil else { return TimeToDef(of: "", rate: "", rateMs: 1, target: .next, withinMs: within) }
        let (of, rate, level) = (t.text("of"), t.text("rate"), t.text("level"))
        var target = TimeToDef.Target.next
        if let s = Severity(rawValue: level), s > .normal {
            target = .level(s)
        } else if let at = SourceText.decimal(level), at.magnitude <= Micro.limit {
            target = .threshold(at)
        } else if level != "next", !level.isEmpty {
            t.problem(
                "`\(level)` is no level to count to", "Write next, blue, yellow, orange, red or a number",
                at: t.child("level"))
        }
        return TimeToDef(
            of: of, value: t.has("value") ? t.text("value") : nil, rate: rate, rateMs: 1, target: target,
            withinMs: within)
    }

    /// The same with what the unit of the rate says.
    static func checked(_ t: TimeToDef, _ parts: [String: MeasureDef], _ tell: Tell) -> TimeToDef {
        var t = t
        guard let of = parts[t.of], let rate = parts[t.rate] else { return t }
        checkValue(t.value, of, tell)
        let units: [(String, Int64)] = [("s", 1000), ("min", 60_000), ("h", 3_600_000)]
        if let unit = units.first(where: { rate.unit == "\(of.unit)/\($0.0)" }) {
            t.rateMs = unit.1
        } else {
            tell(
                t.rate, "`\(t.rate)` is in \(rate.unit), which is no rate of \(of.unit)",
                "Name a measure in \(of.unit)/s, \(of.unit)/min or \(of.unit)/h")
        }
        switch t.target {
        case .threshold: break
        case .next where of.levels == nil: tell(t.of, "`\(t.of)` has no levels to count to", "Give it levels, or write a number")
        case .next: break
        case .level(let s):
            if of.levels?.steps.contains(where: { $0.severity == s }) != true {
                tell(t.of, "`\(t.of)` has no level \(s.rawValue)", "Count to one of its levels, or write a number")
            }
        }
        return t
    }

    static func checkValue(_ aggregate: String?, _ part: MeasureDef?, _ tell: Tell) {
        guard let aggregate, let part, !part.aggregates.contains(aggregate) else { return }
        tell(
            part.name, "`\(part.name)` has no aggregate `\(aggregate)`",
            "Add it there, or one of: \(part.aggregates.joined(separator: ", "))")
    }

    /// `fuse: [{ of: water_level, value: last, source: gauge, scale: { from: [..], to: [..] }, weight: 0.9 }, ...]`, and
    /// beside it `certainty: { possible: 0.1, likely: 0.5, observed: 0.8, source: ... }`.
    static func fuse(_ m: YamlMap) -> FuseDef {
        let list = m.list("fuse")
        if list.isEmpty, m.child("fuse")?.sequence != nil {
            m.problem("`fuse` names no measure", "Write one `- { of: ..., source: ..., ... }` a line", at: m.child("fuse"))
        }
        var parts: [FusePart] = []
        for p in list where p.node != nil {
            p.checkKeys(["of", "value", "source", "scale", "weight"])
            let (of, source) = (p.text("of"), p.text("source"))
            if parts.contains(where: { $0.measure == of }), !of.isEmpty {
                p.problem("`\(of)` stands twice in `fuse`", "Remove one")
            }
            if !p.has("weight") { p.problem("`weight` is missing", "Add `weight: 0.5`, from 0 to 1") }
            if !p.has("scale") { p.problem("`scale` is missing", "Add `scale: { from: [a, b], to: [0, 1] }`") }
            let s = p.optionalMap("scale")
            s?.checkKeys(["from", "to"])
            let scale = s.flatMap(points)
            if let s, let scale, scale.to.contains(where: { !(0...1).contains($0) }) {
                s.problem("`to` is not within 0 to 1", "Say how far each value speaks for it", at: s.child("to"))
            }
            parts.append(
                FusePart(
                    measure: of, value: p.has("value") ? p.text("value") : nil, source: source,
                    scale: IndexScale(from: scale?.from ?? [], to: scale?.to ?? [], source: ""),
                    weight: millionths(p.number("weight", in: 0...1) ?? 0)))
        }
        let c = m.map("certainty")
        c.checkKeys(["possible", "likely", "observed", "source"])
        if !m.has("certainty") {
            m.problem("`certainty` is missing", "Add `certainty: { source: ... }`: where weights and scales come from")
        }
        func cut(_ key: String, _ usual: Int64) -> Int64 { c.number(key, in: 0...1).map(millionths) ?? usual }
        let usual = CertaintyCuts.usual
        let cuts = CertaintyCuts(
            possible: cut("possible", usual.possible), likely: cut("likely", usual.likely),
            observed: cut("observed", usual.observed))
        if cuts.possible > cuts.likely || cuts.likely > cuts.observed {
            c.problem("possible, likely and observed do not rise", "Order the cut-offs")
        }
        return FuseDef(parts: parts, cuts: cuts, source: c.node == nil ? "" : c.text("source"))
    }

    private static func millionths(_ x: Double) -> Int64 { Int64((x * 1e6).rounded()) }
}
