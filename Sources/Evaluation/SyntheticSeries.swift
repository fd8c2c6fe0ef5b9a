import CityModel
import Foundation

/// Made series with planted anomalies, by seed: daily rhythm, quieter weekends, correlated and heavy-tailed noise,
/// missing rows, gaps, different sampling steps; spikes, shifts, bursts of noise, plateaus and drops to zero.
public enum SyntheticSeries {
    /// One series of 1500 to 4000 rows with one to three labelled windows, each about as NAB makes them.
    public static func make(seed: UInt64) -> LabelledSeries {
        var r = SeededRandom(seed: seed)
        let step = r.pick([120.0, 300, 300, 600, 900], or: 300), rows = r.pick([1500, 2500, 4000], or: 1500)
        let missing = r.pick([0, 0, 0.1, 0.3], or: 0)
        let base = r.pick([10.0, 30, 60, 500], or: 60), swing = base * r.pick([0, 0.2, 0.4, 0.6], or: 0)
        let memory = r.pick([0, 0.5, 0.9], or: 0), noise = base * r.pick([0.03, 0.08, 0.15], or: 0.08)
        let heavy = r.unit() < 0.4, weekend = r.pick([1, 1, 0.6], or: 1), phase = r.unit()
        var s = LabelledSeries(name: "synthetic-\(seed)", times: [], values: [], windows: [])
        var t = 1.6e9 + Double(r.below(7 * 86_400)), e = 0.0
        for _ in 0..<rows {
            t += step * (r.unit() < missing ? Double(1 + r.below(3)) : 1)
            if r.unit() < 0.001 { t += step * Double(10 + r.below(90)) }
            let day = (t / 86_400 + phase).truncatingRemainder(dividingBy: 1)
            let rhythm = sin(2 * .pi * day) + 0.5 * sin(4 * .pi * day + 1)
            let quiet = (Int(t) / 86_400 + 3) % 7 >= 5 ? weekend : 1
            let u = r.normal() * (heavy && r.unit() < 0.05 ? 3 : 1)
            e = memory * e + (1 - memory * memory).squareRoot() * u
            s.times.append(EventTime(ms: Int64(t * 1000)))
            s.values.append(base + swing * rhythm * quiet + noise * e)
        }
        plant(&s, noise, &r)
        return s
    }

    private static func plant(_ s: inout LabelledSeries, _ noise: Double, _ r: inout SeededRandom) {
        let rows = s.values.count, count = r.pick([1, 2, 2, 3], or: 1), length = rows / 10 / count
        for k in 0..<count {
            let first = Int(Double(rows) * (0.2 + 0.75 * (Double(k) + 0.6 * r.unit()) / Double(count)))
            let kind = r.below(5), lasts = r.pick([3, 10, length / 2], or: 3)
            let size = noise * r.pick([4.0, 6, 8], or: 6) * r.pick([1.0, -1], or: 1)
            let start = first + length / 2 - r.below(length / 3 + 1)
            let end = s.windows.last?.upperBound ?? -1
            guard rows > first + length, first > end else { continue }
            for i in start..<min(rows, start + lasts) {
                switch kind {
                case 0: s.values[i] += i < start + 2 ? 1.5 * size : 0
                case 1: s.values[i] += 0.7 * size
                case 2: s.values[i] += 0.6 * abs(size) * r.normal()
                case 3: s.values[i] += size
                default: s.values[i] = 0
                }
            }
            s.windows.append(first...(first + length - 1))
        }
    }
}
