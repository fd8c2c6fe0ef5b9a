import Analytics
import CityModel
import HubAPI

/// What the outlook keeps of one place and measure beside its forecasts: how much was seen, the newest window's value
/// and score, and the newest episode of odd windows. Fixed size.
struct OutlookSeries: Sendable {
    /// Odd windows and what was the oddest.
    struct Episode: Sendable, Equatable {
        var start: Int64 = 0
        /// Start of the newest odd window.
        var last: Int64 = 0
        var windows = 0
        var score = 0.0
        var value = 0.0
        var expected = 0.0
        var deviation = 0.0

        mutating func code(_ c: inout StateCoder) {
            c.code(&start)
            c.code(&last)
            c.code(&windows, in: 0...OutlookSeries.mostCounted)
            c.code(&score)
            c.code(&value)
            c.code(&expected)
            c.code(&deviation)
        }
    }
    /// So many windows without an odd one end an episode; of 5 minutes, half an hour.
    static let quiet: Int64 = 6
    static let mostCounted = 100_000

    private(set) var readings = 0
    /// Of the newest window; nil: nothing was measured.
    private(set) var newest: Double?
    private(set) var score: AnomalyScore?
    private(set) var episode: Episode?
    private var detector: AnomalyDetector?

    /// - Parameter scored: its windows are scored.
    init(scored: Bool, offsetMs: Int64) {
        detector = scored ? AnomalyDetector(.init(rhythm: .init(offsetMs: offsetMs))) : nil
    }

    var bytes: Int { MemoryLayout<Self>.size + (detector?.bytes ?? 0) }

    /// Takes in the window that starts at `start`; nil: nothing was measured in it.
    mutating func take(_ value: Double?, start: Int64, stepMs: Int64, threshold: Double?) {
        newest = value
        score = nil
        guard let value else { return }
        readings = min(readings + 1, Self.mostCounted)
        score = detector?.update(time: EventTime(ms: start), value: value)
        guard let threshold, let s = score, s.score >= threshold else { return }
        var e = Episode(start: start)
        if let old = episode, start - old.last <= Self.quiet * stepMs { e = old }
        e.last = start
        e.windows = min(e.windows + 1, Self.mostCounted)
        if s.score > e.score {
            (e.score, e.value, e.expected, e.deviation) = (s.score, value, s.expected, s.deviation)
        }
        episode = e
    }

    mutating func code(_ c: inout StateCoder) {
        c.code(&readings, in: 0...Self.mostCounted)
        c.code(&newest)
        c.code(&score, empty: AnomalyScore(score: 0, expected: 0, deviation: 0, silence: 0)) {
            $1.code(&$0.score)
            $1.code(&$0.expected)
            $1.code(&$0.deviation)
            $1.code(&$0.silence)
        }
        c.code(&episode, empty: Episode()) { $0.code(&$1) }
        detector?.code(&c)
    }
}
