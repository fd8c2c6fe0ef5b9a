import CityModel

/// How several measures of one place together say how sure something is.
public struct FuseDef: Sendable, Hashable {
    public var parts: [FusePart]
    public var cuts: CertaintyCuts
    /// Where weights, scales and cut-offs come from.
    public var source: String
    public init(parts: [FusePart], cuts: CertaintyCuts, source: String) {
        self.parts = parts
        self.cuts = cuts
        self.source = source
    }
}

public struct FusePart: Sendable, Hashable {
    /// The measure, and which of its aggregates; nil: the one that operators see first.
    public var measure: String
    public var value: String?
    /// `gauge`, `video` ...: parts of one source kind are not independent, so only the strongest counts.
    public var source: String
    /// From the value to how far it speaks for it, 0 to 1.
    public var scale: IndexScale
    /// What the source can say at most, millionths: 0 to 1.
    public var weight: Int64
    public init(measure: String, value: String? = nil, source: String, scale: IndexScale, weight: Int64) {
        self.measure = measure
        self.value = value
        self.source = source
        self.scale = scale
        self.weight = weight
    }
}

/// From a probability to a word: reached at the number itself. Millionths.
public struct CertaintyCuts: Sendable, Hashable {
    public var possible: Int64
    public var likely: Int64
    public var observed: Int64

    /// `likely`: CAP 1.2 (more than about a half). The others are ours, `unverified`.
    public static let usual = CertaintyCuts(possible: 100_000, likely: 500_000, observed: 800_000)
    public init(possible: Int64, likely: Int64, observed: Int64) {
        self.possible = possible
        self.likely = likely
        self.observed = observed
    }
}

/// How long until a measure reaches a level at the rate of another.
public struct TimeToDef: Sendable, Hashable {
    public enum Target: Sendable, Hashable {
        /// The mildest level of `of` that is not reached yet.
        case next
        case level(Severity)
        /// In the unit of `of`.
        case threshold(Double)
    }
    /// The measure, and which of its aggregates; nil: the one that operators see first.
    public var of: String
    public var value: String?
    /// The measure that says how fast it changes, and in how many ms by its unit (`m/h`: an hour).
    public var rate: String
    public var rateMs: Int64
    public var target: Target
    /// Times beyond this are not told, ms: nothing goes on rising for so long.
    public var withinMs: Int64
    public init(of: String, value: String? = nil, rate: String, rateMs: Int64, target: Target, withinMs: Int64) {
        self.of = of
        self.value = value
        self.rate = rate
        self.rateMs = rateMs
        self.target = target
        self.withinMs = withinMs
    }
}
