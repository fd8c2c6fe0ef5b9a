import CityModel

/// `GET /v1/health`, and the `health` events of `/v1/stream`.
public struct Health: Codable, Sendable, Equatable {
    public enum BrokerState: String, Codable, Sendable {
        case connecting, up, down
    }
    public struct Broker: Codable, Sendable, Equatable {
        public var state: BrokerState
        /// Wall-clock time since which it is so.
        public var since: EventTime
        /// The newest error, with librdkafka's code; nil while up.
        public var error: String?
        public init(state: BrokerState, since: EventTime, error: String?) {
            self.state = state
            self.since = since
            self.error = error
        }
    }
    /// One topic-partition. `next - first = accepted + late + duplicate + deadLettered + gap`.
    public struct Partition: Codable, Sendable, Equatable {
        public var topic: String
        public var partition: Int
        public var firstOffset: Int64
        public var nextOffset: Int64
        public var accepted: Int64
        public var late: Int64
        public var duplicate: Int64
        public var deadLettered: Int64
        public var gap: Int64
        /// Records in the partition not yet read; nil while unknown.
        public var lag: Int64?
        public var watermark: EventTime?
        public var idle: Bool
        public init(
            topic: String, partition: Int, firstOffset: Int64, nextOffset: Int64, accepted: Int64, late: Int64,
            duplicate: Int64, deadLettered: Int64, gap: Int64, lag: Int64?, watermark: EventTime?, idle: Bool
        ) {
            self.topic = topic
            self.partition = partition
            self.firstOffset = firstOffset
            self.nextOffset = nextOffset
            self.accepted = accepted
            self.late = late
            self.duplicate = duplicate
            self.deadLettered = deadLettered
            self.gap = gap
            self.lag = lag
            self.watermark = watermark
            self.idle = idle
        }
    }
    public struct ThemeClock: Codable, Sendable, Equatable {
        public var theme: String
        public var clock: EventTime?
        public init(theme: String, clock: EventTime?) {
            self.theme = theme
            self.clock = clock
        }
    }
    /// An edge's way to its centre.
    public struct Edge: Codable, Sendable, Equatable {
        public var name: String
        /// The centre's broker.
        public var centre: Broker
        /// Cells and sessions whose newest state no bundle tells yet. Reading pauses where they become too many.
        public var unsent: Int
        /// Start of the oldest pane among them.
        public var oldestUnsent: EventTime?
        /// Bundles that the centre's broker has not confirmed.
        public var messages: Int
        /// Bundles made since the start.
        public var bundles: Int64
        /// Bytes read since the start (keys and values), and bytes of bundles.
        public var rawBytes: Int64
        public var partialBytes: Int64
        public init(
            name: String, centre: Broker, unsent: Int, oldestUnsent: EventTime?, messages: Int, bundles: Int64,
            rawBytes: Int64, partialBytes: Int64
        ) {
            self.name = name
            self.centre = centre
            self.unsent = unsent
            self.oldestUnsent = oldestUnsent
            self.messages = messages
            self.bundles = bundles
            self.rawBytes = rawBytes
            self.partialBytes = partialBytes
        }
    }
    /// `ok`, `degraded` (broker away, or the hub has not reported for two minutes) or `starting` (no answer from the
    /// broker yet, or no partition: its topics may be missing).
    public var status: String
    public var broker: Broker
    public var partitions: [Partition]
    public var themes: [ThemeClock]
    /// Dead letters by reason, all partitions.
    public var deadLetters: [String: Int64]
    /// Commits done and the time the newest one took, ms.
    public var commits: Int64
    public var lastCommitMs: Double
    /// Windows whose change has not been shown yet: above 0 while the hub catches up.
    public var pendingWindows: Int
    /// Dead letters and summaries that Kafka has not confirmed yet. Reading pauses where they become too many.
    public var outboxMessages: Int
    /// Wall-clock time of this report.
    public var at: EventTime
    public var version: String
    /// Of an edge; nil of any other hub.
    public var edge: Edge?
    public init(
        status: String, broker: Broker, partitions: [Partition], themes: [ThemeClock], deadLetters: [String: Int64],
        commits: Int64, lastCommitMs: Double, pendingWindows: Int = 0, outboxMessages: Int = 0, at: EventTime, version: String,
        edge: Edge? = nil
    ) {
        self.status = status
        self.broker = broker
        self.partitions = partitions
        self.themes = themes
        self.deadLetters = deadLetters
        self.commits = commits
        self.lastCommitMs = lastCommitMs
        self.pendingWindows = pendingWindows
        self.outboxMessages = outboxMessages
        self.at = at
        self.version = version
        self.edge = edge
    }
}
