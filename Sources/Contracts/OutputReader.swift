/// Turns `Topics/outputs/*.yaml` into outputs.
enum OutputReader {
    /// What the hub writes, and the placeholder that the topic of each needs.
    static let known = ["alerts": "{theme}", "dead-letters": "{topic}", "partials": "", "summaries": ""]
    /// What only a city with edges needs.
    static let optional: Set = ["partials"]

    static func output(_ m: YamlMap, name: String) -> OutputContract {
        m.checkKeys(["topic", "format", "key", "partitions", "retention", "config", "owner", "level"])
        let topic = m.text("topic")
        if let placeholder = known[name] {
            let plain = placeholder.isEmpty ? topic : topic.replacing(placeholder, with: "x")
            if !placeholder.isEmpty, !topic.isEmpty, !topic.contains(placeholder) {
                m.problem(
                    "the topic of \(name) needs `\(placeholder)`", "Write `topic: kapok.\(name).\(placeholder)`",
                    at: m.child("topic"))
            } else if !topic.isEmpty, !SourceText.isTopic(plain) {
                m.problem("`\(topic)` is not a Kafka topic name", YamlMap.topicHint, at: m.child("topic"))
            }
        } else {
            let names = known.keys.sorted().joined(separator: ", ")
            m.problem("the hub writes no output `\(name)`", "Name the file after one of: \(names)")
        }
        return OutputContract(
            name: name, topic: topic, format: m.choice("format", OutputFormat.json), key: m.text("key", ""),
            partitions: m.integer("partitions", 4, in: 1...10_000), config: m.topicConfig(), owner: m.text("owner"),
            level: m.choice("level", FieldLevel.internal))
    }
}
