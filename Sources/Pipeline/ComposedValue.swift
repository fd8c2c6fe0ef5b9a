import Analytics
import CityModel
import Contracts
import HubAPI

/// What a measure that is made of others says about one place and window.
struct ComposedValue {
    /// One of the measures that it is made of, and its row; nil where the place has none.
    struct Part {
        var def: MeasureDef
        var row: Summary?

        /// Nil where nothing was measured.
        func value(_ aggregate: String?) -> Double? {
            let v = aggregate.map { row?.values[$0] ?? nil } ?? row?.value
            return v.flatMap { $0.isFinite ? $0 : nil }
        }

        /// What the readings weigh, times the share of sensors that reported, millionths.
        var quality: Int64 {
            guard let row else { return 0 }
            let weigh = Micro(row.quality ?? 1)?.raw ?? 0
            guard row.expected > 0 else { return weigh }
            return weigh * Int64(min(row.reporting, row.expected)) / Int64(row.expected)
        }
    }

    var values: [String: Double] = [:]
    var display: Double?
    var severity = Severity.unknown
    var certainty: Certainty?
    var evidence: Evidence

    /// - Parameter parts: each once, in the order of their names.
    init(_ m: MeasureDef, _ parts: [Part]) {
        evidence = Evidence(
            parts: parts.map { .init(measure: $0.def.name, value: $0.value(nil), unit: $0.def.unit) })
        switch m.source {
        case .kind, .ratio, .density, .congested: break
        case .worst: worst(parts)
        case .timeTo(let t): time(to: t, parts)
        case .fuse(let f): fuse(f, parts)
        }
        display = values[m.display]
        if let display { severity = m.levels?.severity(of: display) ?? .normal }
    }

    /// A place above streets: the row of its worst street, the first of equal ones.
    init(_ m: MeasureDef, streets: [Summary]) {
        evidence = Evidence(parts: [])
        severity = streets.map(\.severity).max() ?? .unknown
        if case .fuse = m.source { certainty = .unknown }
        var soonest = false
        if case .timeTo = m.source { soonest = true }
        var worst: Summary?
        for s in streets {
            guard let v = s.value else { continue }
            if let w = worst?.value, soonest ? w <= v : w >= v { continue }
            worst = s
        }
        guard let worst else { return }
        (values, display, certainty) = (worst.values, worst.value, worst.certainty)
        evidence = worst.evidence ?? evidence
        evidence.place = worst.place
    }

    /// The largest value; of equal ones the first by name leads.
    private mutating func worst(_ parts: [Part]) {
        var worst: Double?
        for p in parts {
            guard let v = p.value(nil) else { continue }
            values[p.def.name] = v
            if let worst, worst >= v { continue }
            worst = v
            evidence.leading = p.def.name
        }
        values["worst"] = worst
    }

    /// Where both are measured and the level is not approached, it is normal without a value.
    private mutating func time(to t: TimeToDef, _ parts: [Part]) {
        guard let of = parts.first(where: { $0.def.name == t.of }),
            let rate = parts.first(where: { $0.def.name == t.rate })
        else { return }
        if let i = evidence.parts.firstIndex(where: { $0.measure == t.of }) { evidence.parts[i].value = of.value(t.value) }
        guard let v = of.value(t.value), let value = Micro(v), let speed = rate.value(nil).flatMap(Micro.init)
        else { return }
        severity = .normal
        guard let target = TimeToLevel.target(t.target, of.def.levels, value: v), let at = Micro(target.at) else { return }
        evidence.level = target.level
        values["threshold"] = target.at
        values["minutes"] =
            TimeToLevel.minutes(
                value: value, threshold: at, rate: speed, rateMs: t.rateMs,
                direction: of.def.levels?.direction ?? .above, withinMs: t.withinMs)?.double
    }

    private mutating func fuse(_ f: FuseDef, _ parts: [Part]) {
        // In the order of the names, as the evidence is.
        let all = parts.compactMap { p in f.parts.first { $0.measure == p.def.name }.map { (p, $0) } }
        let made = all.map { p, how in
            Fusion.Part(
                source: how.source, weight: how.weight, quality: p.quality,
                support: p.value(how.value).flatMap { Micro(how.scale.value(of: $0))?.raw })
        }
        let fusion = Fusion(made, f.cuts)
        evidence.parts = zip(all, made).map { part, m in
            .init(
                measure: part.0.def.name, value: part.0.value(part.1.value), unit: part.0.def.unit,
                support: m.support.map { Double($0) / 1e6 }, quality: m.support == nil ? nil : Double(m.quality) / 1e6,
                source: m.source)
        }
        evidence.leading = fusion.leading.map { all[$0].0.def.name }
        certainty = fusion.certainty
        values["certainty"] = fusion.probability.map { Double($0) / 1e6 }
        values["sources"] = fusion.probability == nil ? nil : Double(fusion.sources)
    }
}
