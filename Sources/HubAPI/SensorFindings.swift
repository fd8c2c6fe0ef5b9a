import CityModel

/// What is known of a street's sensors in one window of a measure. Absent where there is nothing to say.
public struct SensorFindings: Codable, Sendable, Hashable {
    /// A sensor whose readings weigh less.
    public struct Flag: Codable, Sendable, Hashable {
        public var sensor: String
        public var flag: SensorFlag
        /// What each reading so flagged weighs, 0 to 1.
        public var weight: Double
        public init(sensor: String, flag: SensorFlag, weight: Double) {
            self.sensor = sensor
            self.flag = flag
            self.weight = weight
        }
    }

    /// Whether the sensors of one group say the same.
    public struct Agreement: Codable, Sendable, Hashable {
        public enum Status: String, Codable, Sendable, CaseIterable {
            case agree, disagree
            /// Fewer than two of them reported: nothing confirms the one that did.
            case unconfirmed
        }
        public struct Member: Codable, Sendable, Hashable {
            public var sensor: String
            public var kind: String
            /// What was compared, in the kind's unit (mean) or pieces; nil: nothing reported.
            public var value: Double?
            public init(sensor: String, kind: String, value: Double?) {
                self.sensor = sensor
                self.kind = kind
                self.value = value
            }
        }
        public var group: String
        public var quantity: String
        public var status: Status
        /// The largest difference at which the extremes of the group would agree.
        public var tolerance: Double
        public var members: [Member]
        /// Sensors that are off; empty where they agree or nobody can say.
        public var off: [String]
        public init(
            group: String, quantity: String, status: Status, tolerance: Double, members: [Member], off: [String]
        ) {
            self.group = group
            self.quantity = quantity
            self.status = status
            self.tolerance = tolerance
            self.members = members
            self.off = off
        }
    }

    /// Expected sensors that did not report, by id; at most `listed` of them.
    public var silent: [String]
    public var flags: [Flag]
    public var agreements: [Agreement]
    /// How many silent sensors are named; `expected - reporting` counts them all.
    public static let listed = 100

    public init(silent: [String], flags: [Flag], agreements: [Agreement]) {
        self.silent = silent
        self.flags = flags
        self.agreements = agreements
    }
    public var isEmpty: Bool { silent.isEmpty && flags.isEmpty && agreements.isEmpty }
}
