import Contracts
import Windowing

/// The standard normal deviate of an occupancy (or a speed, from below) against the intervals before it, at one station
/// (Nuckles, Messer and Dudek, Transportation Research Record 495, 1974; their strategy B asks for two critical values
/// in a row).
///
/// Holds the last `history` values. Values of a suspected incident do not enter them, so that it does not become its own
/// measure; after `longest` such intervals the level is taken for the new usual one, and learnt anew.
public struct NormalDeviateDetector: Sendable, Hashable {
    public struct Parameters: Sendable, Hashable {
        /// Intervals that are compared with; 2 to 1440.
        public var history: Int
        /// Least deviate that is critical.
        public var critical: Double
        /// Least standard deviation, in the unit of the values: steady traffic must not make a trifle critical.
        public var leastDeviation: Double
        public var direction: Direction
        public var persistence: Int
        /// Suspicious intervals until the level counts as usual.
        public var longest: Int
        public var source: String
        public init(
            history: Int = 10, critical: Double = 3, leastDeviation: Double = 2, direction: Direction = .above,
            persistence: Int = 2, longest: Int = 60,
            source: String = "persistence: Nuckles, Messer and Dudek, TRR 495 (abstract); the others unverified"
        ) {
            self.history = min(max(2, history), 1440)
            self.critical = critical
            self.leastDeviation = leastDeviation
            self.direction = direction
            self.persistence = persistence
            self.longest = longest
            self.source = source
        }
    }

    public let parameters: Parameters
    private var persistence: Persistence
    /// The values compared with, in no order of time once it is full.
    private var values: [Double] = []
    private var oldest = 0
    public var state: IncidentState { persistence.state }
    /// How many values it remembers.
    public var remembered: Int { values.count }
    /// The mean of what it remembers; nil before the first value.
    public var mean: Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
    /// Whether it knows enough to judge the next value.
    public var canJudge: Bool { values.count == parameters.history }

    public init(_ parameters: Parameters = Parameters()) {
        self.parameters = parameters
        persistence = Persistence(steps: parameters.persistence)
    }

    /// The deviate of a value; nil while too few are known. Positive is towards `direction`.
    public func deviate(of value: Double) -> Double? {
        guard values.count == parameters.history else { return nil }
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        let deviation = max(variance.squareRoot(), parameters.leastDeviation)
        guard deviation > 0 else { return nil }
        return (parameters.direction == .above ? value - mean : mean - value) / deviation
    }

    /// - Parameter value: the interval's mean; nil (or not finite): not measured.
    public mutating func step(_ value: Double?) -> IncidentState {
        guard let value, value.isFinite else { return persistence.step(begins: nil, goesOn: nil) }
        let isCritical = deviate(of: value).map { $0 >= parameters.critical } ?? false
        let state = persistence.step(begins: isCritical, goesOn: isCritical)
        if isCritical, persistence.length <= parameters.longest { return state }
        if isCritical {
            values = []
            oldest = 0
            persistence.reset()
        }
        remember(value)
        return self.state
    }

    private mutating func remember(_ value: Double) {
        if values.count < parameters.history {
            values.append(value)
        } else {
            values[oldest] = value
            oldest = (oldest + 1) % values.count
        }
    }
}

extension NormalDeviateDetector {
    /// What it remembers, for a store; not its parameters.
    public func append(to out: inout [UInt8]) {
        persistence.append(to: &out)
        out.appendInteger(Int32(oldest))
        out.appendInteger(UInt32(values.count))
        for v in values { out.appendInteger(v.bitPattern) }
    }

    /// Nil where the bytes are none that `append(to:)` writes with these parameters.
    public init?(_ parameters: Parameters, _ r: inout ByteReader) {
        self.init(parameters)
        guard let p = Persistence(steps: parameters.persistence, &r), let first = r.integer(Int32.self),
            let bits = r.list(UInt64.self), bits.count <= parameters.history, first >= 0,
            first == 0 || (bits.count == parameters.history && Int(first) < bits.count)
        else { return nil }
        persistence = p
        values = bits.map { Double(bitPattern: $0) }
        oldest = Int(first)
        guard values.allSatisfy(\.isFinite) else { return nil }
    }
}
