/// A forecast's interval, calibrated online so that it holds what it states, and the errors it made.
///
/// The bounds are `value - u qLow` and `value + u qHigh`, where the width `u` is the lead's running mean absolute
/// error, wider where the series is far from its rhythm. Each multiplier follows its quantile by adaptive conformal
/// inference (Gibbs and Candes 2021): up by `gain (1 - a)` after a miss on its side, else down by `gain a`, with
/// `a = (1 - coverage) / 2`: the share of misses goes to `a` whatever the errors' distribution.
public struct ForecastInterval: Sendable, Equatable, Codable {
    public let coverage: Double
    private let gain = 0.05
    private var low = 1.5
    private var high = 1.5
    private var examples = 0.0
    /// Running mean absolute error of the forecast, and of the last value as forecast, in the series' unit.
    public private(set) var error = 0.0
    public private(set) var lastValueError = 0.0
    /// Running mean squares of the same, and the share of outcomes that lay in the bounds.
    private var square = 0.0
    private var lastValueSquare = 0.0
    public private(set) var inside = 0.0

    /// Root mean square errors of the forecast, and of the last value as forecast.
    public var rootError: Double { square.squareRoot() }
    public var lastValueRootError: Double { lastValueSquare.squareRoot() }

    /// Outcomes that the running figures stand for; older ones fade.
    public var outcomes: Int { Int(examples) }
    /// Whether any forecast has met its outcome.
    var hasOutcome: Bool { examples > 0 }

    private static let memory = 600.0

    public init(coverage: Double) { self.coverage = min(max(coverage, 0.5), 0.99) }

    private enum CodingKeys: CodingKey {
        case coverage, low, high, examples, error, lastValueError, square, lastValueSquare, inside
    }

    mutating func code(_ c: inout StateCoder) {
        c.code(&low)
        c.code(&high)
        c.code(&examples)
        c.code(&error)
        c.code(&lastValueError)
        c.code(&square)
        c.code(&lastValueSquare)
        c.code(&inside)
        if !(0...Self.memory).contains(examples) { examples = 0 }
    }

    /// Bounds of a forecast. `stress`: how far the series is from its rhythm, in usual distances.
    public func bounds(
        _ value: Double, stress: Double, fallback: Double
    ) -> (low: Double, high: Double, width: Double) {
        let base = examples > 0 ? (error * examples + fallback * 5) / (examples + 5) : fallback
        let u = max(base, 1e-9) * (0.5 + 0.5 * min(max(stress, 0), 8))
        return (value - u * low, value + u * high, u)
    }

    /// Takes in what came of a forecast.
    /// - Parameter within: the outcome lay between the bounds that were given.
    public mutating func learn(
        actual: Double, forecast: Double, width: Double, lastValue: Double, within: Bool = false
    ) {
        let a = (1 - coverage) / 2
        let r = (actual - forecast) / max(width, 1e-9)
        high = min(max(high + gain * ((r > high ? 1 : 0) - a), 0), 50)
        low = min(max(low + gain * ((-r > low ? 1 : 0) - a), 0), 50)
        examples = min(examples + 1, Self.memory)
        error += (abs(actual - forecast) - error) / examples
        lastValueError += (abs(actual - lastValue) - lastValueError) / examples
        square += ((actual - forecast) * (actual - forecast) - square) / examples
        lastValueSquare += ((actual - lastValue) * (actual - lastValue) - lastValueSquare) / examples
        inside += ((within ? 1 : 0) - inside) / examples
    }
}
