import CityModel
import Contracts
import HubAPI

extension OutlookRow.Reach {
    /// When a forecast comes to the next level: forecast and bounds are taken as straight lines from the newest value
    /// through the horizons. Nil where the forecast itself comes to none of them.
    init?(_ value: Double, _ forecasts: [OutlookRow.Forecast], _ levels: Levels) {
        let now = levels.severity(of: value)
        guard let next = levels.steps.first(where: { $0.severity > now }) else { return nil }
        let sign = levels.direction == .above ? 1.0 : -1.0
        func minutes(_ line: (OutlookRow.Forecast) -> Double) -> Int? {
            Self.crossing(
                [(0, sign * value)] + forecasts.map { (Double($0.minutes), sign * line($0)) }, sign * next.threshold)
        }
        let isRise = levels.direction == .above
        guard let middle = minutes(\.value) else { return nil }
        self.init(
            severity: next.severity, threshold: next.threshold, minutes: middle,
            earliest: minutes { isRise ? $0.high : $0.low } ?? middle, latest: minutes { isRise ? $0.low : $0.high })
    }

    /// The first time at which a line is at or above `threshold`, whole minutes; nil where it stays below.
    static func crossing(_ line: [(minutes: Double, value: Double)], _ threshold: Double) -> Int? {
        for (a, b) in zip(line, line.dropFirst()) where b.value >= threshold {
            let share = b.value > a.value ? (threshold - a.value) / (b.value - a.value) : 0
            return Int((a.minutes + (b.minutes - a.minutes) * (share.isFinite ? min(max(share, 0), 1) : 0)).rounded())
        }
        return nil
    }
}
