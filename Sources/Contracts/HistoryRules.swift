import CityModel

/// What is derived from one sensor's own history, kind by kind: the keys `free_flow`, `rate` and `alarm` of a contract.

/// How the free-flow speed of a road section is learned from its own off-peak speeds.
public struct FreeFlowRule: Sendable, Hashable {
    /// Percent of the off-peak speeds that lie below it, 1 to 99.
    public var percentile: Int
    /// Off-peak, local time of day, ms; what lies in none of them is not learned from.
    public var weekdays: [Range<Int64>]
    public var weekends: [Range<Int64>]
    /// Local time minus UTC, ms.
    public var utcOffsetMs: Int64
    /// It is used from the first midnight on at which so many readings were learned from.
    public var after: Int
    /// Where the numbers come from.
    public var source: String
}

/// How fast a sensor's value changes.
public struct RateRule: Sendable, Hashable {
    /// The span that a line is laid through, ms.
    public var overMs: Int64
    /// The unit of time of the rate, ms: an hour or a minute.
    public var perMs: Int64
    public var source: String
}

/// Levels that a sensor's value is raised to at one threshold and falls from only below another.
public struct AlarmRule: Sendable, Hashable {
    /// Of level 1, 2, ...: at most four, rising; `clear` of a level lies at or below its `raise`.
    public var raise: [Double]
    public var clear: [Double]
    /// A level changes when so many readings in a row ask for it, and the first of them is so long ago, ms.
    public var readings: Int
    public var lastingMs: Int64
    /// Kinds whose alarm in the same street confirms this one; the sensor itself does not.
    public var confirmedBy: [String]
    public var source: String

    public static let mostLevels = 4
}

/// Speeds that divide a road class into five states.
public struct SpeedClasses: Sendable, Hashable {
    /// Road class of the registry -> four falling speeds, km/h: above the first the road is in class 1, at or below the
    /// last in class 5.
    public var bounds: [String: [Double]]
    public var source: String
}

extension KindRule {
    /// Kinds that the hub derives from this one because of its own keys.
    public var ownDerived: [String] {
        (rate == nil ? [] : [name + "_rate"]) + (alarm == nil ? [] : [name + "_alarm", name + "_confirmed"])
    }
}
