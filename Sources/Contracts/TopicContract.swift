/// The record format of a topic; the format decides the decoder.
public enum WireFormat: String, Sendable, CaseIterable {
    case kapokJSON = "kapok-json"
    /// NVIDIA DeepStream, full or minimal schema, told apart per record.
    case deepstream
}

/// How open a field is, and what happens to it at the wire.
public enum FieldLevel: String, Sendable, CaseIterable { case `public`, `internal`, sensitive }
public enum FieldAction: String, Sendable, CaseIterable { case pass, drop, pseudonym }

public struct FieldRule: Sendable, Hashable {
    public var name: String
    public var level: FieldLevel
    public var action: FieldAction
}

/// One reading kind: its canonical unit, plausible range in that unit, and the units it is converted from.
public struct KindRule: Sendable, Hashable {
    public var name: String
    public var unit: String
    public var range: ClosedRange<Double>
    /// Factor from each accepted unit to the canonical one; holds the canonical unit itself with 1.
    public var conversions: [String: Double]
    /// The one department that answers for this datum.
    public var owner: String
    /// How its sensors are watched; nil where nothing is known that could be checked.
    public var checks: KindChecks?
    /// How the simulator makes its values; nil: by a model of its own, or wandering in the range.
    public var simulation: KindSimulation?
    /// What is derived from each of its sensors' own history.
    public var freeFlow: FreeFlowRule?
    public var rate: RateRule?
    public var alarm: AlarmRule?
}

/// What is promised about an input topic. Durations in ms, sizes in bytes.
public struct TopicContract: Sendable {
    public var name: String
    public var topic: String
    public var format: WireFormat
    public var owner: String
    public var partitions: Int
    /// Kafka settings of the topic when it is created (`retention.ms` ...).
    public var config: [String: String]
    public var outOfOrdernessMs: Int64
    public var allowedLatenessMs: Int64
    public var maxFutureMs: Int64
    public var idleAfterMs: Int64
    public var maxBytes: Int
    /// Event ids remembered per partition; 0 switches duplicate detection off.
    public var dedupHorizon: Int
    public var kinds: [KindRule]
    public var fields: [FieldRule]
    /// DeepStream object class -> reading kind.
    public var objectClasses: [String: String]
    /// How its stations are watched for incidents; nil: not at all.
    public var stations: StationRules?
    /// How the boxes of its cameras are; of those alone that have a scene.
    public var video: VideoRules?
}
