/// How the stations of a topic are watched for incidents: every station (a device that measures occupancy) gives one mean
/// an interval, and the detectors judge it. Parameters and their sources are explained beside the detectors in Analytics.
public struct StationRules: Sendable, Hashable {
    /// One step of the detectors, ms.
    public var intervalMs: Int64
    public var california: California?
    public var deviate: Deviate?
    public var smoothing: Smoothing?

    /// Occupancies of two neighbouring stations.
    public struct California: Sendable, Hashable {
        /// Percent points, and the share of the upstream occupancy.
        public var difference: Double
        public var relative: Double
        /// Largest downstream occupancy, percent.
        public var downstream: Double
        /// Intervals in a row.
        public var persistence: Int
        public var source: String
    }
    /// What a detector of one station judges; occupancy from above, speed from below.
    public enum Quantity: String, Sendable, CaseIterable {
        case occupancy, speed
        public var direction: Direction { self == .occupancy ? .above : .below }
    }
    public struct Deviate: Sendable, Hashable {
        public var of: Quantity
        /// Intervals compared with.
        public var history: Int
        public var critical: Double
        /// In the unit of the quantity.
        public var leastDeviation: Double
        public var persistence: Int
        /// Suspicious intervals until the level counts as usual.
        public var longest: Int
        public var source: String
    }
    public struct Smoothing: Sendable, Hashable {
        public var of: Quantity
        public var alpha: Double
        public var errorAlpha: Double
        public var critical: Double
        public var leastError: Double
        public var persistence: Int
        public var warmUp: Int
        public var longest: Int
        public var source: String
    }

    /// The kinds that a theme can read of it.
    public var derived: [String] {
        (california == nil ? [] : ["incident_california"]) + (deviate == nil ? [] : ["incident_deviate"])
            + (smoothing == nil ? [] : ["incident_smoothing"])
    }
    /// All kinds that incident detection can derive.
    public static let derivedKinds = [
        "incident_california", "incident_deviate", "incident_smoothing",
    ] + VideoRules.derived
}
