import CityModel

/// One place, measure and window, as served, stored in `kapok.summaries` and printed by `kapok process`.
public struct Summary: Codable, Sendable, Hashable {
    /// 12-digit place code.
    public var place: String
    public var level: PlaceLevel
    public var theme: String
    public var measure: String
    /// Name of the window definition in the theme: `1m`.
    public var window: String
    /// `[start, end)` in event time.
    public var start: EventTime
    public var end: EventTime
    public var status: WindowStatus
    /// 0 until an accepted event changes a complete window; grows with each such change.
    public var revision: Int
    public var unit: String
    /// The value operators see first, in `unit`; nil where nothing was measured.
    public var value: Double?
    /// Every aggregate the theme asks for, by name: `mean`, `p85`, `rate_per_hour` ... A missing one is absent.
    public var values: [String: Double]
    public var severity: Severity
    /// Accepted observations.
    public var count: Int64
    /// Sensors that the registry expects, and those that reported in the window.
    public var expected: Int
    public var reporting: Int
    /// `100 * reporting / expected`; nil where none is expected.
    public var coverage: Double?
    /// Events of this place and measure dropped as late while this window was the current one.
    public var late: Int64
    /// What the window's readings weigh on average, 0 to 1: below 1 where sensors are stuck, jump or disagree; nil
    /// where nothing was measured, or the contract has no checks for its kind.
    public var quality: Double?
    /// Sensors with a flag; nil where nothing is checked.
    public var flagged: Int?
    /// Of streets: which sensors are silent or flagged, and whether those that can be compared agree.
    public var findings: SensorFindings?
    /// Of measures that fuse others: how sure it is.
    public var certainty: Certainty?
    /// Of measures that are made of others: of what.
    public var evidence: Evidence?
    /// SHA-256 of the window's canonical bytes, hex.
    public var digest: String

    public init(
        place: String, level: PlaceLevel, theme: String, measure: String, window: String, start: EventTime,
        end: EventTime, status: WindowStatus, revision: Int, unit: String, value: Double?, values: [String: Double],
        severity: Severity, count: Int64, expected: Int, reporting: Int, coverage: Double?, late: Int64, quality: Double? = nil,
        flagged: Int? = nil, findings: SensorFindings? = nil, certainty: Certainty? = nil, evidence: Evidence? = nil,
        digest: String
    ) {
        self.place = place
        self.level = level
        self.theme = theme
        self.measure = measure
        self.window = window
        self.start = start
        self.end = end
        self.status = status
        self.revision = revision
        self.unit = unit
        self.value = value
        self.values = values
        self.severity = severity
        self.count = count
        self.expected = expected
        self.reporting = reporting
        self.coverage = coverage
        self.late = late
        self.quality = quality
        self.flagged = flagged
        self.findings = findings
        self.certainty = certainty
        self.evidence = evidence
        self.digest = digest
    }
}

/// `GET /v1/summaries`, and the `summaries` events of `/v1/stream`.
public struct SummariesResponse: Codable, Sendable {
    public var summaries: [Summary]
    /// The limit cut the answer: there are more.
    public var truncated: Bool
    public init(summaries: [Summary], truncated: Bool = false) {
        self.summaries = summaries
        self.truncated = truncated
    }
    /// An absent `truncated` is false.
    public init(from decoder: any Decoder) throws {
        let c = try decoder.container(keyedBy: CodingKeys.self)
        summaries = try c.decode([Summary].self, forKey: .summaries)
        truncated = try c.decodeIfPresent(Bool.self, forKey: .truncated) ?? false
    }
}

/// `GET /v1/places`.
public struct PlacesResponse: Codable, Sendable {
    public struct Item: Codable, Sendable {
        public var code: String
        public var level: PlaceLevel
        public var name: String
        public var nameEn: String
        public var parent: String?
        public var lon: Double?
        public var lat: Double?
    }
    public var places: [Item]
    public init(_ places: [Place]) {
        self.places = places.map {
            Item(
                code: $0.codeText, level: $0.level, name: $0.name, nameEn: $0.nameEn,
                parent: $0.parent.map(String.init),
                lon: $0.lon, lat: $0.lat)
        }
    }
}
