extension YamlMap {
    static let topicHint = "Up to 249 letters, digits, `.`, `_` and `-`"

    func checkName(_ name: String, _ what: String) {
        if !SourceText.isName(name) {
            problem("`\(name)` cannot name a \(what)", "Use up to 64 letters, digits, `_` and `-`")
        }
    }

    /// Kafka settings of a topic: `config`, with `retention` (a duration or -1) as `retention.ms`.
    func topicConfig() -> [String: String] {
        var out: [String: String] = [:]
        for (name, value, at) in pairs("config") {
            if name == "retention.ms", has("retention") {
                problem("`retention.ms` is given twice, here and by `retention`", "Keep `retention`", at: at)
            }
            if !SourceText.isTopic(name) {
                problem("`\(name)` is not a Kafka setting", "Write it as Kafka does: `cleanup.policy: compact`", at: at)
            }
            out[name] = value
        }
        if let n = child("retention") {
            out["retention.ms"] = n.scalar?.string == "-1" ? "-1" : String(duration("retention", min: 1))
        }
        return out
    }
}
