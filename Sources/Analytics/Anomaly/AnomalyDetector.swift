import CityModel
import Foundation

/// What a reading is worth beside what its series usually does.
public struct AnomalyScore: Sendable, Equatable {
    /// -log10 of the probability of something this odd in a series that goes on as before: 2 is one in a hundred
    /// readings, 3 one in a thousand. At most 12.
    public var score: Double
    /// The reading that was expected, in the series' own unit.
    public var expected: Double
    /// (reading - expected) / robust standard deviation; its sign says whether it is too high or too low.
    public var deviation: Double
    /// How many usual intervals passed since the reading before; 1 at the first.
    public var silence: Double

    public init(score: Double, expected: Double, deviation: Double, silence: Double) {
        self.score = score
        self.expected = expected
        self.deviation = deviation
        self.silence = silence
    }
}

/// A streaming anomaly score for any measure: online, no training phase, no look-ahead, bounded memory.
///
/// 1. Expected: the series' daily and weekly rhythm (`RhythmProfile`).
/// 2. Residual `r`, standardised by a running mean absolute residual `s`, outliers limited, which itself has a rhythm:
///    nights are quieter than rush hours. `z = r / (1.2533 s)`, the ratio of standard and mean absolute deviation of a
///    normal distribution.
/// 3. Statistics over several spans, exponentially weighted with weight `a`, so that a spike, a lasting shift and a
///    change of spread each shows in one: `|e| / sqrt(a / (2 - a))` of `e += a (z - e)` (the EWMA chart, Roberts 1959),
///    and the same of `|z|`.
/// 4. Each statistic's rarity against its own history (`TailModel`); the smallest probability counts, times the number
///    of statistics (Bonferroni). After `n` readings a score is at most `2 log10 n`.
///
/// What is learned from an odd reading is limited (Huber), so an incident does not become the rhythm in one day, and a
/// lasting change does in some. Constants were chosen on synthetic series and are configurable; none is per file.
public struct AnomalyDetector: Sendable, Equatable, Codable {
    public enum Direction: String, Sendable, Codable { case both, up, down }

    public struct Configuration: Sendable, Equatable, Codable {
        public var rhythm: RhythmProfile.Configuration
        /// Weights of the newest reading in the signed statistics; 1 is the reading alone.
        public var spans: [Double]
        /// The same for statistics of the spread.
        public var spreadSpans: [Double]
        /// Deviation beyond which a reading is learned only in part.
        public var limit: Double
        /// Which deviations count.
        public var direction: Direction
        /// How fast the spread may differ by time of day: the prior weight, in readings, of the series' own spread in
        /// each bin. Nil: one spread for all hours.
        public var spreadPrior: Double?

        public init(
            rhythm: RhythmProfile.Configuration = .init(), spans: [Double] = [1, 0.25, 0.0625],
            spreadSpans: [Double] = [0.125], limit: Double = 6, direction: Direction = .both,
            spreadPrior: Double? = 60
        ) {
            self.spreadPrior = spreadPrior.map { max($0, 1) }
            self.rhythm = rhythm
            self.spans = spans.map { min(max($0, 1e-3), 1) }
            self.spreadSpans = spreadSpans.map { min(max($0, 1e-3), 1) }
            self.limit = max(limit, 1)
            self.direction = direction
        }
    }

    public let configuration: Configuration
    private var profile: RhythmProfile
    private var scale = 0.0
    private var hours: RhythmProfile?
    private var count = 0.0
    private var levels: [Double]
    private var spreads: [Double]
    private var tails: [TailModel]
    private var last: EventTime?
    private var interval = 0.0

    private static let scaleMemory = 1000.0

    public init(_ configuration: Configuration = .init()) {
        self.configuration = configuration
        profile = RhythmProfile(configuration.rhythm)
        hours = configuration.spreadPrior.map {
            var r = configuration.rhythm
            r.priors = [$0, 1e6, 1e6]
            return RhythmProfile(r)
        }
        levels = Array(repeating: 0, count: configuration.spans.count)
        spreads = Array(repeating: 1, count: configuration.spreadSpans.count)
        tails = Array(repeating: TailModel(), count: levels.count + spreads.count)
    }

    /// Bytes of state of one series; it does not grow.
    public var bytes: Int {
        profile.bytes + (hours?.bytes ?? 0) + tails.count * MemoryLayout<TailModel>.size
            + (levels.count + spreads.count + 4) * MemoryLayout<Double>.size
    }

    /// Writes or reads the state; the configuration must be the same.
    public mutating func code(_ c: inout StateCoder) {
        profile.code(&c)
        hours?.code(&c)
        c.code(&scale)
        c.code(&count)
        c.code(&levels)
        c.code(&spreads)
        for i in tails.indices { tails[i].code(&c) }
        var at = last?.ms
        c.code(&at)
        last = at.map { EventTime(ms: $0) }
        c.code(&interval)
    }

    /// Scores a reading against all before it, then learns from it. Nil, and nothing learned, where it is not finite.
    public mutating func update(time: EventTime, value: Double) -> AnomalyScore? {
        guard value.isFinite, abs(value) < 1e150 else { return nil }
        let first = count == 0
        let expected = first ? value : profile.value(at: time)
        let silence = passed(time)
        count += 1
        let residual = value - expected
        let floor = 1e-6 * abs(profile.mean) + 1e-9
        let usual = max(hours.map { count > 30 ? $0.value(at: time) : scale } ?? scale, floor)
        let z = residual / (1.2533 * usual)
        let odd = count > 30 ? min(abs(residual), 4 * usual) : abs(residual)
        hours?.add(odd, at: time)
        scale += (odd - scale) * max(1 / count, 1 / Self.scaleMemory)

        let learned = abs(z) <= configuration.limit ? value : expected + residual * configuration.limit / abs(z)
        profile.add(learned, at: time)
        let p = rarity(max(-3 * configuration.limit, min(3 * configuration.limit, z)))
        // So few readings cannot tell what is rare.
        let score = min(12, -log10(max(p, 1e-12)), 2 * log10(count))
        return AnomalyScore(score: max(score, 0), expected: expected, deviation: z, silence: silence)
    }

    /// The smallest tail probability of the statistics, times their number.
    private mutating func rarity(_ z: Double) -> Double {
        var least = 1.0
        for (i, a) in configuration.spans.enumerated() {
            levels[i] += a * (z - levels[i])
            let e = levels[i] / (a / (2 - a)).squareRoot()
            let x = abs(e)
            if counts(e) { least = min(least, tails[i].probability(above: x)) }
            tails[i].add(x)
        }
        for (i, a) in configuration.spreadSpans.enumerated() {
            spreads[i] += a * (min(abs(z), 4) - spreads[i])
            let x = 3 * spreads[i], k = levels.count + i
            if configuration.direction == .both { least = min(least, tails[k].probability(above: x)) }
            tails[k].add(x)
        }
        return least * Double(tails.count)
    }

    private func counts(_ e: Double) -> Bool {
        switch configuration.direction {
        case .both: true
        case .up: e > 0
        case .down: e < 0
        }
    }

    private mutating func passed(_ time: EventTime) -> Double {
        defer { last = last.map { max($0, time) } ?? time }
        guard let last, time > last else { return 1 }
        let gap = Double(time - last)
        if interval == 0 { interval = gap }
        let ratio = gap / interval
        interval += 0.05 * (min(gap, 4 * interval) - interval)
        return ratio
    }
}
