import CityModel

/// Turns `Topics/inputs/*.yaml` into contracts.
enum ContractReader {
    static func contract(_ m: YamlMap, name: String, earlier: [TopicContract]) -> TopicContract {
        m.checkKeys([
            "topic", "format", "owner", "partitions", "retention", "config", "out_of_orderness", "allowed_lateness",
            "max_future", "idle_after", "max_bytes", "dedup_horizon", "kinds", "fields", "object_classes",
            "stations", "video",
        ])
        m.checkName(name, "contract")
        let topic = m.text("topic")
        if !topic.isEmpty, !SourceText.isTopic(topic) {
            m.problem("`\(topic)` is not a Kafka topic name", YamlMap.topicHint, at: m.child("topic"))
        }
        if let other = earlier.first(where: { $0.topic == topic && !topic.isEmpty }) {
            m.problem(
                "topic `\(topic)` already has contract \(other.name)", "One contract a topic", at: m.child("topic"))
        }
        let owner = m.text("owner")
        let format = m.choice("format", WireFormat.kapokJSON)
        let kinds = m.map("kinds").entries.map { kind($0.name, $0.map, owner: owner, earlier: earlier) }
        if m.has("kinds"), kinds.isEmpty {
            m.problem("there are no kinds", "Give `kinds:` at least one reading kind", at: m.child("kinds"))
        } else if !m.has("kinds") {
            m.problem("`kinds` is missing", "Add `kinds:` with at least one reading kind")
        }
        HistoryReader.check(m, kinds, earlier: earlier)
        let outOfOrderness = m.duration("out_of_orderness")
        return TopicContract(
            name: name, topic: topic, format: format, owner: owner,
            partitions: m.integer("partitions", 4, in: 1...10_000),
            config: m.topicConfig(), outOfOrdernessMs: outOfOrderness,
            allowedLatenessMs: m.duration("allowed_lateness"), maxFutureMs: m.duration("max_future"),
            idleAfterMs: m.duration("idle_after", min: 1),
            maxBytes: m.integer("max_bytes", 65_536, in: 64...16_777_216),
            dedupHorizon: m.integer("dedup_horizon", 131_072, in: 0...16_777_216), kinds: kinds, fields: fields(m),
            objectClasses: classes(m, kinds: kinds, format: format),
            stations: m.optionalMap("stations").flatMap {
                StationRulesReader.rules($0, kinds: kinds, format: format, outOfOrdernessMs: outOfOrderness)
            }, video: m.optionalMap("video").flatMap { .read($0, format: format) })
    }

    static func kind(_ name: String, _ m: YamlMap, owner: String, earlier: [TopicContract]) -> KindRule {
        m.checkKeys(["unit", "range", "convert", "owner", "checks", "simulate"] + HistoryReader.keys)
        m.checkName(name, "kind")
        if ThemeReader.derived.contains(name) {
            m.problem("`\(name)` is derived from speed or vehicles and cannot be sent", "Choose another name")
        } else if StationRules.derivedKinds.contains(name) {
            m.problem("`\(name)` is what incident detection finds and cannot be sent", "Choose another name")
        }
        for c in earlier {
            if let other = c.kinds.first(where: { $0.name == name }) {
                m.problem(
                    "`\(name)` is already promised by contract \(c.name) of \(other.owner)",
                    "One source a datum: rename the kind or remove one")
            }
        }
        let unit = m.text("unit")
        var conversions = [unit: 1.0]
        for (from, factor, at) in m.pairs("convert") {
            if from == unit {
                m.problem("`\(from)` is the unit itself", "Remove it from `convert`", at: at)
            } else if let f = SourceText.decimal(factor), f > 0, f <= Micro.limit {
                conversions[from] = f
            } else {
                m.problem("the factor of `\(from)` must be a number above 0", "Write `\(from): 3.6`", at: at)
            }
        }
        var range = -Micro.limit...Micro.limit
        if !m.has("range") {
            m.problem("`range` of \(name) is missing", "Add `range: [low, high]` in \(unit)")
        } else if let r = m.numbers("range"), r.count == 2, r[0] < r[1], range.contains(r[0]), range.contains(r[1]) {
            range = r[0]...r[1]
        } else {
            m.problem(
                "`range` of \(name) must be [low, high] within ±1e9", "Write `range: [0, 250]`", at: m.child("range"))
        }
        var rule = KindRule(
            name: name, unit: unit, range: range, conversions: conversions, owner: m.text("owner", owner),
            checks: m.optionalMap("checks").map { KindChecksReader.checks($0, kind: name) },
            simulation: m.optionalMap("simulate").map {
                KindSimulationReader.simulation($0, kind: name, range: range)
            })
        HistoryReader.read(m, into: &rule)
        return rule
    }

    static func fields(_ m: YamlMap) -> [FieldRule] {
        m.map("fields").entries.map { field, f in
            f.checkKeys(["level", "action"])
            let level = f.choice("level", FieldLevel.internal)
            let action = f.choice("action", f.has("action") ? .drop : FieldAction.pass, required: false)
            if level == .sensitive, action == .pass {
                f.problem("`\(field)` is sensitive but passes the wire", "Write `action: drop` or `action: pseudonym`")
            }
            return FieldRule(name: field, level: level, action: action)
        }
    }

    static func classes(_ m: YamlMap, kinds: [KindRule], format: WireFormat) -> [String: String] {
        var out: [String: String] = [:]
        for (name, kind, at) in m.pairs("object_classes") {
            if !kinds.contains(where: { $0.name == kind }) {
                m.problem("object class `\(name)` names the unknown kind `\(kind)`", "Use a kind of this file", at: at)
            }
            out[name] = kind
        }
        switch (format, m.has("object_classes")) {
        case (.deepstream, false):
            m.problem("`object_classes` is missing", "Say which kind each detected class counts for")
        case (.kapokJSON, true):
            m.problem("`object_classes` needs format deepstream", "Remove it", at: m.child("object_classes"))
        default: break
        }
        return out
    }
}
