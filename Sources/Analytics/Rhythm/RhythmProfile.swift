import CityModel

/// The usual value of a series by time of day and day of week, learned online, a reading at a time.
///
/// Three layers of time-of-day bins: every day; weekdays and weekend; each day of the week. A layer's mean is shrunk to
/// the layer above by a prior weight `k`, the top one to the series' own mean:
///
///     p_l = (n_l * mean_l + k_l * p_(l-1)) / (n_l + k_l)
///
/// so that a new series answers with its mean, after a day with its day, after weeks with its weekdays. Bins have
/// triangular (hat) weights: reading between two bins' middles is linear interpolation, and there are no jumps at a
/// bin's edge. Weights are capped, which makes old days fade. Memory is fixed: `bytes`.
public struct RhythmProfile: Sendable, Equatable, Codable {
    public struct Configuration: Sendable, Equatable, Codable {
        /// Bins a day.
        public var bins: Int
        /// Local time minus UTC, ms.
        public var offsetMs: Int64
        /// Prior weights of the three layers, in readings.
        public var priors: [Double]
        /// The most readings a bin remembers.
        public var memory: Double

        public init(bins: Int = 24, offsetMs: Int64 = 0, priors: [Double] = [1, 3, 3], memory: Double = 120) {
            self.bins = max(1, bins)
            self.offsetMs = offsetMs
            self.priors = (0..<3).map { $0 < priors.count ? max(priors[$0], 1e-9) : 3 }
            self.memory = max(1, memory)
        }
    }

    public let configuration: Configuration
    /// Mean of all readings, old ones fading.
    public private(set) var mean = 0.0
    private var count = 0.0
    private var means: [Double]
    private var weights: [Double]

    /// Readings after which the overall mean's weight stays as it is.
    private static let meanMemory = 3000.0
    private static let dayMs: Int64 = 86_400_000

    public init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        means = Array(repeating: 0, count: 10 * configuration.bins)
        weights = means
    }

    /// Bytes of state that grow with nothing.
    public var bytes: Int { (means.count + weights.count + 2) * MemoryLayout<Double>.size }

    /// The usual value at a time; the mean of all readings where nothing is known of that time; 0 before any reading.
    public func value(at time: EventTime) -> Double {
        let p = place(time)
        return (1 - p.share) * bin(p.first, p.dow) + p.share * bin(p.second, p.dow)
    }

    /// Takes in one reading.
    public mutating func add(_ value: Double, at time: EventTime) {
        count = min(count + 1, Self.meanMemory)
        mean += (value - mean) / count
        let p = place(time)
        for row in [0, p.dow < 5 ? 1 : 2, 3 + p.dow] {
            learn(row * configuration.bins + p.first, value, 1 - p.share)
            learn(row * configuration.bins + p.second, value, p.share)
        }
    }

    mutating func code(_ c: inout StateCoder) {
        c.code(&mean)
        c.code(&count)
        c.code(&means)
        c.code(&weights)
    }

    private mutating func learn(_ i: Int, _ value: Double, _ share: Double) {
        guard share > 0 else { return }
        weights[i] = min(weights[i] + share, configuration.memory)
        means[i] += (value - means[i]) * share / weights[i]
    }

    private func bin(_ b: Int, _ dow: Int) -> Double {
        let n = configuration.bins
        var p = mean
        for (layer, row) in [0, dow < 5 ? 1 : 2, 3 + dow].enumerated() {
            let w = weights[row * n + b], k = configuration.priors[layer]
            p = (w * means[row * n + b] + k * p) / (w + k)
        }
        return p
    }

    /// The two bins a time lies between, the second one's share, and the day of the week, Monday 0.
    private func place(_ time: EventTime) -> (first: Int, second: Int, share: Double, dow: Int) {
        let local = time.ms + configuration.offsetMs
        let day = local.quotientAndRemainder(dividingBy: Self.dayMs)
        let (days, ms) = day.remainder < 0 ? (day.quotient - 1, day.remainder + Self.dayMs) : day
        let n = configuration.bins
        // The epoch began on a Thursday.
        let dow = Int(((days + 3) % 7 + 7) % 7)
        let u = Double(ms) / Double(Self.dayMs) * Double(n) - 0.5
        let low = u.rounded(.down)
        let first = (Int(low) + n) % n
        return (first, (first + 1) % n, u - low, dow)
    }
}
