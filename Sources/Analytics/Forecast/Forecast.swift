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
}
