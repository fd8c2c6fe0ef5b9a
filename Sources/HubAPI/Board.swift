import CityModel

/// `GET /v1/board?place=CODE&theme=NAME&trend=N`: a place and its children, ready for a table.
public struct Board: Codable, Sendable, Equatable {
    /// The newest window of one measure, with the values of the windows before it.
    public struct Cell: Codable, Sendable, Equatable {
        public var measure: String
        public var window: String
        public var unit: String
        /// Nil: nothing was measured in the newest window; show it as unknown.
        public var value: Double?
        public var values: [String: Double]
        public var severity: Severity
        public var status: WindowStatus
        public var end: EventTime
        public var count: Int64
        public var expected: Int
        public var reporting: Int
        public var late: Int64
        /// As in the summary: what the readings weigh, how many sensors are flagged, and which (streets only).
        public var quality: Double?
        public var flagged: Int?
        public var findings: SensorFindings?
        public var certainty: Certainty?
        public var evidence: Evidence?
        /// At a level that has a runbook: who answers, and the first steps.
        public var advice: Advice?
        /// Up to N values, oldest first, one a window step; nil is a gap.
        public var trend: [Double?]
        public init(
            measure: String, window: String, unit: String, value: Double?, values: [String: Double],
            severity: Severity, status: WindowStatus, end: EventTime, count: Int64, expected: Int, reporting: Int,
            late: Int64, quality: Double? = nil, flagged: Int? = nil, findings: SensorFindings? = nil,
            certainty: Certainty? = nil, evidence: Evidence? = nil, advice: Advice? = nil, trend: [Double?]
        ) {
            self.measure = measure
            self.window = window
            self.unit = unit
            self.value = value
            self.values = values
            self.severity = severity
            self.status = status
            self.end = end
            self.count = count
            self.expected = expected
            self.reporting = reporting
            self.late = late
            self.quality = quality
            self.flagged = flagged
            self.findings = findings
            self.certainty = certainty
            self.evidence = evidence
            self.advice = advice
            self.trend = trend
        }
    }
    /// The beginning of a runbook, by language. `/v1/response` has all of it.
    public struct Advice: Codable, Sendable, Equatable {
        public var department: [String: String]
        public var steps: [[String: String]]
        public static let listed = 3
        public init(department: [String: String], steps: [[String: String]]) {
            self.department = department
            self.steps = steps
        }
    }
    /// The worst of the places below a row's, where one is worse than normal: a mean must not hide a street.
    public struct Below: Codable, Sendable, Equatable {
        public var severity: Severity
        /// How many places are at that severity.
        public var count: Int
        /// The first of them in code order.
        public var place: String
        public var name: String
        public var nameEn: String
        public init(severity: Severity, count: Int, place: String, name: String, nameEn: String) {
            self.severity = severity
            self.count = count
            self.place = place
            self.name = name
            self.nameEn = nameEn
        }
    }
    public struct Row: Codable, Sendable, Equatable {
        public var place: String
        public var name: String
        public var nameEn: String
        public var level: PlaceLevel
        /// The worst severity of its cells; `unknown` where nothing fresh is known.
        public var severity: Severity
        /// Cells in the theme's order of measures. A measure never seen is absent.
        public var cells: [Cell]
        /// Of a district on the city's board; nil elsewhere, and where nothing below is worse than normal.
        public var below: Below?
        /// What is expected of its measures, and whether they are odd; nil where the theme forecasts nothing of it.
        public var outlook: [OutlookRow]?
        /// The worse of the row's own severity and of what is below it.
        public var worst: Severity { max(severity, below?.severity ?? .unknown) }
        public init(
            place: String, name: String, nameEn: String, level: PlaceLevel, severity: Severity, cells: [Cell],
            below: Below? = nil, outlook: [OutlookRow]? = nil
        ) {
            self.place = place
            self.name = name
            self.nameEn = nameEn
            self.level = level
            self.severity = severity
            self.cells = cells
            self.below = below
            self.outlook = outlook
        }
    }
    public struct MeasureInfo: Codable, Sendable, Equatable {
        public var name: String
        public var title: [String: String]
        public var unit: String
        /// What the field calls each severity of this measure, by severity and language; nil: their own names.
        public var levels: [String: [String: String]]?
        /// What the field calls the values, by where each grade begins, rising; nil: nothing.
        public var grades: [Grade]?
        public struct Grade: Codable, Sendable, Equatable {
            public var from: Double
            public var name: [String: String]
            public init(from: Double, name: [String: String]) {
                self.from = from
                self.name = name
            }
        }
        public init(
            name: String, title: [String: String], unit: String, levels: [String: [String: String]]? = nil,
            grades: [Grade]? = nil
        ) {
            self.grades = grades
            self.name = name
            self.title = title
            self.unit = unit
            self.levels = levels
        }
    }
    public var theme: String
    /// Titles by language: `zh`, `en`.
    public var title: [String: String]
    /// The theme's clock; nil before the first event.
    public var clock: EventTime?
    public var measures: [MeasureInfo]
    /// The place itself.
    public var place: Row
    /// Its children in code order.
    public var children: [Row]
    public init(
        theme: String, title: [String: String], clock: EventTime?, measures: [MeasureInfo], place: Row, children: [Row]
    ) {
        self.theme = theme
        self.title = title
        self.clock = clock
        self.measures = measures
        self.place = place
        self.children = children
    }
}
