/// A session window: each event of a street fills `[time, time + gap)`, and intervals that overlap are one session.
public struct SessionDef: Sendable, Hashable {
    public static let longestGapMs: Int64 = 24 * 3_600_000
    public static let longestReachMs: Int64 = 7 * 24 * 3_600_000

    public var name: String
    /// Silence of this length ends a session, ms.
    public var gapMs: Int64
    /// An event older than the watermark less the allowed lateness by this or more joins no session, however long that
    /// one is open; so nothing older than this must be kept. At least the gap. ms.
    public var reachMs: Int64
    public init(name: String, gapMs: Int64, reachMs: Int64) {
        self.name = name
        self.gapMs = gapMs
        self.reachMs = reachMs
    }
}

/// What a reading must be to count in a session: strictly above or below a threshold, in the unit of its kind.
public struct ReadingCondition: Sendable, Hashable {
    public var direction: Direction
    public var threshold: Double
    public init(_ direction: Direction, _ threshold: Double) {
        self.direction = direction
        self.threshold = threshold
    }
    /// `above 0.0`: what the store tells readings under different conditions apart by.
    public var text: String { "\(direction.rawValue) \(threshold + 0)" }

    /// The threshold in millionths, so that a reading is compared as an integer.
    public var millionths: Int64 { Int64((threshold * 1e6).rounded()) }
}
