/// How fast one sensor's value changes: the median of the slopes between the means of up to six intervals of the last
/// while (Theil 1950, Sen 1968), so that one wrong mean in four bends nothing. Memory is fixed.
public struct RateTrack: Sendable, Hashable {
    public struct Rule: Sendable, Hashable {
        /// Length of an interval: a fifth of `over`, ms.
        public var slotMs: Int64
        /// Unit of time of the rate, ms.
        public var perMs: Int64
        public init(overMs: Int64, perMs: Int64) {
            slotMs = Swift.max(1, overMs / RateTrack.slots)
            self.perMs = perMs
        }
    }

    /// Intervals of `over`; the one that has begun comes on top.
    @usableFromInline static let slots: Int64 = 5
    /// More readings of one interval change nothing: sums stay in range.
    static let most: Int64 = 4096

    // A ring by interval modulo 8. Sums in millionths, and of ms from the interval's begin.
    var ids = SIMD8<Int64>(repeating: .min)
    var sums = SIMD8<Int64>.zero
    var times = SIMD8<Int64>.zero
    var counts = SIMD8<Int64>.zero

    public init() {}

    private static func interval(_ time: Int64, _ rule: Rule) -> (id: Int64, into: Int64) {
        let r = time % rule.slotMs
        let into = r < 0 ? r + rule.slotMs : r
        return ((time &- into) / rule.slotMs, into)
    }

    /// Takes a reading that is newer than all before.
    public mutating func note(_ v: Int64, at time: Int64, _ rule: Rule) {
        let (id, into) = Self.interval(time, rule)
        let i = Int(id & 7)
        if ids[i] != id {
            ids[i] = id
            sums[i] = 0
            times[i] = 0
            counts[i] = 0
        }
        guard counts[i] < Self.most else { return }
        sums[i] &+= v
        times[i] &+= into
        counts[i] += 1
    }

    /// The change a unit of time, millionths, as of a reading at `time`; nil before there are means of three intervals
    /// that span half of `over`.
    public func rate(at time: Int64, _ rule: Rule) -> Int64? {
        let newest = Self.interval(time, rule).id
        var x = SIMD8<Double>.zero
        var y = SIMD8<Double>.zero
        var n = 0
        for k in -Self.slots...0 {
            let id = newest &+ k
            let i = Int(id & 7)
            guard ids[i] == id, counts[i] > 0 else { continue }
            let count = Double(counts[i])
            x[n] = Double(id &- newest) * Double(rule.slotMs) + Double(times[i]) / count
            y[n] = Double(sums[i]) / count
            n += 1
        }
        guard n >= 3, x[n - 1] - x[0] >= Double(rule.slotMs) * Double(Self.slots) / 2 else { return nil }
        var slopes = SIMD16<Double>(repeating: .infinity)
        var k = 0
        for i in 0..<n {
            for j in i + 1..<max(n, i + 1) {
                let s = (y[j] - y[i]) / (x[j] - x[i])
                var at = k
                while at > 0, slopes[at - 1] > s {
                    slopes[at] = slopes[at - 1]
                    at -= 1
                }
                slopes[at] = s
                k += 1
            }
        }
        let median = k % 2 == 1 ? slopes[k / 2] : (slopes[k / 2 - 1] + slopes[k / 2]) / 2
        let limit = 1e15
        return Int64(max(-limit, min(limit, (median * Double(rule.perMs)).rounded())))
    }
}
