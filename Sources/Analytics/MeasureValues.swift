import CityModel
import Contracts
import Windowing

/// What a measure says about one place and window.
public struct MeasureValues: Sendable {
    /// Every aggregate of the measure's definition that is defined here, by name.
    public var values: [String: Double]
    /// The one that operators see first; nil where nothing was measured.
    public var display: Double?
    public var severity: Severity

    /// Readings times their weights, thousandths; `sum` in millionths too.
    public struct Weighted: Sendable {
        public var count: Int128
        public var sum: Int128
        public init(count: Int128, sum: Int128) {
            self.count = count
            self.sum = sum
        }
    }

    /// - Parameters:
    ///   - numerator: the merged partials of the measure's kind (of the ratio's first kind).
    ///   - denominator: for a ratio or density: the merged partials below the line.
    ///   - sizeMs: the window's length.
    ///   - reporting: how many sensors reported.
    ///   - weighted: the numerator with flagged readings weighed down; the denominator likewise.
    public init(
        _ m: MeasureDef, numerator: Aggregate?, denominator: Aggregate?, sizeMs: Int64, reporting: Int,
        weighted: Weighted? = nil, weightedBelow: Weighted? = nil
    ) {
        var values: [String: Double] = [:]
        if let a = numerator, a.count > 0 {
            for name in m.aggregates {
                let v =
                    name == "weighted"
                    ? Self.weighted(m, weighted, weightedBelow) : Self.value(name, a, denominator, sizeMs, reporting)
                guard let v else { continue }
                // The scale is laid over the merged ratio: a mean of indices would not be the index of the mean.
                values[name] = name == "count" ? v : m.index?.value(of: v) ?? v
            }
        }
        self.values = values
        display = values[m.display]
        severity = display.map { m.levels?.severity(of: $0) ?? .normal } ?? .unknown
    }

    private static func weighted(_ m: MeasureDef, _ top: Weighted?, _ below: Weighted?) -> Double? {
        guard let top, top.count > 0 else { return nil }
        if case .kind = m.source { return Double(top.sum) / Double(top.count) / 1e6 }
        guard let below, below.sum > 0 else { return nil }
        return Double(top.sum) / Double(below.sum)
    }

    static func value(
        _ name: String, _ a: Aggregate, _ below: Aggregate?, _ sizeMs: Int64, _ reporting: Int
    ) -> Double? {
        switch name {
        case "count": return Double(a.count)
        case "sum": return Double(a.sum) / 1e6
        case "mean": return a.mean
        case "min": return Double(a.min) / 1e6
        case "max": return Double(a.max) / 1e6
        case "variance": return a.variance
        case "last": return Double(a.lastValue) / 1e6
        case "distinct": return Double(a.distinct.estimate)
        case "rate_per_hour": return Double(a.sum) / 1e6 * 3_600_000 / Double(sizeMs)
        case "per_sensor": return reporting > 0 ? Double(a.sum) / 1e6 / Double(reporting) : nil
        case "ratio":
            guard let below, below.sum > 0 else { return nil }
            return Double(a.sum) / Double(below.sum)
        default:
            // A histogram's answer is a bucket's middle; the true extremes are known exactly.
            guard let q = MeasureDef.quantile(name), let v = a.histogram.quantile(q) else { return nil }
            return Swift.min(Swift.max(v, Double(a.min)), Double(a.max)) / 1e6
        }
    }
}
