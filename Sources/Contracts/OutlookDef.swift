/// Which measures of a theme are forecast and scored, and how.
public struct OutlookDef: Sendable, Hashable {
    /// Most horizons, and the longest one, in windows.
    public static let mostHorizons = 6
    public static let longestSteps: Int64 = 288

    /// Name of a window of the theme. Of a hopping one every instance that is aligned to its size counts: one a size.
    public var window: String
    /// The window's size: time from one reading to the next, ms.
    public var stepMs: Int64
    /// How far ahead, rising, ms; whole windows.
    public var horizonsMs: [Int64]
    /// Names of measures, in the order in which they are told.
    public var measures: [String]
    /// The share of outcomes that a forecast's bounds are to hold, 0.5 to 0.99.
    public var interval: Double
    /// Windows with a value that a place needs before it gets a forecast.
    public var history: Int
    /// Score at which a window is called odd, -log10 of its risk; nil: nothing is scored.
    public var threshold: Double?
    /// Local time less UTC, minutes: the rhythm goes by the local day and week.
    public var utcOffsetMinutes: Int

    public init(
        window: String, stepMs: Int64, horizonsMs: [Int64], measures: [String], interval: Double = 0.8,
        history: Int = 24, threshold: Double? = nil, utcOffsetMinutes: Int = 480
    ) {
        self.window = window
        self.stepMs = stepMs
        self.horizonsMs = horizonsMs
        self.measures = measures
        self.interval = interval
        self.history = history
        self.threshold = threshold
        self.utcOffsetMinutes = utcOffsetMinutes
    }
}
