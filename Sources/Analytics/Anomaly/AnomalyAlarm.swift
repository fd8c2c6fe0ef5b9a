/// Turns scores into alarms: one for each episode, not one for each odd reading.
///
/// A reading at or above the threshold raises an alarm where none of the `quiet` readings before it was, or where its
/// score is `escalation` above the last alarm's.
public struct AnomalyAlarm: Sendable, Equatable, Codable {
    /// -log10 of the risk: 2.2 is one reading in 158 of a series in which nothing happens, before episodes are joined.
    /// The highest within a point of the best on a hundred made series (`SyntheticSeries`, seeds 1001 to 1100);
    /// unverified in operation.
    public static let standardThreshold = 2.2

    public let threshold: Double
    public let quiet: Int
    public let escalation: Double
    private var since: Int?
    private var raised = 0.0

    public init(threshold: Double = AnomalyAlarm.standardThreshold, quiet: Int = 20, escalation: Double = 1) {
        self.threshold = threshold
        self.quiet = max(0, quiet)
        self.escalation = escalation
    }

    /// Whether this score raises an alarm.
    public mutating func update(_ score: Double) -> Bool {
        let fresh = since.map { $0 >= quiet } ?? true
        if let s = since { since = min(s + 1, quiet) }
        guard score >= threshold else { return false }
        since = 0
        guard fresh || score >= raised + escalation else { return false }
        raised = score
        return true
    }
}
