/// A short-term forecast of one series. The error of the simplest forecast stands beside its own, always.
public struct Forecast: Sendable, Equatable {
    /// How far ahead, ms.
    public var leadMs: Int64
    public var value: Double
    /// The stated share of outcomes lies between these.
    public var low: Double
    public var high: Double
    /// The newest reading, which is what the last-value forecast says.
    public var lastValue: Double
    /// Running mean absolute error of this lead's forecasts, and of the last value as forecast; nil before any outcome.
    public var error: Double?
    public var lastValueError: Double?
    /// Root mean square errors of the same; nil before any outcome.
    public var rootError: Double?
    public var lastValueRootError: Double?
    /// The share of outcomes that lay between `low` and `high`; nil before any.
    public var inside: Double?
    /// How many outcomes these figures stand for: at most the last 600 or so count.
    public var outcomes: Int
}
