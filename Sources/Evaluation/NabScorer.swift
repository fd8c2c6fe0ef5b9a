import Foundation

/// The scoring of the Numenta Anomaly Benchmark, as its `sweeper.py` does it (Lavin and Ahmad 2015, NAB 1.1).
///
/// A detection in a labelled window counts once, by the earliest, more the earlier; outside, it costs, less the nearer
/// it is behind a window. Rows of the probation period are not scored.
public struct NabScorer: Sendable {
    /// Weights of the application profile "standard".
    public struct Profile: Sendable {
        public var truePositive = 1.0
        public var falsePositive = 0.11
        public var falseNegative = 1.0
        public init() {}
    }

    /// One file's outcome. `score` is NAB's raw score; the counts are of rows (`false*`) and windows.
    public struct Outcome: Sendable, Equatable {
        public var score = 0.0
        public var falseAlarms = 0
        public var windowsFound = 0
        public var windows = 0
        public init() {}
    }

    /// Rows at the beginning that are not scored.
    public let probation: Int
    /// Windows with at least one scored row, by their first and last row.
    public let windows: [ClosedRange<Int>]
    private let weights: [Double]
    private let window: [Int?]
    private let profile: Profile

    /// - Parameters:
    ///   - rows: how many rows the file has.
    ///   - windows: labelled windows as row ranges; parts outside the file are cut off.
    public init(rows: Int, windows all: [ClosedRange<Int>], profile: Profile = Profile()) {
        self.profile = profile
        probation = min(Int(0.15 * Double(rows)), 750)
        let sorted = all.filter { $0.lowerBound >= 0 && $0.upperBound < rows }.sorted { $0.lowerBound < $1.lowerBound }
        var weights: [Double] = [], window: [Int?] = []
        var next = 0
        var last: ClosedRange<Int>?
        for i in 0..<max(rows, 0) {
            while next < sorted.count, sorted[next].upperBound < i {
                last = sorted[next]
                next += 1
            }
            if next < sorted.count, sorted[next].contains(i) {
                let w = sorted[next]
                let position = -Double(w.upperBound - i + 1) / Double(w.count)
                weights.append(Self.sigmoid(position) / Self.sigmoid(-1) * profile.truePositive)
                window.append(next)
            } else {
                let behind = last.map { Double(i - $0.upperBound) / Double(max($0.count - 1, 1)) } ?? 3
                weights.append(Self.sigmoid(behind) * profile.falsePositive)
                window.append(nil)
            }
        }
        let start = probation
        self.windows = sorted.filter { $0.upperBound >= start }
        self.weights = weights
        self.window = window
    }

    /// NAB's scaled sigmoid: 0.9866 at a window's first row (-1), 0 at its end (0), -1 far behind it (3 and more).
    public static func sigmoid(_ position: Double) -> Double {
        position >= 3 ? -1 : 2 / (1 + exp(5 * position)) - 1
    }

    /// Scores one file's detections, a flag a row; missing rows count as not detected.
    public func outcome(_ detections: [Bool]) -> Outcome {
        var o = Outcome()
        var best: [Int: Double] = [:]
        for i in probation..<max(probation, min(weights.count, detections.count)) where detections[i] {
            if let w = window[i] {
                best[w] = max(best[w] ?? -profile.falseNegative, weights[i])
            } else {
                o.score += weights[i]
                o.falseAlarms += 1
            }
        }
        o.windows = windows.count
        o.windowsFound = best.count
        for w in best.keys.sorted() { o.score += best[w] ?? 0 }
        o.score -= profile.falseNegative * Double(windows.count - best.count)
        return o
    }

    /// 0 for a detector that finds nothing, 100 for one that finds every window at its first row and nothing else.
    public static func normalised(_ outcomes: [Outcome], profile: Profile = Profile()) -> Double? {
        let n = Double(outcomes.reduce(0) { $0 + $1.windows })
        guard n > 0 else { return nil }
        let null = -profile.falseNegative * n
        return 100 * (outcomes.reduce(0) { $0 + $1.score } - null) / (profile.truePositive * n - null)
    }
}
