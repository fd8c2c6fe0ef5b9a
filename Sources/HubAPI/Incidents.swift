import CityModel

/// `GET /v1/incidents`: incidents of streets, open and recent, with what told them.
public struct IncidentsResponse: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable, CaseIterable {
        /// Something was told, too little to raise an incident.
        case tentative
        case open
        case cleared
    }
    /// What one detector saw at one station or camera.
    public struct Evidence: Codable, Sendable, Equatable {
        /// The station's or camera's id.
        public var device: String
        /// `california`, `deviate`, `smoothing` or `video`.
        public var source: String
        /// Of video: `stopped-vehicle`, `wrong-way`, `person-on-carriageway` or `spill-back`.
        public var finding: String?
        /// Suspected since, told at, last seen at, over at (absent: it is not).
        public var since: EventTime
        public var told: EventTime
        public var last: EventTime
        public var ended: EventTime?
        /// When it was told: `occupancy` (%), `speed` (km/h), `vehicles` (of the interval), `upstream_occupancy` (%),
        /// `usual` (the detector's own quantity), `queue` (m).
        public var measured: [String: Double]
        public init(
            device: String, source: String, finding: String?, since: EventTime, told: EventTime, last: EventTime,
            ended: EventTime?, measured: [String: Double]
        ) {
            self.device = device
            self.source = source
            self.finding = finding
            self.since = since
            self.told = told
            self.last = last
            self.ended = ended
            self.measured = measured
        }
    }
    public struct Item: Codable, Sendable, Equatable {
        public var theme: String
        /// 12-digit code and names of the street.
        public var street: String
        public var name: String
        public var nameEn: String
        public var state: State
        public var since: EventTime
        /// Absent while tentative; absent while open.
        public var raised: EventTime?
        public var cleared: EventTime?
        /// The highest certainty so far, 0 to 1.
        public var certainty: Double
        /// In the order of time told.
        public var evidence: [Evidence]
        public init(
            theme: String, street: String, name: String, nameEn: String, state: State, since: EventTime,
            raised: EventTime?, cleared: EventTime?, certainty: Double, evidence: [Evidence]
        ) {
            self.theme = theme
            self.street = street
            self.name = name
            self.nameEn = nameEn
            self.state = state
            self.since = since
            self.raised = raised
            self.cleared = cleared
            self.certainty = certainty
            self.evidence = evidence
        }
    }
    /// Event time up to which is known what has ended; absent before the first event.
    public var asOf: EventTime?
    /// Newest first.
    public var incidents: [Item]
    public var truncated: Bool
    public init(asOf: EventTime?, incidents: [Item], truncated: Bool) {
        self.asOf = asOf
        self.incidents = incidents
        self.truncated = truncated
    }
}
