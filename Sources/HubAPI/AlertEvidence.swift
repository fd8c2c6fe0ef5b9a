import CityModel

/// What an alert rests on.
public struct AlertEvidence: Codable, Sendable, Hashable {
    /// The theme's version when the alert began.
    public var themeVersion: Int
    public var measure: String
    public var window: String
    /// The aggregate compared.
    public var aggregate: String
    public var unit: String
    /// Of the rule when the alert began, mild to bad.
    public var thresholds: [Threshold]
    /// Where the rule's thresholds come from.
    public var source: String
    /// The first `firstKept` windows, then the newest `newestKept`, oldest first.
    public var windows: [Window]
    /// Windows looked at since the first; those between are not listed.
    public var windowsSeen: Int
    /// Of the worst window: sensors by id that are flagged, silent, or disagree. Streets only.
    public var findings: SensorFindings?
    /// The worst window's value; nil before one is measured.
    public var worstValue: Double?
    /// Records that can have taken part: of each partition of the theme, oldest to newest so far.
    public var sources: [Source]
    /// Windows listed that were revised since they were judged, at most `revisedKept`; what was judged stands.
    public var revised: [Window]

    public static let firstKept = 3
    public static let newestKept = 9
    public static let revisedKept = 8

    public struct Threshold: Codable, Sendable, Hashable {
        public var severity: Severity
        public var raise: Double
        public var clear: Double
        public init(severity: Severity, raise: Double, clear: Double) {
            self.severity = severity
            self.raise = raise
            self.clear = clear
        }
    }

    /// One window as it was judged.
    public struct Window: Codable, Sendable, Hashable {
        public var start: EventTime
        public var end: EventTime
        public var revision: Int
        /// Nil: nothing was measured.
        public var value: Double?
        public var count: Int64
        public var expected: Int
        public var reporting: Int
        public var late: Int64
        public var quality: Double?
        public var flagged: Int?
        public var certainty: Certainty
        /// SHA-256 of the window's canonical bytes, hex.
        public var digest: String
        public init(
            start: EventTime, end: EventTime, revision: Int, value: Double?, count: Int64, expected: Int,
            reporting: Int, late: Int64, quality: Double?, flagged: Int?, certainty: Certainty, digest: String
        ) {
            self.start = start
            self.end = end
            self.revision = revision
            self.value = value
            self.count = count
            self.expected = expected
            self.reporting = reporting
            self.late = late
            self.quality = quality
            self.flagged = flagged
            self.certainty = certainty
            self.digest = digest
        }
    }

    /// Offsets `[first, next)` of one topic-partition.
    public struct Source: Codable, Sendable, Hashable {
        public var topic: String
        public var partition: Int
        public var first: Int64
        public var next: Int64
        public init(topic: String, partition: Int, first: Int64, next: Int64) {
            self.topic = topic
            self.partition = partition
            self.first = first
            self.next = next
        }
    }

    public init(
        themeVersion: Int, measure: String, window: String, aggregate: String, unit: String, thresholds: [Threshold],
        source: String
    ) {
        self.themeVersion = themeVersion
        self.measure = measure
        self.window = window
        self.aggregate = aggregate
        self.unit = unit
        self.thresholds = thresholds
        self.source = source
        windows = []
        windowsSeen = 0
        sources = []
        revised = []
    }

    /// Adds a judged window, keeping the first and the newest.
    public mutating func add(_ w: Window) {
        windowsSeen += 1
        windows.append(w)
        if windows.count > Self.firstKept + Self.newestKept { windows.remove(at: Self.firstKept) }
    }
}
