import Analytics
import CityModel

/// Scores detectors on labelled series, all with one threshold.
public struct AnomalyEvaluation: Sendable {
    public struct Row: Sendable {
        public var detector: String
        public var outcomes: [NabScorer.Outcome]
        public var normalised: Double?
    }

    public var files: [String]
    public var rows: [Row]
    /// The threshold that would have been best on these files, and its row: what NAB's own tables show.
    public var best: (threshold: Double, row: Row)?
    public var stateBytes: Int

    public init(
        _ series: [LabelledSeries], configuration: AnomalyDetector.Configuration = .init(),
        threshold: Double = AnomalyAlarm.standardThreshold
    ) {
        files = series.map(\.name)
        stateBytes = AnomalyDetector(configuration).bytes
        let scorers = series.map { NabScorer(rows: $0.times.count, windows: $0.windows) }
        let scores = series.map { Self.scores($0, configuration) }
        func row(_ name: String, _ detections: [[Bool]]) -> Row {
            let o = zip(scorers, detections).map { $0.outcome($1) }
            return Row(detector: name, outcomes: o, normalised: NabScorer.normalised(o))
        }
        rows = [
            row("Kapok, threshold \(threshold)", scores.map { Self.alarms($0, threshold) }),
            row("relative entropy (ours)", series.map { AnomalyBaselines.relativeEntropy($0.values) }),
        ]
        func swept(_ name: String, _ scores: [[Double]]) -> (Double, Row)? {
            var best: (Double, Row)?
            for t in Self.grid {
                let r = row(name, scores.map { Self.alarms($0, t) })
                if (r.normalised ?? -1e9) > (best?.1.normalised ?? -.infinity) { best = (t, r) }
            }
            return best
        }
        best = swept("Kapok, threshold best on these files", scores)
        if series.count > 1 {
            let left = Self.leavingOneOut(scorers, scores).map { k, t in Self.alarms(scores[k], t) }
            rows.insert(row("Kapok, threshold best on the other files", left), at: 1)
        }
        let gaussian = series.map { AnomalyBaselines.windowedGaussian($0.values) }
        if let g = swept("windowed Gaussian (ours), threshold best on these files", gaussian) { rows.append(g.1) }
    }

    private static let grid = (20...120).map { Double($0) * 0.05 }

    /// Each file with the threshold that is best on all the others.
    private static func leavingOneOut(
        _ scorers: [NabScorer], _ scores: [[Double]]
    ) -> [(file: Int, threshold: Double)] {
        let won = grid.map { t in zip(scorers, scores).map { $0.outcome(alarms($1, t)).score } }
        let sums = won.map { $0.reduce(0, +) }
        return scores.indices.map { k in
            let best = grid.indices.max { sums[$0] - won[$0][k] < sums[$1] - won[$1][k] } ?? 0
            return (k, grid[best])
        }
    }

    /// A score a row; 0 where a reading cannot be scored.
    public static func scores(_ s: LabelledSeries, _ configuration: AnomalyDetector.Configuration) -> [Double] {
        var d = AnomalyDetector(configuration)
        return zip(s.times, s.values).map { d.update(time: $0, value: $1)?.score ?? 0 }
    }

    public static func alarms(_ scores: [Double], _ threshold: Double) -> [Bool] {
        var a = AnomalyAlarm(threshold: threshold)
        return scores.map { a.update($0) }
    }
}
