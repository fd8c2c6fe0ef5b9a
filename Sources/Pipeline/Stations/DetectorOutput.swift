import Contracts
import Windowing

/// The derived kinds that incident detection gives readings of.
enum DetectorOutput: String, CaseIterable, Sendable {
    case california = "incident_california"
    case deviate = "incident_deviate"
    case smoothing = "incident_smoothing"
    /// 1 while a camera sees a stopped or wrong-way vehicle or a person on the carriageway, else 0; a reading a frame.
    case video = "incident_video"
    /// Metres of standing vehicles behind the stop line; a reading a frame.
    case queueLength = "queue_length"
    /// 1 while that queue reaches the junction behind.
    case spillBack = "spill_back"
}

extension IncidentSource {
    var output: DetectorOutput {
        switch self {
        case .california: .california
        case .deviate: .deviate
        case .smoothing: .smoothing
        case .video: .video
        }
    }
}

extension ThemePlan {
    /// Where a station's or camera's verdicts go in this theme.
    struct VerdictRoute: Sendable {
        var output: DetectorOutput
        var input: Int32
        var ordinal: Int32
        var needs: AggregateNeeds
    }

    /// Registry rows that an output is about, of the theme's contracts, in the order of their ids; with the seconds
    /// between readings.
    static func judged(_ output: DetectorOutput, _ def: ThemeDef, _ catalogue: Catalogue) -> [(sensor: Int, seconds: Int)] {
        let contracts = catalogue.contracts.filter { def.topics.contains($0.name) }
        return contracts.flatMap { c -> [(sensor: Int, seconds: Int)] in
            if c.video != nil, VideoRules.derived.contains(output.rawValue) {
                return cameras(of: c, catalogue).map { ($0.sensor, catalogue.sensors[$0.sensor].intervalSeconds) }
            }
            guard let rules = c.stations, rules.derived.contains(output.rawValue) else { return [] }
            let kinds = Set(c.kinds.map(\.name))
            return rows(of: def, kinds: kinds.intersection([StationPlan.Quantity.occupancy.kind]), catalogue)
                .filter { output != .california || catalogue.sensors[$0].upstream != nil }
                .map { ($0, Int(rules.intervalMs / 1000)) }
        }
    }

    /// The cameras of a contract that have a scene, each with its first row in the registry.
    static func cameras(of c: TopicContract, _ catalogue: Catalogue) -> [(scene: Int, sensor: Int)] {
        let kinds = Set(c.kinds.map(\.name))
        return catalogue.scenes.enumerated().compactMap { scene, def in
            catalogue.sensors.firstIndex { $0.id == def.camera && kinds.contains($0.kind) }.map { (scene, $0) }
        }
    }
}
