/// How the centre names a topic of an edge: `city.sensor-readings@north`. No Kafka topic can have that name.
public enum EdgeTopic {
    public static func name(_ topic: String, edge: String) -> String { "\(topic)@\(edge)" }

    /// The topic as its contract names it; of a topic that is no edge's the topic itself.
    public static func base(_ name: String) -> String { String(name.prefix { $0 != "@" }) }

    /// The edge's name; nil where it is none's.
    public static func edge(of name: String) -> String? {
        name.firstIndex(of: "@").map { String(name[name.index(after: $0)...]) }
    }

    /// 1 to 40 of `a-z`, `0-9` and `-`.
    public static func isEdgeName(_ name: String) -> Bool {
        (1...40).contains(name.utf8.count)
            && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") }
    }
}
