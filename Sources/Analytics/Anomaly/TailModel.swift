import Foundation

/// How rare a value of a statistic is, learned online from the statistic itself: peaks over a threshold.
///
/// The threshold `t` follows the `level` quantile by stochastic approximation (Robbins and Monro 1951); excesses above
/// it are taken as exponential with mean `b`, the light-tailed case of the generalised Pareto distribution, so
///
///     P(X > x) = (1 - level) * exp(-(x - t) / b)   for x > t
///
/// as in Siffer, Fouque, Termier, Largouet: Anomaly detection in streams with extreme value theory, KDD 2017. A prior
/// worth some readings stands in until the series has told its own tail, so there is no training phase.
public struct TailModel: Sendable, Equatable, Codable {
    /// The quantile above which the tail begins.
    public let level: Double
    private var threshold: Double
    private var excess: Double
    private var seen: Double
    private var exceeded: Double
    private let memory: Double

    /// - Parameters:
    ///   - threshold, excess: the prior tail; by default roughly that of a standardised series (unverified).
    ///   - worth: how many readings the prior is worth.
    ///   - memory: readings after which old ones fade.
    public init(
        level: Double = 0.9, threshold: Double = 2, excess: Double = 0.6, worth: Double = 40, memory: Double = 2000
    ) {
        self.level = min(max(level, 0.5), 0.999)
        self.threshold = max(threshold, 1e-6)
        self.excess = max(excess, 1e-6)
        seen = max(worth, 1)
        exceeded = seen * (1 - self.level)
        self.memory = max(memory, seen)
    }

    mutating func code(_ c: inout StateCoder) {
        c.code(&threshold)
        c.code(&excess)
        c.code(&seen)
        c.code(&exceeded)
    }

    /// P(X >= x), in (0, 1], never growing in x.
    public func probability(above x: Double) -> Double {
        if x <= threshold { return 1 - level * max(x, 0) / max(threshold, 1e-9) }
        return (1 - level) * exp(-(x - threshold) / excess)
    }

    /// Takes in one value, >= 0. A single huge one counts as at most six mean excesses.
    public mutating func add(_ x: Double) {
        seen = min(seen + 1, memory)
        let step = 4 * max(excess, 1e-3) / pow(seen, 0.7)
        threshold = max(threshold + step * ((x > threshold ? 1 : 0) - (1 - level)), 1e-6)
        guard x > threshold else { return }
        exceeded = min(exceeded + 1, memory * (1 - level))
        excess = max(excess + (min(x - threshold, 6 * excess) - excess) / max(exceeded, 1), 1e-3)
    }
}
