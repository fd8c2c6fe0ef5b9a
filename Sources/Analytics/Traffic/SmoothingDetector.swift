import Contracts
import Windowing

/// Double exponential smoothing (Brown) forecasts the next value of one station; where the error is many mean absolute
/// errors, something has happened. After Cook and Cleveland, Transportation Research Record 495, 1974, who compare a
/// tracking signal of errors; here each error is compared by itself, so that the judgement has no memory of its own.
///
/// Holds five numbers. Values of a suspected incident change none of them; after `longest` such intervals the level is
/// taken for the new usual one, and learnt anew.
public struct SmoothingDetector: Sendable, Hashable {
    public struct Parameters: Sendable, Hashable {
        /// Weight of the newest value, 0.01 to 0.9.
        public var alpha: Double
        /// Weight of the newest absolute error, 0.01 to 0.9.
        public var errorAlpha: Double
        /// Least error over the mean absolute error that is critical.
        public var critical: Double
        /// Least mean absolute error, in the unit of the values.
        public var leastError: Double
        public var direction: Direction
        public var persistence: Int
        /// Values before it judges any.
        public var warmUp: Int
        /// Suspicious intervals until the level counts as usual.
        public var longest: Int
        public var source: String
        public init(
            alpha: Double = 0.3, errorAlpha: Double = 0.1, critical: Double = 5, leastError: Double = 1.5,
            direction: Direction = .above, persistence: Int = 2, warmUp: Int = 10, longest: Int = 60,
            source: String = "unverified"
        ) {
            self.alpha = min(max(0.01, alpha), 0.9)
            self.errorAlpha = min(max(0.01, errorAlpha), 0.9)
            self.critical = critical
            self.leastError = leastError
            self.direction = direction
            self.persistence = persistence
            self.warmUp = max(1, warmUp)
            self.longest = longest
            self.source = source
        }
    }

    public let parameters: Parameters
    private var persistence: Persistence
    private var once = 0.0
    private var twice = 0.0
    private var error = 0.0
    /// Values learnt from, up to `warmUp`.
    private var known = 0
    public var state: IncidentState { persistence.state }

    public init(_ parameters: Parameters = Parameters()) {
        self.parameters = parameters
        persistence = Persistence(steps: parameters.persistence)
    }

    /// Whether it knows enough to judge the next value.
    public var canJudge: Bool { known >= parameters.warmUp }

    /// The next value as it is expected; nil before the first.
    public var forecast: Double? {
        guard known > 0 else { return nil }
        let a = parameters.alpha
        return 2 * once - twice + a / (1 - a) * (once - twice)
    }

    /// - Parameter value: the interval's mean; nil (or not finite): not measured.
    public mutating func step(_ value: Double?) -> IncidentState {
        guard let value, value.isFinite else { return persistence.step(begins: nil, goesOn: nil) }
        guard let forecast else {
            learn(first: value)
            return persistence.step(begins: false, goesOn: false)
        }
        let off = parameters.direction == .above ? value - forecast : forecast - value
        let scale = max(error, parameters.leastError)
        let isCritical = known >= parameters.warmUp && off > 0 && off >= parameters.critical * scale
        let state = persistence.step(begins: isCritical, goesOn: isCritical)
        if isCritical, persistence.length <= parameters.longest { return state }
        if isCritical {
            persistence.reset()
            learn(first: value)
        } else {
            learn(value, off.magnitude)
        }
        return self.state
    }

    private mutating func learn(first value: Double) {
        (once, twice, error, known) = (value, value, 0, 1)
    }

    private mutating func learn(_ value: Double, _ off: Double) {
        once += parameters.alpha * (value - once)
        twice += parameters.alpha * (once - twice)
        error += parameters.errorAlpha * (off - error)
        known = min(known + 1, parameters.warmUp)
    }
}

extension SmoothingDetector {
    /// What it remembers, for a store; not its parameters.
    public func append(to out: inout [UInt8]) {
        persistence.append(to: &out)
        out.appendInteger(Int32(known))
        for v in [once, twice, error] { out.appendInteger(v.bitPattern) }
    }

    /// Nil where the bytes are none that `append(to:)` writes with these parameters.
    public init?(_ parameters: Parameters, _ r: inout ByteReader) {
        self.init(parameters)
        guard let p = Persistence(steps: parameters.persistence, &r), let n = r.integer(Int32.self),
            (0...Int32(clamping: parameters.warmUp)).contains(n), let a = r.finite(), let b = r.finite(),
            let c = r.finite()
        else { return nil }
        persistence = p
        (known, once, twice, error) = (Int(n), a, b, c)
    }
}
