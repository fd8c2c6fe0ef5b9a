import CityModel

/// What one sensor's next reading is judged by: a function of its own readings, in their order. Times in ms, values in
/// millionths.
public struct SensorTrack: Sendable, Hashable {
    /// Event time and value of the newest reading; `.min` before the first.
    public var time = Int64.min
    public var value: Int64 = 0
    /// Since when it has had that value.
    public var sameSince: Int64 = 0
    /// The newest reading that was no jump.
    public var soundTime = Int64.min
    public var soundValue: Int64 = 0

    public init() {}

    /// Bounds on one sensor's readings. `.max` and infinity check nothing.
    public struct Limits: Sendable, Hashable {
        public var stuckAfterMs: Int64
        /// A value at which it may stand still; `.min`: none.
        public var rest: Int64
        /// Millionths a ms.
        public var maxChange: Double
        public init(stuckAfterMs: Int64, rest: Int64, maxChange: Double) {
            self.stuckAfterMs = stuckAfterMs
            self.rest = rest
            self.maxChange = maxChange
        }
        public static let none = Limits(stuckAfterMs: .max, rest: .min, maxChange: .infinity)
    }

    /// Judges a reading and remembers it. Readings that are not newer than the last one are not judged: they say
    /// nothing of change.
    @inlinable
    public mutating func judge(_ v: Int64, at t: Int64, _ limits: Limits) -> SensorFlag? {
        guard t > time else { return nil }
        let first = time == .min
        if first || v != value { sameSince = t }
        time = t
        value = v
        if v != limits.rest, t - sameSince >= limits.stuckAfterMs { return .stuck }
        // A jump is measured from the last sound reading: one spike flags itself alone, and a real change is believed
        // once enough time has passed for it.
        if soundTime != .min, limits.maxChange < .infinity,
            Double(v) - Double(soundValue) > limits.maxChange * Double(t - soundTime)
                || Double(soundValue) - Double(v) > limits.maxChange * Double(t - soundTime)
        {
            return .jump
        }
        soundTime = t
        soundValue = v
        return nil
    }
}
