import CityModel
import Windowing

/// What an edge says of one of its partitions since it last spoke: states of cells and sessions, each whole, and how far
/// the partition has got. A later state of a cell takes the place of an earlier one, so bundles may come twice and in any
/// order.
public struct PartialBundle: Sendable {
    /// How far the partition has got, with all that its cells say so far.
    public struct Progress: Sendable, Equatable {
        public var ledger: Ledger
        /// ms; `Int64.min` before the first accepted event.
        public var maxEventTime: Int64
        public init(ledger: Ledger, maxEventTime: Int64) {
            self.ledger = ledger
            self.maxEventTime = maxEventTime
        }
    }
    public struct Theme: Sendable {
        public var name: String
        public var version: Int
        public var fingerprint: Fingerprint
        /// In order. Streets, inputs, windows and streams are numbers, which the fingerprint makes the same on both sides.
        public var cells: [(cell: PaneCell, aggregate: Aggregate)] = []
        public var sessions: [(cell: SessionCell, aggregate: Aggregate)] = []
        public init(name: String, version: Int, fingerprint: Fingerprint) {
            self.name = name
            self.version = version
            self.fingerprint = fingerprint
        }
    }
    /// When a registry row (its number among the contract's) was last heard, event time, ms.
    public struct Seen: Sendable, Equatable {
        public var row: Int
        public var time: Int64
        public init(row: Int, time: Int64) {
            self.row = row
            self.time = time
        }
    }

    public var edge: String
    /// Grows with each start of the edge.
    public var run: Int64
    /// 1, 2, 3 ... in a run and partition.
    public var sequence: Int64
    /// The edge's own topic and partition.
    public var topic: String
    public var partition: Int32
    /// Of the topic's contract and its sensors.
    public var contract: Fingerprint
    /// Nil where more is to come first.
    public var progress: Progress?
    public var themes: [Theme] = []
    /// In the order of rows.
    public var seen: [Seen] = []

    public init(
        edge: String, run: Int64, sequence: Int64, topic: String, partition: Int32, contract: Fingerprint,
        progress: Progress? = nil
    ) {
        self.edge = edge
        self.run = run
        self.sequence = sequence
        self.topic = topic
        self.partition = partition
        self.contract = contract
        self.progress = progress
    }

    /// The Kafka key: all of a partition go the same way.
    public var key: [UInt8] { Array("\(edge)/\(topic)/\(partition)".utf8) }
}

/// The first half of a SHA-256: enough to tell configurations apart.
public struct Fingerprint: Hashable, Sendable {
    public var high, low: UInt64
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
    /// - Parameter hex: of 32 digits or more.
    public init(hex: String) {
        let digits = Array(hex.utf8.prefix(32))
        func part(_ from: Int) -> UInt64 {
            UInt64(String(decoding: digits.dropFirst(from).prefix(16), as: UTF8.self), radix: 16) ?? 0
        }
        self.init(high: part(0), low: part(16))
    }
    /// The first 8 hex digits, for people.
    public var text: String { String(String(high >> 32 | 1 << 32, radix: 16).dropFirst()) }
}
