import CityModel

/// A severity of a rule, with what raises and what clears it.
public struct RuleLevel: Sendable, Hashable {
    public var severity: Severity
    /// Reached at the value itself.
    public var raise: Double
    /// Cleared strictly beyond it, on the mild side; between the two nothing changes.
    public var clear: Double
    public init(severity: Severity, raise: Double, clear: Double) {
        self.severity = severity
        self.raise = raise
        self.clear = clear
    }
}

/// What a window must offer to count as evidence, for raising as for clearing.
public struct Corroboration: Sendable, Hashable {
    /// Sensors that reported.
    public var sensors: Int
    /// Percent of the expected sensors that reported; 0 asks for nothing.
    public var coverage: Double
    public var certainty: Certainty
    public init(sensors: Int = 1, coverage: Double = 0, certainty: Certainty = .possible) {
        self.sensors = sensors
        self.coverage = coverage
        self.certainty = certainty
    }
}

/// A measure that was raised so many times within so long swings.
public struct FlapDef: Sendable, Hashable {
    public var raises: Int
    /// Event time, ms.
    public var withinMs: Int64
    public init(raises: Int, withinMs: Int64) {
        self.raises = raises
        self.withinMs = withinMs
    }
}

/// When a theme raises an alert, one a place at a time. All durations are event time, except `escalateMs`.
public struct RuleDef: Sendable, Hashable {
    public var name: String
    public var title: [String: String]
    public var measure: String
    /// Name of a fixed window of the measure.
    public var window: String
    /// The aggregate that is compared; nil: the one that operators see.
    public var aggregate: String?
    public var direction: Direction
    /// Mild to bad; at least one.
    public var levels: [RuleLevel]
    /// A level must be reached by every window for so long, from the end of the first, before it raises. ms.
    public var forMs: Int64
    /// A level must be cleared by every window for so long, from the end of the first, before it falls. ms.
    public var keepFiringMs: Int64
    /// Without evidence for so long an alert is stale: event time, and wall time where the theme's clock stands. ms.
    public var staleAfterMs: Int64
    /// Places of which levels.
    public var scope: [PlaceLevel]
    public var corroboration: Corroboration
    /// Nil: by severity, red and orange `immediate`, yellow and blue `expected`.
    public var urgency: Urgency?
    public var flap: FlapDef
    /// Wall time without acknowledgement after which the desk above is called, one for each step up. ms.
    public var escalateMs: [Int64]
    public var category: AlertCategory
    /// What the NGSI-LD Alert model calls it (`trafficJam`, `flood` ...); nil where it has no word.
    public var subcategory: String?
    /// Where thresholds and times come from.
    public var source: String

    public init(
        name: String, title: [String: String], measure: String, window: String, aggregate: String? = nil,
        direction: Direction, levels: [RuleLevel], forMs: Int64, keepFiringMs: Int64, staleAfterMs: Int64,
        scope: [PlaceLevel], corroboration: Corroboration = .init(), urgency: Urgency? = nil, flap: FlapDef,
        escalateMs: [Int64], category: AlertCategory = .other, subcategory: String? = nil, source: String
    ) {
        self.name = name
        self.title = title
        self.measure = measure
        self.window = window
        self.aggregate = aggregate
        self.direction = direction
        self.levels = levels
        self.forMs = forMs
        self.keepFiringMs = keepFiringMs
        self.staleAfterMs = staleAfterMs
        self.scope = scope
        self.corroboration = corroboration
        self.urgency = urgency
        self.flap = flap
        self.escalateMs = escalateMs
        self.category = category
        self.subcategory = subcategory
        self.source = source
    }

    public func reached(_ level: RuleLevel, _ value: Double) -> Bool {
        direction == .above ? value >= level.raise : value <= level.raise
    }
    public func cleared(_ level: RuleLevel, _ value: Double) -> Bool {
        direction == .above ? value < level.clear : value > level.clear
    }
}
