import CityModel
import HubAPI
import Windowing

/// How far one window's readings can be trusted: what stuck, jumping and disagreeing sensors take off the weights, by
/// place and input. All numbers are integers, so that districts are the exact sums of their streets.
struct WindowQuality {
    /// What is to be taken off `1000 x count` and `1000 x sum`, and how many sensors are flagged.
    struct Lowered: Hashable {
        var count: Int128 = 0
        var sum: Int128 = 0
        var flagged: Int64 = 0
        static func += (a: inout Lowered, b: Lowered) {
            a.count += b.count
            a.sum += b.sum
            a.flagged += b.flagged
        }
    }

    private let inputs: Int
    /// By place * inputs + input; absent where nothing is flagged.
    private var lowered: [Int: Lowered] = [:]
    /// By street * inputs + input.
    private var flags: [Int: [SensorFindings.Flag]] = [:]
    /// By street.
    private var agreements: [Int: [GroupAgreement]] = [:]

    /// - Parameter cells: street x input.
    init(_ plan: ThemePlan, sizeMs: Int64, cells: [Aggregate?]) {
        inputs = plan.inputs.count
        guard plan.inputs.contains(where: { $0.role != .readings }) else { return }
        for s in 0..<plan.places.streets.count {
            let groups = GroupAgreement.all(plan, street: s, sizeMs: sizeMs, cells: cells)
            if !groups.isEmpty { agreements[s] = groups }
            for i in plan.flagInputs.indices where cells[s * inputs + i] != nil {
                lower(plan, s, i, cells, groups)
            }
        }
    }

    private mutating func lower(
        _ plan: ThemePlan, _ s: Int, _ i: Int, _ cells: [Aggregate?], _ groups: [GroupAgreement]
    ) {
        guard let weights = plan.checks[plan.inputs[i].kind]?.weights else { return }
        var l = Lowered()
        var out: [SensorFindings.Flag] = []
        var known = Set<Int>()
        let at = s * inputs + i
        if plan.flagInputs[i] >= 0 {
            for (k, (flag, weight)) in [(SensorFlag.stuck, weights.stuck), (.jump, weights.jump)].enumerated() {
                guard let a = cells[s * inputs + Int(plan.flagInputs[i]) + k], a.count > 0 else { continue }
                l.count += Int128(1000 - weight) * Int128(a.count)
                l.sum += Int128(1000 - weight) * a.sum
                for (o, sensor) in plan.sensors[at].enumerated() where a.sensors.contains(o) {
                    known.insert(o)
                    // The pane counts the street's flagged readings, not each sensor's.
                    out.append(.init(sensor: sensor.id, flag: flag, weight: Double(weight) / 1000))
                }
            }
        }
        // A sensor that is weighed down as stuck or jumping is not weighed down a second time.
        for g in groups {
            for m in g.lowered where m.input == i && known.insert(m.ordinal).inserted {
                let weight = m.isOff ? weights.off : weights.disagree
                guard let a = cells[s * inputs + m.slot] else { continue }
                l.count += Int128(1000 - weight) * Int128(a.count)
                l.sum += Int128(1000 - weight) * a.sum
                out.append(.init(sensor: m.id, flag: m.isOff ? .off : .disagree, weight: Double(weight) / 1000))
            }
        }
        guard !out.isEmpty else { return }
        flags[at] = out.sorted { ($0.sensor, $0.flag.rawValue) < ($1.sensor, $1.flag.rawValue) }
        l.flagged = Int64(known.count)
        var place = plan.places.streets.lowerBound + s
        while place >= 0 {
            lowered[place * inputs + i, default: Lowered()] += l
            place = Int(plan.places.parentIndex[place])
        }
    }

    func lowered(_ place: Int, _ input: Int) -> Lowered { lowered[place * inputs + input] ?? Lowered() }

    /// What is to be said of a street's sensors at an input; nil where nothing is.
    func findings(_ plan: ThemePlan, street s: Int, input: Int, sizeMs: Int64, reported: SensorSet) -> SensorFindings? {
        let at = s * inputs + input
        var silent: [String] = []
        for (o, sensor) in plan.sensors[at].enumerated()
        where Int64(sensor.intervalSeconds) * 1000 <= sizeMs && !reported.contains(o) {
            if silent.count < SensorFindings.listed { silent.append(sensor.id) }
        }
        let kind = plan.inputs[input].transform == .value ? plan.inputs[input].kind : nil
        let said = (agreements[s] ?? []).filter { g in g.agreement.members.contains { $0.kind == kind } }
        let f = SensorFindings(silent: silent, flags: flags[at] ?? [], agreements: said.map(\.agreement))
        return f.isEmpty ? nil : f
    }
}
