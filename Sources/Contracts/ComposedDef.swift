/// Measures that read no sensors, but other measures of the same place, window and start.
extension MeasureSource {
    /// Chains of measures made of measures end after so many steps.
    static let deepest = 8

    /// The measures that it is made of, by name, each once; empty where it reads kinds.
    public var parts: [String] {
        let names =
            switch self {
            case .kind, .ratio, .density, .congested: [] as [String]
            case .worst(let names): names
            case .timeTo(let t): [t.of, t.rate]
            case .fuse(let f): f.parts.map(\.measure)
            }
        return Set(names).subtracting([""]).sorted()
    }

    /// Whether the row of a place above streets is that of its worst street: values of different streets do not
    /// confirm each other, nor does the water of one rise at the rate of another.
    public var isOfStreets: Bool {
        switch self {
        case .kind, .ratio, .density, .congested, .worst: false
        case .timeTo, .fuse: true
        }
    }

    public var isComposed: Bool { !parts.isEmpty }
}

extension ThemeDef {
    /// Whether a measure's display value grows while its window fills, as a sum does.
    public func grows(_ m: MeasureDef) -> Bool {
        if ["sum", "count", "rate_per_hour", "per_sensor", "distinct"].contains(m.display) { return true }
        return m.source.parts.contains { name in measures.first { $0.name == name }.map(grows) ?? false }
    }
}
