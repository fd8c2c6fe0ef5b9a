import CityModel

/// How a working day and a weekend run in Guangzhou (UTC+8, no daylight saving).
enum DayRhythm {
    // Demand on the roads by local half-hour, from 00:00, as a share of the worst rush: 7:30-9:30 and 17:00-19:30 peak.
    private static let workday: [Double] = [
        0.12, 0.10, 0.08, 0.07, 0.06, 0.05, 0.05, 0.05, 0.06, 0.08, 0.12, 0.18, 0.28, 0.42, 0.62, 0.86,
        1.00, 0.98, 0.88, 0.72, 0.60, 0.56, 0.54, 0.54, 0.52, 0.52, 0.54, 0.55, 0.57, 0.58, 0.62, 0.66,
        0.72, 0.80, 0.92, 1.00, 1.00, 0.96, 0.86, 0.70, 0.58, 0.50, 0.44, 0.40, 0.34, 0.28, 0.22, 0.16,
    ]
    private static let weekend: [Double] = [
        0.18, 0.15, 0.12, 0.10, 0.08, 0.07, 0.06, 0.06, 0.06, 0.07, 0.09, 0.12, 0.16, 0.20, 0.26, 0.32,
        0.38, 0.44, 0.50, 0.54, 0.57, 0.58, 0.58, 0.57, 0.55, 0.54, 0.55, 0.57, 0.60, 0.62, 0.64, 0.66,
        0.68, 0.70, 0.72, 0.72, 0.70, 0.66, 0.62, 0.58, 0.54, 0.50, 0.46, 0.42, 0.36, 0.30, 0.26, 0.22,
    ]
    // People on squares: late morning and above all the evening.
    private static let people: [Double] = [
        0.06, 0.05, 0.04, 0.03, 0.03, 0.03, 0.03, 0.03, 0.04, 0.06, 0.10, 0.16, 0.22, 0.28, 0.34, 0.40,
        0.42, 0.42, 0.42, 0.44, 0.46, 0.48, 0.50, 0.54, 0.58, 0.56, 0.52, 0.50, 0.50, 0.50, 0.52, 0.54,
        0.58, 0.64, 0.72, 0.80, 0.88, 0.94, 1.00, 1.00, 0.96, 0.88, 0.74, 0.58, 0.42, 0.28, 0.18, 0.10,
    ]

    static func traffic(_ ms: Int64) -> Double { at(ms, isWeekend(ms) ? weekend : workday) }
    static func crowd(_ ms: Int64) -> Double { at(ms, people) * (isWeekend(ms) ? 1.3 : 1) }

    static func isWeekend(_ ms: Int64) -> Bool {
        let (days, _) = (ms + 28_800_000).quotientAndRemainderFloored(by: 86_400_000)
        let (_, day) = (days + 4).quotientAndRemainderFloored(by: 7)  // 1970-01-01 was a Thursday; Sunday is 0
        return day == 0 || day == 6
    }

    private static func at(_ ms: Int64, _ table: [Double]) -> Double {
        let (_, r) = (ms + 28_800_000).quotientAndRemainderFloored(by: 86_400_000)
        let x = Double(r) / 1_800_000
        let i = Int(x)
        let a = table[i % 48]
        return a + (table[(i + 1) % 48] - a) * (x - Double(i))
    }
}
