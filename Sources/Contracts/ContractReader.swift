import CityModel

/// Turns `Topics/inputs/*.yaml` into contracts.
enum ContractReader {
    static func contract(_ m: YamlMap, name: String, earlier: [TopicContract]) -> TopicContract {
        m.checkKeys([
            "topic", "format", "owner", "partitions", "out_of_orderness", "allowed_lateness", "max_future", "idle_after",
            "max_bytes", "dedup_horizon", "kinds", "fields", "object_classes",
        ])
        let topic = m.text("topic")
        if earlier.contains(where: { $0.topic == topic }) {
            m.problem("topic `\(topic)` has another contract", "One contract a topic", at: m.child("topic"))
        }
        let owner = m.text("owner")
        var kinds: [KindRule] = []
        for (kind, k) in m.map("kinds").entries {
            k.checkKeys(["unit", "range", "convert", "owner"])
            let unit = k.text("unit")
            var conversions = [unit: 1.0]
            for (u, v) in k.map("convert").node ?? [:] {
                if let name = u.string, let f = Double(v.scalar?.string ?? ""), f.isFinite, f > 0 {
                    conversions[name] = f
                } else {
                    k.problem("a conversion must be `unit: factor`", "Write a factor above 0", at: v)
                }
            }
            var range = -Micro.limit...Micro.limit
            if let r = k.numbers("range"), r.count == 2, r[0] < r[1], r[0] >= -Micro.limit, r[1] <= Micro.limit {
                range = r[0]...r[1]
            } else {
                k.problem("`range` of \(kind) must be [low, high] within ±1e9", "Write `range: [0, 250]`", at: k.child("range"))
            }
            let kindOwner = k.text("owner", owner)
            for c in earlier {
                if let other = c.kinds.first(where: { $0.name == kind }) {
                    k.problem(
                        "`\(kind)` is already promised by contract \(c.name) of \(other.owner)",
                        "One source a datum: rename the kind or remove one")
                }
            }
            kinds.append(KindRule(name: kind, unit: unit, range: range, conversions: conversions, owner: kindOwner))
        }
        if kinds.isEmpty { m.problem("there are no kinds", "Add `kinds:` with at least one reading kind") }
        var fields: [FieldRule] = []
        for (field, f) in m.map("fields").entries {
            f.checkKeys(["level", "action"])
            let level = f.choice("level", FieldLevel.internal)
            let action = f.choice("action", FieldAction.pass, required: false)
            if level == .sensitive, action == .pass {
                f.problem("`\(field)` is sensitive but passes the wire", "Write `action: drop` or `action: pseudonym`")
            }
            fields.append(FieldRule(name: field, level: level, action: action))
        }
        var classes: [String: String] = [:]
        for (k, v) in m.map("object_classes").node ?? [:] {
            let kind = v.scalar?.string ?? ""
            if !kinds.contains(where: { $0.name == kind }) {
                m.problem("object class `\(k.string ?? "")` names the unknown kind `\(kind)`", "Use a kind of this file", at: v)
            }
            classes[k.string ?? ""] = kind
        }
        return TopicContract(
            name: name, topic: topic, format: m.choice("format", WireFormat.kapokJSON), owner: owner,
            partitions: m.integer("partitions", 4, in: 1...10_000), outOfOrdernessMs: m.duration("out_of_orderness"),
            allowedLatenessMs: m.duration("allowed_lateness"), maxFutureMs: m.duration("max_future"),
            idleAfterMs: m.duration("idle_after"), maxBytes: m.integer("max_bytes", 65_536, in: 64...16_777_216),
            dedupHorizon: m.integer("dedup_horizon", 131_072, in: 0...16_777_216), kinds: kinds, fields: fields,
            objectClasses: classes)
    }
}
