import Analytics
import CityModel
import Foundation

/// Surges in crowd flows against each station's rhythm by weekday, on real counts with no labels, and on the same
/// counts with surges planted by seed.
///
/// A surge: a rise of the count (as its square root, which makes the spread of counts alike at all hours) that the
/// station's own history makes rarer than 10^-2.5 a reading, and at least 30 people and a third above what was
/// expected; one alarm an episode. The first week only teaches: no weekday has been seen before.
public struct CrowdEvaluation: Sendable {
    public struct Surge: Sendable, Equatable {
        public var station: Int
        public var day: Int
        public var step: Int
        public var count: Double
        public var expected: Double
    }

    /// Planted surges of one size.
    public struct Planted: Sendable, Equatable {
        public var factor: Double
        public var count = 0
        public var found = 0
        public var steps = 0
    }

    public static let perDay = 108
    public static let standardThreshold = 2.5
    /// 2019-01-01T06:00 local, the set's first step.
    public static let start = EventTime(ms: 1_546_322_400_000)

    public var stations: Int
    public var days: Int
    /// Real surges after the first week.
    public var surges: [Surge]
    public var planted: [Planted]
    /// Alarms of the planted run outside planted surges, after the first week, by station and day. Real surges are
    /// among them, so this is the most that can be false.
    public var falseAlarmsPerStationDay: Double

    /// - Parameter table: a station a row, its steps one after another, `perDay` a day.
    public init(_ table: NumberTable, seed: UInt64 = 1, threshold: Double = Self.standardThreshold) {
        stations = table.rows.count
        days = table.columns / Self.perDay
        surges = []
        planted = [1.5, 2, 3].map { Planted(factor: $0) }
        var r = SeededRandom(seed: seed)
        var outside = 0
        for (station, row) in table.rows.enumerated() {
            surges += Self.surges(station, row, threshold)
            var changed = row
            var spans: [(ClosedRange<Int>, Int)] = []
            for day in stride(from: 14, to: days, by: 2) {
                let k = r.below(planted.count), length = 3 + r.below(4)
                let first = day * Self.perDay + 6 + r.below(Self.perDay - 18)
                guard first + length < row.count, row[first..<(first + length)].allSatisfy({ $0 >= 60 })
                else { continue }
                for i in first..<(first + length) { changed[i] = (row[i] * planted[k].factor).rounded() }
                spans.append((first...(first + length - 1), k))
            }
            let found = Self.surges(station, changed, threshold)
            for (span, k) in spans {
                planted[k].count += 1
                guard let hit = found.first(where: { span.contains($0.day * Self.perDay + $0.step) }) else { continue }
                planted[k].found += 1
                planted[k].steps += hit.day * Self.perDay + hit.step - span.lowerBound
            }
            outside += found.count { f in !spans.contains { $0.0.contains(f.day * Self.perDay + f.step) } }
        }
        let watched = Double(stations * max(days - 7, 0))
        falseAlarmsPerStationDay = watched > 0 ? Double(outside) / watched : .nan
    }

    static func surges(_ station: Int, _ row: [Double], _ threshold: Double) -> [Surge] {
        let rhythm = RhythmProfile.Configuration(bins: 72, priors: [1, 3, 2], memory: 40)
        var detector = AnomalyDetector(.init(rhythm: rhythm, spans: [1, 0.5], spreadSpans: [], direction: .up))
        var alarm = AnomalyAlarm(threshold: threshold, quiet: 6)
        var found: [Surge] = []
        for (i, count) in row.enumerated() {
            let day = i / perDay, step = i % perDay
            let t = start + Int64(day) * 86_400_000 + Int64(step) * 600_000
            guard count >= 0, let s = detector.update(time: t, value: count.squareRoot()) else { continue }
            let expected = s.expected * s.expected
            let large = count >= expected + 30 && count >= expected * 4 / 3
            if alarm.update(large ? s.score : 0), day >= 7 {
                found.append(Surge(station: station, day: day, step: step, count: count, expected: expected))
            }
        }
        return found
    }
}
