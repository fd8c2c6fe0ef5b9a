import CityModel
import Contracts

/// When a value reaches a threshold at the rate at which it changes. Whole millionths throughout.
public enum TimeToLevel {
    /// Minutes; 0 where it is reached already, nil where it is not approached, or beyond `withinMs`.
    /// - Parameters:
    ///   - rate: in the value's unit per `rateMs`; negative where it falls.
    ///   - direction: `below` where the level is reached from above.
    public static func minutes(
        value: Micro, threshold: Micro, rate: Micro, rateMs: Int64, direction: Direction, withinMs: Int64
    ) -> Micro? {
        let up: Int128 = direction == .above ? 1 : -1
        let left = up * (Int128(threshold.raw) - Int128(value.raw))
        guard left > 0 else { return Micro(raw: 0) }
        let speed = up * Int128(rate.raw) * 60_000
        guard speed > 0, rateMs > 0 else { return nil }
        // Halves are rounded up; 2 * 2e15 * 86_400_000 * 1e6 is far within 128 bits.
        let minutes = (2 * left * Int128(rateMs) * Int128(Micro.scale) + speed) / (2 * speed)
        guard minutes <= Int128(withinMs) * Int128(Micro.scale) / 60_000 else { return nil }
        return Int64(exactly: minutes).map { Micro(raw: $0) }
    }

    /// The level to count to, and its threshold; nil where there is none (`next` at the worst level).
    public static func target(_ t: TimeToDef.Target, _ levels: Levels?, value: Double) -> (level: Severity?, at: Double)? {
        switch t {
        case .threshold(let at): return (nil, at)
        case .level(let s): return levels?.steps.first { $0.severity == s }.map { ($0.severity, $0.threshold) }
        case .next:
            guard let levels else { return nil }
            return levels.steps.first { levels.direction == .above ? value < $0.threshold : value > $0.threshold }
                .map { ($0.severity, $0.threshold) }
        }
    }
}
