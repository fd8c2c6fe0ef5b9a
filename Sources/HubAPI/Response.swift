import CityModel

/// `GET /v1/response?theme=NAME&place=CODE&limit=N`: what stands at a level and what is to be done, worst first.
public struct ResponseList: Codable, Sendable, Equatable {
    /// A text by language: `zh`, `en`.
    public typealias Text = [String: String]

    /// When the next level is reached, if the value goes on changing as it does.
    public struct Next: Codable, Sendable, Equatable {
        /// The measure that says so.
        public var measure: String
        public var minutes: Double
        /// Nil where it counts to a number that is no level.
        public var level: Severity?
        public init(measure: String, minutes: Double, level: Severity?) {
            self.measure = measure
            self.minutes = minutes
            self.level = level
        }
    }

    public struct Street: Codable, Sendable, Equatable {
        public var place: String
        public var name: String
        public var nameEn: String
        public var severity: Severity
        /// Nil where a centre is unknown.
        public var km: Double?
        public init(place: String, name: String, nameEn: String, severity: Severity, km: Double?) {
            self.place = place
            self.name = name
            self.nameEn = nameEn
            self.severity = severity
            self.km = km
        }
    }

    /// Other streets, at most `listed` of each sort.
    public struct Nearby: Codable, Sendable, Equatable {
        public enum Order: String, Codable, Sendable, CaseIterable {
            /// Nearest first, by the streets' centres.
            case distance
            /// The centres are unknown: those of the same district, in the order of their codes.
            case district
        }
        public static let listed = 5
        public var by: Order
        /// Where the same measure stands at a level.
        public var affected: [Street]
        /// Where everything that the theme measures is normal.
        public var free: [Street]
        public init(by: Order, affected: [Street], free: [Street]) {
            self.by = by
            self.affected = affected
            self.free = free
        }
    }

    /// One street and measure.
    public struct Item: Codable, Sendable, Equatable {
        public var theme: String
        public var place: String
        public var name: String
        public var nameEn: String
        public var measure: String
        public var title: Text
        public var window: String
        public var end: EventTime
        public var status: WindowStatus
        public var value: Double?
        public var unit: String
        public var severity: Severity
        /// What the field calls the severity; nil: its own name.
        public var levelName: Text?
        /// How sure it is, of the measure itself or of one that is fused of it and others; nil where nothing is fused.
        public var certainty: Certainty?
        public var evidence: Evidence?
        public var next: Next?
        public var department: Text
        public var steps: [Text]
        public var resources: [Text]
        /// Where the steps come from.
        public var source: String
        public var nearby: Nearby
        public init(
            theme: String, place: String, name: String, nameEn: String, measure: String, title: Text, window: String,
            end: EventTime, status: WindowStatus, value: Double?, unit: String, severity: Severity, levelName: Text?,
            certainty: Certainty?, evidence: Evidence?, next: Next?, department: Text, steps: [Text],
            resources: [Text], source: String, nearby: Nearby
        ) {
            self.theme = theme
            self.place = place
            self.name = name
            self.nameEn = nameEn
            self.measure = measure
            self.title = title
            self.window = window
            self.end = end
            self.status = status
            self.value = value
            self.unit = unit
            self.severity = severity
            self.levelName = levelName
            self.certainty = certainty
            self.evidence = evidence
            self.next = next
            self.department = department
            self.steps = steps
            self.resources = resources
            self.source = source
            self.nearby = nearby
        }
    }

    /// Worst first, then surest, then by theme, place and measure.
    public var items: [Item]
    /// The limit cut the answer: there are more.
    public var truncated: Bool
    public init(items: [Item], truncated: Bool) {
        self.items = items
        self.truncated = truncated
    }
}
