import CityModel

/// `GET /v1/sensors`: when each sensor of the registry was last heard, and which are stale.
public struct SensorsResponse: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable, CaseIterable {
        case fresh
        /// Silent for more than three of its intervals.
        case stale
        /// Not heard since the hub's database began.
        case never
        /// Heard once, but the hub has no time yet to compare with.
        case unknown
    }
    public struct Item: Codable, Sendable, Equatable {
        public var sensor: String
        public var kind: String
        public var device: String
        /// 12-digit code of its street.
        public var street: String
        public var owner: String
        public var intervalSeconds: Int
        public var state: State
        /// Event time of its newest reading; nil: never.
        public var lastSeen: EventTime?
        /// How long it has been silent, s, as of `asOf` of its topic; nil: never heard, or nothing to compare with.
        public var silentSeconds: Int64?
        /// Of rows of speed whose free-flow speed is learned.
        public var freeFlow: FreeFlow?
        public init(
            sensor: String, kind: String, device: String, street: String, owner: String, intervalSeconds: Int,
            state: State, lastSeen: EventTime?, silentSeconds: Int64?
        ) {
            self.sensor = sensor
            self.kind = kind
            self.device = device
            self.street = street
            self.owner = owner
            self.intervalSeconds = intervalSeconds
            self.state = state
            self.lastSeen = lastSeen
            self.silentSeconds = silentSeconds
        }
    }
    /// The free-flow speed of a road section, km/h, as of its newest reading.
    public struct FreeFlow: Codable, Sendable, Equatable {
        /// What travel times are compared with that day; nil: nothing yet.
        public var inUse: Double?
        /// The percentile so far, and the off-peak readings that it is of; nil before the first.
        public var learned: Double?
        public var readings: Int64
        /// nil where the registry has none.
        public var registry: Double?
        /// The midnight since which a learned speed is in use; nil: the registry's is.
        public var since: EventTime?
        public init(inUse: Double?, learned: Double?, readings: Int64, registry: Double?, since: EventTime?) {
            self.inUse = inUse
            self.learned = learned
            self.readings = readings
            self.registry = registry
            self.since = since
        }
    }
    /// How many of a department's or a street's sensors are in each state.
    public struct Count: Codable, Sendable, Equatable {
        /// The owner's name, or the street's 12-digit code.
        public var name: String
        public var fresh: Int
        public var stale: Int
        public var never: Int
        public var unknown: Int
        public init(name: String, fresh: Int = 0, stale: Int = 0, never: Int = 0, unknown: Int = 0) {
            self.name = name
            self.fresh = fresh
            self.stale = stale
            self.never = never
            self.unknown = unknown
        }
        public mutating func add(_ s: State) {
            switch s {
            case .fresh: fresh += 1
            case .stale: stale += 1
            case .never: never += 1
            case .unknown: unknown += 1
            }
        }
    }
    /// Of each topic: the time that silence is counted to. Its largest watermark while records come, else the wall
    /// clock; absent before its first event.
    public var asOf: [String: EventTime]
    /// By owner, then by street, of all sensors that were asked for, whatever their state; in the order of names.
    public var owners: [Count]
    public var streets: [Count]
    /// In the order of street, id and kind.
    public var sensors: [Item]
    /// The limit cut `sensors`; the counts are whole.
    public var truncated: Bool
    public init(
        asOf: [String: EventTime], owners: [Count], streets: [Count], sensors: [Item], truncated: Bool
    ) {
        self.asOf = asOf
        self.owners = owners
        self.streets = streets
        self.sensors = sensors
        self.truncated = truncated
    }
}
