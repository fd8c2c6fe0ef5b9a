import CityModel
import Contracts

extension ThemePlan.ComparedSensor {
    /// The sensors of each street that a theme compares: those with a group, of kinds that one of its measures reads
    /// plainly, where there are at least two of them. In the order of group, kind and id.
    static func find(
        inputs: ArraySlice<ThemeInput>, _ checks: [String: KindChecks], _ catalogue: Catalogue, _ def: ThemeDef
    ) -> [[ThemePlan.ComparedSensor]] {
        var out = [[ThemePlan.ComparedSensor]](repeating: [], count: catalogue.places.streets.count)
        for (i, input) in inputs.enumerated() where input.transform == .value {
            guard let rule = checks[input.kind]?.agreement else { continue }
            var ordinals: [Int: Int] = [:]
            for s in ThemePlan.rows(of: def, kinds: [input.kind], catalogue) {
                let sensor = catalogue.sensors[s]
                guard let street = catalogue.streetIndex(of: sensor) else { continue }
                let ordinal = ordinals[street, default: 0]
                ordinals[street] = ordinal + 1
                guard let group = sensor.group else { continue }
                out[street].append(
                    .init(id: sensor.id, kind: sensor.kind, group: group, rule: rule, ordinal: ordinal, input: i))
            }
        }
        return out.map { street in
            let sizes = Dictionary(street.map { ($0.group, 1) }, uniquingKeysWith: +)
            return street.filter { sizes[$0.group, default: 0] > 1 }.sorted {
                ($0.group, $0.kind, $0.id) < ($1.group, $1.kind, $1.id)
            }
        }
    }
}

extension Catalogue {
    /// A sensor's street among the streets; nil where its place is none.
    func streetIndex(of sensor: Sensor) -> Int? {
        guard let place = places.index(of: sensor.street), places.streets.contains(place) else { return nil }
        return place - places.streets.lowerBound
    }
}
