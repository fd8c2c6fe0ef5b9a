import Foundation

/// Well-known simple detectors, our implementations of what the NAB paper describes, scored by the same scorer.
/// The second looks ahead: it needs the whole file's extremes, which a streaming detector does not have.
public enum AnomalyBaselines {
    /// Windowed Gaussian: -log10 of the normal tail probability of a value among the last `size` ones (NAB's 1000).
    public static func windowedGaussian(_ values: [Double], size: Int = 1000) -> [Double] {
        var window: [Double] = []
        return values.map { v in
            var score = 0.0
            if window.count > 1 {
                let n = Double(window.count)
                let mean = window.reduce(0, +) / n
                let variance = window.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
                let sd = variance > 0 ? variance.squareRoot() : 1e-6
                score = -log10(max(erfc(abs(v - mean) / sd / 2.squareRoot()), 1e-12))
            }
            window.append(v)
            if window.count > size { window.removeFirst() }
            return score
        }
    }

    /// Relative entropy of the last 52 values' histogram against all kinds of histogram seen before (Wang et al.,
    /// Statistical techniques for online anomaly detection in data centers, 2011), 5 bins over the file's range, 1 % of
    /// the chi-squared distribution with 4 degrees of freedom.
    public static func relativeEntropy(_ values: [Double], size: Int = 52, bins: Int = 5) -> [Bool] {
        guard let low = values.min(), let high = values.max(), high > low else { return values.map { _ in false } }
        let width = (high - low) / Double(bins)
        let limit = 13.2767
        var kinds: [[Double]] = [], agreed: [Int] = []
        return values.indices.map { i in
            guard i + 1 >= size else { return false }
            var p = Array(repeating: 0.0, count: bins)
            for v in values[(i + 1 - size)...i] {
                p[min(max(Int(((v - low) / width).rounded(.up)), 0), bins - 1)] += 1 / Double(size)
            }
            var best: Int?
            var least = limit
            for (k, q) in kinds.enumerated() {
                let e = 2 * Double(size) * zip(p, q).reduce(0) {
                    $1.0 == 0 ? $0 : $1.1 == 0 ? .infinity : $0 + $1.0 * log($1.0 / $1.1)
                }
                if e < least { (best, least) = (k, e) }
            }
            if let best {
                agreed[best] += 1
                return agreed[best] <= 1
            }
            kinds.append(p)
            agreed.append(1)
            return kinds.count > 1
        }
    }
}
