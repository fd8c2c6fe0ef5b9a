/// How an output's records are written.
public enum OutputFormat: String, Sendable, CaseIterable {
    case json
    /// CloudEvents 1.0, structured JSON.
    case cloudEvents = "cloudevents-json"
    /// The bytes as they came.
    case raw
    /// Partials of edges: Kapok's own, binary.
    case partials = "kapok-partials"
}

/// One family of topics that the hub writes. `name` is `summaries`, `alerts` or `dead-letters`.
public struct OutputContract: Sendable, Hashable {
    public var name: String
    /// A topic, or a template: `{theme}` stands for each theme's name, `{topic}` for each input topic.
    public var topic: String
    public var format: OutputFormat
    /// What the Kafka key is made of, for readers: `place/theme/measure/window/start`; empty where it is the source's.
    public var key: String
    public var partitions: Int
    /// Kafka settings of the topics when they are created (`cleanup.policy`, `retention.ms` ...).
    public var config: [String: String]
    public var owner: String
    public var level: FieldLevel

    /// The topic with `{theme}` or `{topic}` replaced by `value`.
    public func topic(for value: String) -> String {
        topic.replacing("{theme}", with: value).replacing("{topic}", with: value)
    }

    /// All its topics, in the order given.
    public func topics(themes: [String], inputs: [String]) -> [String] {
        if topic.contains("{theme}") { return themes.map(topic(for:)) }
        if topic.contains("{topic}") { return inputs.map(topic(for:)) }
        return [topic]
    }
}
