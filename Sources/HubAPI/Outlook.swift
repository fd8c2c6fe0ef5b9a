import CityModel

/// One place and measure: what is expected next, and whether its newest window is odd beside its own past.
public struct OutlookRow: Codable, Sendable, Equatable {
    public enum State: String, Codable, Sendable, CaseIterable {
        case ready
        /// Too few windows with a value yet, or none of its forecasts has met enough outcomes.
        case learning
        /// Nothing was measured in the newest window: nothing is forecast from nothing.
        case silent
        /// The newest window is no longer the present: the theme's sources are silent, or the hub is.
        case old
    }
    /// What is expected of the window that ends `minutes` after the newest one.
    public struct Forecast: Codable, Sendable, Equatable {
        public var minutes: Int
        /// End of that window.
        public var at: EventTime
        public var value: Double
        /// The stated share of outcomes lies between these.
        public var low: Double
        public var high: Double
        /// What the measure's levels say of `value`.
        public var severity: Severity
        /// Mean absolute and root mean square errors of this place's forecasts at this horizon, and of the newest value
        /// taken as the forecast, over the same recent outcomes; in the measure's unit.
        public var error: Double
        public var rootError: Double
        public var lastValueError: Double
        public var lastValueRootError: Double
        /// Outcomes that these figures stand for (older ones fade), and the share of them that lay in the bounds.
        public var outcomes: Int
        public var inside: Double
        public init(
            minutes: Int, at: EventTime, value: Double, low: Double, high: Double, severity: Severity, error: Double,
            rootError: Double, lastValueError: Double, lastValueRootError: Double, outcomes: Int, inside: Double
        ) {
            self.minutes = minutes
            self.at = at
            self.value = value
            self.low = low
            self.high = high
            self.severity = severity
            self.error = error
            self.rootError = rootError
            self.lastValueError = lastValueError
            self.lastValueRootError = lastValueRootError
            self.outcomes = outcomes
            self.inside = inside
        }
    }
    /// When the forecast comes to the next level that is worse than the present one.
    public struct Reach: Codable, Sendable, Equatable {
        public var severity: Severity
        public var threshold: Double
        /// Minutes after the newest window's end, by the forecast and by the worse and the better bound. `latest` nil:
        /// by the better bound it does not come within the longest horizon.
        public var minutes: Int
        public var earliest: Int
        public var latest: Int?
        public init(severity: Severity, threshold: Double, minutes: Int, earliest: Int, latest: Int?) {
            self.severity = severity
            self.threshold = threshold
            self.minutes = minutes
            self.earliest = earliest
            self.latest = latest
        }
    }
    /// The newest window beside the place's own past.
    public struct Score: Codable, Sendable, Equatable {
        /// -log10 of the probability of something this odd in a series that goes on as before.
        public var score: Double
        public var expected: Double
        /// (value - expected) / usual deviation.
        public var deviation: Double
        /// The score is at the theme's threshold or above.
        public var odd: Bool
        public init(score: Double, expected: Double, deviation: Double, odd: Bool) {
            self.score = score
            self.expected = expected
            self.deviation = deviation
            self.odd = odd
        }
    }
    /// Odd windows that follow each other, with its oddest one.
    public struct Episode: Codable, Sendable, Equatable {
        /// Start of the first odd window, end of the newest one.
        public var start: EventTime
        public var end: EventTime
        /// It may go on: too few sound windows have come since.
        public var ongoing: Bool
        /// Odd windows.
        public var windows: Int
        public var score: Double
        public var value: Double
        public var expected: Double
        public var deviation: Double
        public init(
            start: EventTime, end: EventTime, ongoing: Bool, windows: Int, score: Double, value: Double,
            expected: Double, deviation: Double
        ) {
            self.start = start
            self.end = end
            self.ongoing = ongoing
            self.windows = windows
            self.score = score
            self.value = value
            self.expected = expected
            self.deviation = deviation
        }
    }

    public var place: String
    public var name: String
    public var nameEn: String
    public var level: PlaceLevel
    public var theme: String
    public var measure: String
    /// Titles by language: `zh`, `en`.
    public var title: [String: String]
    public var window: String
    public var unit: String
    /// End of the newest complete window that was taken in.
    public var asOf: EventTime
    public var state: State
    /// That window's value when it was first complete: what revised it later is not in it. Nil: nothing was measured.
    public var value: Double?
    public var severity: Severity
    /// Windows with a value so far (at most 100000 are counted), and how many a forecast needs.
    public var history: Int
    public var needed: Int
    /// The share of outcomes that a forecast's bounds are to hold.
    public var interval: Double
    /// By horizon; empty unless `ready`. A horizon with too few outcomes is left out.
    public var forecasts: [Forecast]
    public var reach: Reach?
    /// Nil where nothing is scored, or nothing was measured.
    public var score: Score?
    /// The newest episode.
    public var episode: Episode?

    public init(
        place: String, name: String, nameEn: String, level: PlaceLevel, theme: String, measure: String,
        title: [String: String], window: String, unit: String, asOf: EventTime, state: State, value: Double?,
        severity: Severity, history: Int, needed: Int, interval: Double, forecasts: [Forecast], reach: Reach?,
        score: Score?, episode: Episode?
    ) {
        self.place = place
        self.name = name
        self.nameEn = nameEn
        self.level = level
        self.theme = theme
        self.measure = measure
        self.title = title
        self.window = window
        self.unit = unit
        self.asOf = asOf
        self.state = state
        self.value = value
        self.severity = severity
        self.history = history
        self.needed = needed
        self.interval = interval
        self.forecasts = forecasts
        self.reach = reach
        self.score = score
        self.episode = episode
    }

    /// The same row when it is no longer of the present.
    public var aged: OutlookRow {
        var r = self
        r.state = .old
        r.severity = .unknown
        r.forecasts = []
        r.reach = nil
        r.score = nil
        r.episode?.ongoing = false
        return r
    }
}

/// `GET /v1/forecasts`, and the `outlook` events of `/v1/stream`.
public struct ForecastsResponse: Codable, Sendable, Equatable {
    /// In the order of theme, measure and place.
    public var forecasts: [OutlookRow]
    public init(forecasts: [OutlookRow]) { self.forecasts = forecasts }
}

/// `GET /v1/anomalies`: the newest episode of each place and measure that has one.
public struct AnomaliesResponse: Codable, Sendable, Equatable {
    /// Ongoing ones first, then the newest; of equal ends the oddest first.
    public var anomalies: [OutlookRow]
    /// The limit cut the answer: there are more.
    public var truncated: Bool
    public init(anomalies: [OutlookRow], truncated: Bool) {
        self.anomalies = anomalies
        self.truncated = truncated
    }
}
