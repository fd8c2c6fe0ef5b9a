/// The free-flow speed of one road section, learned from its own off-peak speeds: a percentile, in six numbers.
///
/// The percentile is a stochastic approximation (Robbins and Monro, 1951): a speed above the estimate raises it by
/// p/100 of a step, one below lowers it by the rest, so it comes to rest where p percent lie below. Steps shrink from 5
/// to 0.05 km/h with the number of readings. At rest the error's standard deviation is about
/// sqrt(step p (100 - p) / (2e4 f)), f being the density of speeds at the percentile: 0.26 km/h for p = 85 and speeds that vary by 5 km/h.
public struct FreeFlowTrack: Sendable, Hashable {
    public struct Rule: Sendable, Hashable {
        /// 1 to 99.
        public var percentile: Int64
        /// Off-peak local time of day, ms.
        public var weekdays: [Range<Int64>]
        public var weekends: [Range<Int64>]
        /// Local time minus UTC, ms.
        public var offsetMs: Int64
        public var after: Int64
        public init(
            percentile: Int64, weekdays: [Range<Int64>], weekends: [Range<Int64>], offsetMs: Int64, after: Int64
        ) {
            self.percentile = percentile
            self.weekdays = weekdays
            self.weekends = weekends
            self.offsetMs = offsetMs
            self.after = after
        }
    }

    /// The percentile so far, and from how many readings; km/h in millionths.
    public internal(set) var estimate: Int64
    public internal(set) var readings: Int64 = 0
    /// The speed in use on the day of the newest reading, and on the days before; 0: none yet.
    public internal(set) var inUse: Int64
    public internal(set) var before: Int64
    /// Where that day began, ms; `.min` before the first reading.
    public internal(set) var day = Int64.min
    /// The midnight since which a learned speed is in use; `.min`: the registry's is.
    public internal(set) var since = Int64.min
    /// Of `day`.
    var isWeekend = false

    /// - Parameter registry: the registry's free-flow speed, km/h in millionths; 0 where it has none.
    public init(registry: Int64) {
        (estimate, inUse, before) = (registry, registry, registry)
    }

    static let dayMs: Int64 = 86_400_000
    private static let firstStep: Int64 = 5_000_000
    private static let lastStep: Int64 = 50_000
    /// Steps are halved by so many readings at first.
    private static let settling: Int64 = 64
    /// Nobody drives freely more slowly than this, km/h in millionths.
    private static let slowest: Int64 = 1_000_000

    /// The speed in use at a time: a day has one.
    @inlinable
    public func reference(at time: Int64) -> Int64 { time >= day ? inUse : before }

    /// Takes a reading that is newer than all before.
    /// - Parameter sound: it is no jump, and its sensor is not stuck.
    public mutating func note(_ v: Int64, at time: Int64, sound: Bool, _ rule: Rule) {
        if day == .min || time &- day >= Self.dayMs { begin(time, rule) }
        guard sound, isOffPeak(time &- day, rule) else { return }
        if readings == 0, estimate == 0 { estimate = v }
        readings += 1
        let step = max(Self.lastStep, Self.firstStep * Self.settling / (Self.settling + min(readings, 1 << 40)))
        if v > estimate {
            estimate += step * rule.percentile / 100
        } else if v < estimate {
            estimate -= step * (100 - rule.percentile) / 100
        }
    }

    private mutating func begin(_ time: Int64, _ rule: Rule) {
        let local = time &+ rule.offsetMs
        let r = local % Self.dayMs
        let start = local &- (r < 0 ? r + Self.dayMs : r)
        day = start &- rule.offsetMs
        // 1970-01-01 was a Thursday; Sunday is 0.
        isWeekend = [0, 6].contains(((start / Self.dayMs + 4) % 7 + 7) % 7)
        before = inUse
        guard readings >= rule.after else { return }
        inUse = max(Self.slowest, estimate)
        if since == .min { since = day }
    }

    private func isOffPeak(_ ofDay: Int64, _ rule: Rule) -> Bool {
        for span in isWeekend ? rule.weekends : rule.weekdays where span.contains(ofDay) { return true }
        return false
    }

    /// Follows a changed registry, as long as nothing learned is in use.
    public mutating func follow(registry: Int64) {
        guard since == .min else { return }
        (inUse, before) = (registry, registry)
        if readings == 0 { estimate = registry }
    }
}
