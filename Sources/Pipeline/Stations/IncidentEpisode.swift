/// One incident as one detector at one station or camera saw it: from the step that told it to the one that ended it.
public struct IncidentEpisode: Sendable, Hashable {
    /// What was measured when it was told, in millionths; nil where it was not.
    public struct Measured: Sendable, Hashable {
        /// Mean occupancy, percent; mean speed, km/h; vehicles counted: of the interval that told it.
        public var occupancy: Int64?
        public var speed: Int64?
        public var vehicles: Int64?
        /// Mean occupancy at the station upstream, percent.
        public var upstream: Int64?
        /// What it was compared with: mean of the intervals before, or the forecast, in the detector's own quantity.
        public var usual: Int64?
        /// Of cameras: standing vehicles behind the stop line, m.
        public var queue: Int64?
        public init() {}
    }
    /// Start of the first suspicious step, ms.
    public var since: Int64
    /// End of the step that told it, ms.
    public var told: Int64
    /// End of the newest step at which it was seen, ms.
    public var last: Int64
    /// End of the step at which it was not there any more; nil: it is open.
    public var ended: Int64?
    /// What a camera saw: `stopped-vehicle` ...; empty for stations.
    public var finding: String
    public var measured: Measured

    public init(
        since: Int64, told: Int64, last: Int64, ended: Int64? = nil, finding: String = "", measured: Measured = .init()
    ) {
        self.since = since
        self.told = told
        self.last = last
        self.ended = ended
        self.finding = finding
        self.measured = measured
    }
}

/// An episode with where it was seen.
public struct SeenIncident: Sendable, Hashable {
    /// The station's or camera's id, and its street's code.
    public var device: String
    public var street: UInt64
    public var source: IncidentSource
    public var episode: IncidentEpisode
    public init(device: String, street: UInt64, source: IncidentSource, episode: IncidentEpisode) {
        self.device = device
        self.street = street
        self.source = source
        self.episode = episode
    }
}
