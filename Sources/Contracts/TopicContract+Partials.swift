extension TopicContract {
    /// The topic of edges' partials as a source that feeds no theme: its records are counted, and what they hold are
    /// partitions of their own.
    public static func partials(_ topic: String) -> TopicContract {
        TopicContract(
            name: "partials", topic: topic, format: .kapokJSON, owner: "", partitions: 1, config: [:],
            outOfOrdernessMs: 0, allowedLatenessMs: 0, maxFutureMs: .max, idleAfterMs: 30_000, maxBytes: .max,
            dedupHorizon: 0, kinds: [], fields: [], objectClasses: [:])
    }
}

extension Catalogue {
    /// Where edges write their partials and a centre reads them: what `outputs/partials.yaml` says, or `kapok.partials`.
    public var partialsTopic: String { output("partials")?.topic ?? "kapok.partials" }
}
