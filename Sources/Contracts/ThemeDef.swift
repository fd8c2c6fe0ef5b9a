import CityModel

public struct WindowDef: Sendable, Hashable {
    public var name: String
    /// Length, and step between starts (equal for tumbling windows), ms.
    public var sizeMs: Int64
    public var everyMs: Int64
}

public enum Direction: String, Sendable, CaseIterable { case above, below }

public struct LevelStep: Sendable, Hashable {
    public var severity: Severity
    public var threshold: Double
}

/// Thresholds on a measure's display value, mild to bad, each file entry with its source.
public struct Levels: Sendable, Hashable {
    public var direction: Direction
    public var steps: [LevelStep]
    public var source: String
    /// What the field calls its levels, by language (`zh`, `en`); empty: the severities' own names.
    public var names: [Severity: [String: String]] = [:]
    /// Or what it calls the values, by where each grade begins, rising; two grades may have one severity.
    public var grades: [Grade] = []

    /// The worst step that the value has reached; a threshold itself counts as reached.
    public func severity(of value: Double) -> Severity {
        steps.last { direction == .above ? value >= $0.threshold : value <= $0.threshold }?.severity ?? .normal
    }
}

/// What a field calls the values from a threshold on (`良` from 51), by language (`zh`, `en`).
public struct Grade: Sendable, Hashable {
    public var from: Double
    public var name: [String: String]
}

public enum MeasureSource: Sendable, Hashable {
    case kind(String)
    /// Ratio of the sums of two kinds: `travel_time / free_flow_time`.
    case ratio(numerator: String, denominator: String)
    /// A camera's count divided by the registry's area, per m2.
    case density(String)
    /// Share of the vehicle-kilometres that were driven at this travel time over free-flow time or more.
    case congested(from: Double)
    /// The largest value of other measures.
    case worst([String])
    /// Minutes until a measure reaches a level at the rate of another.
    case timeTo(TimeToDef)
    /// How sure several measures together make something.
    case fuse(FuseDef)

    /// True where values are one sum over another.
    public var isRatio: Bool {
        switch self {
        case .ratio, .density, .congested: true
        case .kind, .worst, .timeTo, .fuse: false
        }
    }
}

public struct MeasureDef: Sendable, Hashable {
    public var name: String
    public var title: [String: String]
    public var source: MeasureSource
    public var unit: String
    public var windows: [String]
    public var aggregates: [String]
    /// The aggregate that operators see first.
    public var display: String
    public var levels: Levels?
    /// Laid over the values, those of a ratio over the ratio of the sums; nil: the values themselves.
    public var index: IndexScale?
    /// Session windows (names) of the measure, beside `windows`.
    public var sessions: [String] = []
    /// Only readings of which this holds open or extend a session; nil: all.
    public var when: ReadingCondition?

    /// Aggregates other than percentiles (`p1` ... `p99`).
    public static let aggregateNames: Set<String> = [
        "count", "sum", "mean", "min", "max", "variance", "last", "distinct", "rate_per_hour", "per_sensor", "ratio",
        "weighted",
    ]
    public static func quantile(_ name: String) -> Double? {
        guard let n = Int(name.dropFirst()), (1...99).contains(n), name == "p\(n)" else { return nil }
        return Double(n) / 100
    }
}

public struct ThemeDef: Sendable {
    public var name: String
    public var version: Int
    public var title: [String: String]
    /// Names of the contracts that it reads.
    public var topics: [String]
    /// Events are counted once, into panes of this length; it divides every window's size and step.
    public var paneMs: Int64
    public var windows: [WindowDef]
    /// Session windows, which have no fixed length and stand apart from `windows`.
    public var sessions: [SessionDef] = []
    public var measures: [MeasureDef]
    /// Bounds of the five states of each road class; nil: the theme has no `speed_class`.
    public var speedClasses: SpeedClasses?
    /// What to do where a measure stands at a level, in the order of the file.
    public var runbooks: [RunbookDef] = []
    /// When detectors' findings are an incident of the street; nil: the theme tells none.
    public var incidents: IncidentRules?
    /// What is forecast and scored; nil: nothing.
    public var outlook: OutlookDef?
    /// When it raises alerts, in file order.
    public var rules: [RuleDef] = []
}
