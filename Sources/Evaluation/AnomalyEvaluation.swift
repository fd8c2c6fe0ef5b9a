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
            for t in stride(from: 1.0, through: 6.0, by: 0.05) {
                let r = row(name, scores.map { Self.alarms($0, t) })
                if (r.normalised ?? -1e9) > (best?.1.normalised ?? -.infinity) { best = (t, r) }
            }
            return best
        }
        best = swept("Kapok, threshold best on these files", scores)
        let gaussian = series.map { AnomalyBaselines.windowedGaussian($0.values) }
        if let g = swept("windowed Gaussian (ours), threshold best on these files", gaussian) { rows.append(g.1) }
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

    /// Raw scores of NAB's published result files (`results/<detector>/<detector>_standard_scores.csv` of its
    /// repository), profile "standard", each with the threshold that was best for it on all of NAB's 58 files.
    public static let published: [(detector: String, scores: [String: Double])] = [
        (
            "contextOSE",
            ["speed_6005.csv": 0.8595, "speed_7578.csv": 3.1447, "occupancy_t4013.csv": 1.7360, "TravelTime_387.csv": 2.1109]
        ),
        (
            "ARTime",
            ["speed_6005.csv": 0.8393, "speed_7578.csv": 3.1077, "occupancy_t4013.csv": 1.6145, "TravelTime_387.csv": 1.9285]
        ),
        (
            "relative entropy",
            ["speed_6005.csv": 0.7326, "speed_7578.csv": 3.3489, "occupancy_t4013.csv": 1.6319, "TravelTime_387.csv": 0.1796]
        ),
        (
            "earthgecko Skyline",
            ["speed_6005.csv": 0.8426, "speed_7578.csv": 1.5634, "occupancy_t4013.csv": 1.7360, "TravelTime_387.csv": 0.1578]
        ),
        (
            "Numenta HTM",
            ["speed_6005.csv": 0.7293, "speed_7578.csv": 1.2365, "occupancy_t4013.csv": 1.3950, "TravelTime_387.csv": -1.5877]
        ),
        (
            "KNN-CAD",
            ["speed_6005.csv": 0.1725, "speed_7578.csv": 1.2511, "occupancy_t4013.csv": -0.4163, "TravelTime_387.csv": 0.5383]
        ),
        (
            "EXPoSE",
            ["speed_6005.csv": -1.0, "speed_7578.csv": -0.4040, "occupancy_t4013.csv": 1.3793, "TravelTime_387.csv": -3.0]
        ),
        (
            "Bayesian changepoint",
            ["speed_6005.csv": 0.6226, "speed_7578.csv": -0.2873, "occupancy_t4013.csv": -2.0, "TravelTime_387.csv": -3.0]
        ),
        (
            "windowed Gaussian",
            ["speed_6005.csv": -1.0, "speed_7578.csv": -4.0, "occupancy_t4013.csv": 1.7252, "TravelTime_387.csv": -1.7960]
        ),
    ]
}
