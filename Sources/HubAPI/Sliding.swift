import CityModel

/// `GET /v1/sliding`.
public struct SlidingResponse: Codable, Sendable {
    public var theme: String
    /// As asked for. The stretch is whole panes, so it may be longer by less than one.
    public var minutes: Int
    /// `[start, end)` in event time; `end` is the end of the newest pane that has begun. Nil before the first event.
    public var start: EventTime?
    public var end: EventTime?
    /// The place, then its children; status `provisional`, window `last-15m`.
    public var summaries: [Summary]
    public init(theme: String, minutes: Int, start: EventTime?, end: EventTime?, summaries: [Summary]) {
        self.theme = theme
        self.minutes = minutes
        self.start = start
        self.end = end
        self.summaries = summaries
    }
}
