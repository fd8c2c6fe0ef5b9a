import Alerting
import CityModel
import HubAPI
import Pipeline
import Windowing

/// All that one commit interval changed; written in one transaction.
public struct Commit: Sendable {
    public struct Cell: Sendable {
        public var theme: String
        /// Empty: a pane; else the name of the only window that took it.
        public var scope: String
        public var start: Int64
        public var place: UInt64
        public var input: String
        public var bytes: [UInt8]
        public init(theme: String, scope: String, start: Int64, place: UInt64, input: String, bytes: [UInt8]) {
            self.theme = theme
            self.scope = scope
            self.start = start
            self.place = place
            self.input = input
            self.bytes = bytes
        }
    }
    /// What one partition contributed to one session of a street.
    public struct Session: Sendable {
        public struct Key: Sendable, Hashable {
            public var theme: String
            public var window: String
            /// What is read, and under what condition: `rainfall above 0.0`.
            public var input: String
            public var place: UInt64
            /// Time of the first event, ms.
            public var start: Int64
            public init(theme: String, window: String, input: String, place: UInt64, start: Int64) {
                self.theme = theme
                self.window = window
                self.input = input
                self.place = place
                self.start = start
            }
        }
        public var key: Key
        /// The last event's time plus the gap, ms.
        public var end: Int64
        public var bytes: [UInt8]
        public init(key: Key, end: Int64, bytes: [UInt8]) {
            self.key = key
            self.end = end
            self.bytes = bytes
        }
        /// What was counted; nil where the bytes are not what a hub wrote for this session.
        public var aggregate: Aggregate? {
            guard let a = Aggregate(bytes), a.count > 0, a.lastTime >= key.start, a.lastTime < end else { return nil }
            return a
        }
    }
    public struct Partition: Sendable {
        public var topic: String
        public var partition: Int32
        public var state: PartitionState
        public var ids: [(generation: Int, ids: [UInt64])]
        public var cells: [Cell]
        /// Of the sensors that have reported since the last commit.
        public var tracks: [PartitionState.Track]
        /// Sessions that changed, and those that are no more: part of another, or out of reach.
        public var sessions: [Session] = []
        public var removedSessions: [Session.Key] = []
        /// Of a partition that an edge counts.
        public var mirror: StoredMirror?
        /// What incident detection remembers of the devices that changed; incidents told, seen on or ended.
        public var detectors: [PartitionState.DetectorState] = []
        public var incidents: [SeenIncident] = []
        public init(
            topic: String, partition: Int32, state: PartitionState, ids: [(generation: Int, ids: [UInt64])],
            cells: [Cell], tracks: [PartitionState.Track] = []
        ) {
            self.topic = topic
            self.partition = partition
            self.state = state
            self.ids = ids
            self.cells = cells
            self.tracks = tracks
        }
    }
    public struct Theme: Sendable {
        public var name: String
        public var version: Int
        /// ms; `Int64.min` before the first event.
        public var clock: Int64
        public var retired: Int64
        /// Window name -> end of its newest complete instance.
        public var completed: [String: Int64]
        /// Complete windows whose change is not among the summaries yet.
        public var owed: [OwedWindow]
        public init(
            name: String, version: Int, clock: Int64, retired: Int64, completed: [String: Int64],
            owed: [OwedWindow] = []
        ) {
            self.name = name
            self.version = version
            self.clock = clock
            self.retired = retired
            self.completed = completed
            self.owed = owed
        }
    }
    /// A message to produce; at least once, so consumers see a stable key or source offset.
    public struct Message: Sendable {
        public var topic: String
        public var key: [UInt8]?
        public var value: [UInt8]?
        public var headers: [Header]
        public struct Header: Sendable, Hashable {
            public var name: String
            public var value: [UInt8]
            public init(_ name: String, _ value: [UInt8]) {
                self.name = name
                self.value = value
            }
        }
        public init(topic: String, key: [UInt8]?, value: [UInt8]?, headers: [Header]) {
            self.topic = topic
            self.key = key
            self.value = value
            self.headers = headers
        }
    }
    public var partitions: [Partition] = []
    public var themes: [Theme] = []
    public var summaries: [Summary] = []
    public var messages: [Message] = []
    /// An edge's: what changes must be handed on.
    public var marksUnsent = false
    /// What the themes' outlooks took in; empty where there are no summaries.
    public var outlooks: [OutlookRecord] = []
    /// What the alert engine's step asks to keep.
    public var alerts: [AlertEffect] = []
    public init() {}
    public var isEmpty: Bool {
        partitions.isEmpty && themes.isEmpty && summaries.isEmpty && messages.isEmpty && outlooks.isEmpty
            && alerts.isEmpty
    }
}
