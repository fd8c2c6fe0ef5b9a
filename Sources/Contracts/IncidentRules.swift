/// When what the detectors of a street say is one incident of the street.
public struct IncidentRules: Sendable, Hashable {
    /// Source (`california`, `deviate`, `smoothing`, `video`) -> how far its word alone makes an incident certain, 0 to 1.
    public var weights: [String: Double]
    /// Raised at this certainty; held while it is at least `clear`, and for `holdMs` longer.
    public var raise: Double
    public var clear: Double
    public var holdMs: Int64
    /// What has not been seen for so long does not count any more: its station or camera has fallen silent, ms.
    public var lostAfterMs: Int64
    public var source: String

    public init(
        weights: [String: Double], raise: Double, clear: Double, holdMs: Int64, lostAfterMs: Int64, source: String
    ) {
        self.weights = weights
        self.raise = raise
        self.clear = clear
        self.holdMs = holdMs
        self.lostAfterMs = lostAfterMs
        self.source = source
    }

    public static let sources = ["california", "deviate", "smoothing", "video"]

    static func read(_ m: YamlMap) -> IncidentRules {
        m.checkKeys(["weights", "raise", "clear", "hold", "lost_after", "source"])
        let w = m.map("weights")
        w.checkKeys(sources)
        var weights: [String: Double] = [:]
        for s in sources { weights[s] = w.number(s, in: 0...1) }
        if weights.isEmpty { m.problem("`weights` names no source", "Write `weights: { california: 0.6 }`") }
        let raise = m.number("raise", in: 0.01...1) ?? 0.6
        let clear = m.number("clear", in: 0.01...1) ?? raise
        if clear > raise { m.problem("`clear` is above `raise`", "Clear at `raise` or below", at: m.child("clear")) }
        // What can never be reached would never be told.
        let most = 1 - weights.values.sorted().reduce(1) { $0 * (1 - $1) }
        if !weights.isEmpty, most < raise {
            m.problem("all weights together do not reach `raise`", "Raise the weights, or lower `raise`", at: m.child("raise"))
        }
        return IncidentRules(
            weights: weights, raise: raise, clear: clear, holdMs: m.duration("hold", 180_000),
            lostAfterMs: m.duration("lost_after", 900_000, min: 1), source: m.text("source"))
    }
}
