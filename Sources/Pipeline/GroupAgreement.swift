import Contracts
import HubAPI
import Windowing

/// Whether the sensors of one group agree in one window, and whose readings weigh less.
struct GroupAgreement {
    struct Member {
        var id: String
        var input: Int
        var ordinal: Int
        var slot: Int
        var isOff: Bool
    }
    var agreement: SensorFindings.Agreement
    /// Those who are off, or all that disagree.
    var lowered: [Member] = []

    /// The groups of a street that have any reading in a window of `sizeMs`. Cells: street x input.
    static func all(_ plan: ThemePlan, street s: Int, sizeMs: Int64, cells: [Aggregate?]) -> [GroupAgreement] {
        let sensors = plan.compared[s]
        var out: [GroupAgreement] = []
        var from = 0
        while from < sensors.count {
            let to = sensors[from...].firstIndex { $0.group != sensors[from].group } ?? sensors.count
            if sizeMs >= sensors[from..<to].map(\.rule.overMs).max() ?? 0,
                let g = judge(plan, s, from..<to, cells)
            {
                out.append(g)
            }
            from = to
        }
        return out
    }

    private static func value(_ a: Aggregate?, _ how: KindChecks.Comparison) -> Double? {
        guard let a, a.count > 0 else { return nil }
        return switch how {
        case .mean: a.mean
        case .sum: Double(a.sum) / 1e6
        case .distinct: Double(a.distinct.estimate)
        }
    }

    private static func tolerance(_ a: (Double, AgreementRule), _ b: (Double, AgreementRule)) -> Double {
        let larger = max(a.0.magnitude, b.0.magnitude)
        return [a.1, b.1].map { max($0.tolerance, $0.percent / 100 * larger) }.max() ?? 0
    }

    private static func judge(
        _ plan: ThemePlan, _ s: Int, _ range: Range<Int>, _ cells: [Aggregate?]
    ) -> GroupAgreement? {
        let inputs = plan.inputs.count
        let sensors = plan.compared[s][range]
        let values = range.map { value(cells[s * inputs + plan.slotBase + $0], plan.compared[s][$0].rule.compare) }
        let present: [(at: Int, value: Double, rule: AgreementRule)] = zip(range, values).compactMap { at, v in
            v.map { (at, $0, plan.compared[s][at].rule) }
        }
        guard let first = present.first, let any = sensors.first else { return nil }
        var agreement = SensorFindings.Agreement(
            group: any.group, quantity: any.rule.quantity, status: .unconfirmed, tolerance: 0,
            members: zip(sensors, values).map { .init(sensor: $0.id, kind: $0.kind, value: $1) }, off: [])
        let low = present.min { $0.value < $1.value } ?? first
        let high = present.max { $0.value < $1.value } ?? first
        agreement.tolerance = tolerance((low.value, low.rule), (high.value, high.rule))
        guard present.count > 1 else { return GroupAgreement(agreement: agreement) }
        func agree(_ a: Int, _ b: Int) -> Bool {
            // In whole millionths: 0.4 and 0.3 are 0.1 apart.
            let most = tolerance((present[a].value, present[a].rule), (present[b].value, present[b].rule))
            return ((present[a].value - present[b].value).magnitude * 1e6).rounded() <= (most * 1e6).rounded()
        }
        let friends = present.indices.map { a in present.indices.count { $0 != a && agree(a, $0) } }
        if friends.allSatisfy({ $0 == present.count - 1 }) {
            agreement.status = .agree
            return GroupAgreement(agreement: agreement)
        }
        agreement.status = .disagree
        // Off is who stands against a majority; where there is none, who is stuck or jumps by its own readings.
        var off = present.indices.filter { friends[$0] * 2 < present.count - 1 }
        if off.count * 2 >= present.count {
            off = present.indices.filter { isFlagged(plan, s, plan.compared[s][present[$0].at], cells) }
            if off.count == present.count { off = [] }
        }
        agreement.off = off.map { plan.compared[s][present[$0].at].id }
        let lowered = (off.isEmpty ? Array(present.indices) : off).map { p in
            let c = plan.compared[s][present[p].at]
            return Member(
                id: c.id, input: c.input, ordinal: c.ordinal, slot: plan.slotBase + present[p].at, isOff: !off.isEmpty)
        }
        return GroupAgreement(agreement: agreement, lowered: lowered)
    }

    private static func isFlagged(
        _ plan: ThemePlan, _ s: Int, _ c: ThemePlan.ComparedSensor, _ cells: [Aggregate?]
    ) -> Bool {
        let flags = Int(plan.flagInputs[c.input])
        guard flags >= 0 else { return false }
        return (0...1).contains { cells[s * plan.inputs.count + flags + $0]?.sensors.contains(c.ordinal) ?? false }
    }
}
