/// How much is believed of the change `s` that the regression says, and of the change `t` by the series' own course: the
/// shares in [0, 1] that together would have fitted the changes `c` that came best,
///
///     sum l^age (c - v s - w t)^2 + k (v - 1)^2 + k w^2 -> least,
///
/// in units of a usual deviation. So a regression that has learned what no longer holds, as in a series' first days, is
/// drawn to the last value, and the course counts once it has been seen to go on.
struct ForecastTrust: Sendable, Equatable, Codable {
    /// Weight `k` of the prior, which believes the regression alone, in changes of a usual deviation.
    private static let prior = 20.0
    private var ss = 0.0
    private var st = 0.0
    private var tt = 0.0
    private var cs = 0.0
    private var ct = 0.0

    var shares: (said: Double, course: Double) {
        let (a, b, d) = (ss + Self.prior, st, tt + Self.prior)
        let (p, q) = (cs + Self.prior, ct)
        func held(_ v: Double) -> Double { v > 0 ? min(v, 1) : 0 }
        let det = a * d - b * b
        let inner = det > 0 ? ((p * d - q * b) / det, (q * a - p * b) / det) : (-1, -1)
        if (0...1).contains(inner.0), (0...1).contains(inner.1) { return inner }
        // Convex: the least within the square lies on its border.
        let borders = [0.0, 1].flatMap { [($0, held((q - b * $0) / d)), (held((p - b * $0) / a), $0)] }
        func cost(_ v: (Double, Double)) -> Double {
            a * v.0 * v.0 + 2 * b * v.0 * v.1 + d * v.1 * v.1 - 2 * p * v.0 - 2 * q * v.1
        }
        return borders.min { cost($0) < cost($1) } ?? (1, 0)
    }

    mutating func learn(said s: Double, course t: Double, came c: Double, keep: Double) {
        ss = ss * keep + s * s
        st = st * keep + s * t
        tt = tt * keep + t * t
        cs = cs * keep + c * s
        ct = ct * keep + c * t
    }

    mutating func code(_ c: inout StateCoder) {
        c.code(&ss)
        c.code(&st)
        c.code(&tt)
        c.code(&cs)
        c.code(&ct)
        (ss, tt) = (max(ss, 0), max(tt, 0))
    }
}
