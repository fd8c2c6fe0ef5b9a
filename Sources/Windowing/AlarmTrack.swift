/// The alarm level of one sensor, with hysteresis: a level is raised at one threshold and left only below another, and
/// only when several readings in a row ask for it.
public struct AlarmTrack: Sendable, Hashable {
    public struct Rule: Sendable, Hashable {
        /// Of levels 1 to 4, millionths; `.max` for levels that there are not.
        public var raise: SIMD4<Int64>
        public var clear: SIMD4<Int64>
        /// Readings in a row, and the time from the first to the last of them, ms.
        public var readings: Int64
        public var lastingMs: Int64
        public init(raise: [Int64], clear: [Int64], readings: Int64, lastingMs: Int64) {
            func padded(_ a: [Int64]) -> SIMD4<Int64> {
                var out = SIMD4<Int64>(repeating: .max)
                for (i, v) in a.prefix(4).enumerated() { out[i] = v }
                return out
            }
            self.raise = padded(raise)
            self.clear = padded(clear)
            self.readings = readings
            self.lastingMs = lastingMs
        }
    }

    /// 0 to 4.
    public internal(set) var level: Int64 = 0
    /// Readings in a row that ask for more (1) or less (-1) than `level`; 0: none does.
    var direction: Int64 = 0
    /// The level on which they all agree: the lowest that is asked for upwards, the highest downwards.
    var asked: Int64 = 0
    var run: Int64 = 0
    var since: Int64 = 0

    public init() {}

    /// Takes a reading that is newer than all before.
    public mutating func note(_ v: Int64, at time: Int64, _ rule: Rule) {
        var up: Int64 = 0
        var down: Int64 = 0
        for i in 0..<4 {
            if v >= rule.raise[i] { up += 1 }
            if v >= rule.clear[i] { down += 1 }
        }
        let wanted: Int64 = up > level ? 1 : down < level ? -1 : 0
        guard wanted != 0 else {
            direction = 0
            return
        }
        if wanted == direction {
            asked = wanted > 0 ? min(asked, up) : max(asked, down)
            run = min(run + 1, 1 << 40)
        } else {
            (direction, asked, run, since) = (wanted, wanted > 0 ? up : down, 1, time)
        }
        guard run >= rule.readings, time &- since >= rule.lastingMs else { return }
        level = asked
        direction = 0
    }
}
